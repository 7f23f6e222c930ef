/** Lost connections and reconnection, server disconnects, `close()`, broadcasts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { transports } from "../../node/lib/transports.mjs";
import { given, simulator, until } from "../support.mjs";

const QUICK = { minDelayMs: 10, maxDelayMs: 100 };

/** @param {ReturnType<typeof import("../support.mjs").withBrowser>} web */
export function connectionTests(web) {
  test("after a server crash pending requests reject, and feeds resume with a gap", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 100, slowCommandMs: 600_000 });
    const page = await web.page(t);
    const before = await page.evaluate(
      async ({ options, deviceId, request }, reconnect) => {
        const { connect } = await pkg();
        Object.assign(window, { events: [], samples: [], gaps: [] });
        window.client = await connect({ ...options, reconnect });
        for (const name of /** @type {const} */ ([
          "connect",
          "disconnect",
          "reconnecting",
          "connect_error",
          "warning",
        ])) {
          client.on(name, (/** @type {{ error?: Error, attempt?: number }} */ { error, ...event }) =>
            events.push({ name, ...event, ...(error && { error: plain(error) }) }),
          );
        }
        window.feed = await client.feed(request, (sample) => samples.push(sample), { onGap: (gap) => gaps.push(gap) });
        window.slow = settled(client.cmd(deviceId, "slow"));
        await until(() => samples.length >= 10);
        return { id: client.id, feedId: feed.id };
      },
      given(sim),
      QUICK,
    );

    await sim.stop();
    const lost = await page.evaluate(async ({ deviceId }) => {
      await until(() => client.state === "reconnecting");
      return { slow: await slow, meanwhile: await settled(client.cmd(deviceId, "uptime")) };
    }, given(sim));
    assert.equal(lost.slow.error?.code, "disconnected");
    assert.equal(lost.meanwhile.error?.code, "not-connected");

    await sim.listen();
    const after = await page.evaluate(async ({ deviceId }) => {
      await until(() => gaps.length === 1);
      const at = samples.length;
      await until(() => samples.length >= at + 10);
      return {
        id: client.id,
        feedId: feed.id,
        gap: gaps[0],
        events,
        stats: client.stats(),
        ids: samples.map(({ messageId }) => Number(messageId)),
        feedIds: [...new Set(samples.map(({ feedId }) => feedId))],
        uptime: (await client.cmd(deviceId, "uptime")).returnCode,
      };
    }, given(sim));
    assert.notEqual(after.id, before.id);
    assert.notEqual(after.feedId, before.feedId);
    assert.deepEqual(after.feedIds, [before.feedId, after.feedId]);
    assert.equal(after.uptime, 0);
    assert.equal(after.stats.connections, 2);
    assert.ok(after.gap.fromMs < after.gap.toMs);
    assert.ok(after.ids.includes(Number(after.gap.lastMessageId)));
    assert.ok(
      after.ids.every((id, at) => at === 0 || id > after.ids[at - 1]),
      "in order, without duplicates",
    );
    assert.equal(sim.stats().feeds, 1);
    assert.equal(sim.stats().received["device:cmd"], 2, "commands are never re-sent");

    const names = after.events.map(({ name }) => name);
    assert.equal(names[0], "disconnect");
    assert.equal(names.at(-1), "connect");
    assert.equal(after.events[0].willReconnect, true);
    assert.ok(["transport close", "transport error"].includes(after.events[0].reason), after.events[0].reason);
    assert.equal(after.events.at(-1).reconnected, true);
    assert.ok(names.includes("reconnecting"));
    assert.ok(
      after.events
        .filter(({ name }) => name === "connect_error")
        .every(({ error, willRetry }) => willRetry && error.code === "unreachable"),
    );
  });

  test("the client reconnects after its TCP connection is cut", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    await page.evaluate(
      async ({ options }, reconnect) => {
        window.client = await (await pkg()).connect({ ...options, reconnect });
      },
      given(sim),
      QUICK,
    );
    for (const connections of [2, 3]) {
      sim.dropAll();
      await page.evaluate((count) => until(() => client.stats().connections === count), connections);
    }
    await until(() => sim.stats().connected === 1);
  });

  test("a silent server causes a ping timeout and a reconnect", async (t) => {
    const sim = await simulator(t, { pingIntervalMs: 200, pingTimeoutMs: 300 });
    const page = await web.page(t);
    await page.evaluate(
      async ({ options }, reconnect) => {
        const client = await (await pkg()).connect({ ...options, reconnect });
        window.disconnectReason = new Promise((resolve) => client.once("disconnect", ({ reason }) => resolve(reason)));
        window.connectedAgain = new Promise((resolve) => client.once("connect", resolve));
      },
      given(sim),
      QUICK,
    );
    // Sends and reads nothing more: to the page, a dead network.
    for (const socket of sim.sockets) {
      clearTimeout(socket.conn.pingIntervalTimer);
      clearTimeout(socket.conn.pingTimeoutTimer);
      socket.conn.transport.socket._socket.pause();
    }
    assert.equal(await page.evaluate(() => disconnectReason), "ping timeout");
    await page.evaluate(() => connectedAgain);
  });

  test("a disconnect by the server is final", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 100 });
    const page = await web.page(t);
    await page.evaluate(
      async ({ options, request }, reconnect) => {
        window.client = await (await pkg()).connect({ ...options, reconnect });
        window.disconnected = new Promise((resolve) =>
          client.once("disconnect", ({ error, ...event }) => resolve({ ...event, code: error?.code })),
        );
        window.brokenLoop = settled(
          (async () => {
            for await (const _ of await client.feed(request));
          })(),
        );
        await until(() => client.stats().samples > 0);
      },
      given(sim),
      QUICK,
    );
    sim.kick();
    const got = await page.evaluate(async () => ({
      ended: await disconnected,
      loop: await brokenLoop,
      state: client.state,
    }));
    assert.equal(got.ended.reason, "io server disconnect");
    assert.equal(got.ended.willReconnect, false);
    assert.equal(got.loop.error?.code, got.ended.code, "the iterator rejects with the same error");
    assert.equal(got.state, "closed");
    await page.evaluate(() => client.connect());
    assert.equal(sim.stats().connected, 1);
  });

  test("close releases everything at the server, and connect works again", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, request }) => {
      const { connect } = await pkg();
      window.client = await connect(options);
      const reasons = [];
      client.on("disconnect", ({ reason, willReconnect }) => reasons.push([reason, willReconnect]));
      await client.feed(request, () => {});
      await Promise.all([client.close(), client.close()]);
      const { state, id } = client;
      await client.connect();
      await client[Symbol.asyncDispose]();
      await client.close();
      return { state, id, reasons, after: client.state };
    }, given(sim));
    assert.deepEqual(got.reasons, [
      ["io client disconnect", false],
      ["io client disconnect", false],
    ]);
    assert.equal(got.state, "closed");
    assert.equal(got.id ?? undefined, undefined);
    assert.equal(got.after, "closed");
    await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0);
    assert.equal(sim.stats().connections, 2);
  });

  test("broadcasts are parsed; onFrame and onAny never show the token", async (t) => {
    const sim = await simulator(t);
    const [device] = sim.devices;
    const page = await web.page(t);
    await page.evaluate(async ({ options }) => {
      window.client = await (await pkg()).connect(options);
      Object.assign(window, { typed: [], anyEvents: [], frameLog: [] });
      for (const name of /** @type {const} */ (["device:stateChange", "device:new", "device:metaChange"]))
        client.on(name, (event) => typed.push([name, event]));
      client.onAny((...args) => anyEvents.push(args));
      client.onFrame((direction, frame) => frameLog.push([direction, typeof frame === "string" ? frame : "binary"]));
    }, given(sim));
    sim.setOnline(device.id, false);
    const added = sim.addDevice();
    sim.metaChange(device.id);
    const got = await page.evaluate(async (token) => {
      await until(() => typed.length === 3);
      await settled(client.cmd("nobody", `echo ${token}`));
      return { typed, any: anyEvents.map(([event]) => event), frames: frameLog };
    }, sim.token);
    const [[, state], [, fresh], [, meta]] = got.typed;
    assert.equal(state.deviceId, device.id);
    assert.equal(state.online, false);
    assert.equal(fresh.id, added.id);
    assert.deepEqual(meta, { id: device.id });
    assert.deepEqual(got.any, ["device:stateChange", "device:new", "device:metaChange", "device:cmd:rpc"]);
    assert.ok(
      got.frames.some(([direction]) => direction === "in") && got.frames.some(([direction]) => direction === "out"),
    );
    assert.doesNotMatch(JSON.stringify(got.frames), new RegExp(sim.token));
  });

  test("two clients in one page are two connections", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 100 });
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, deviceId, request }) => {
      const { connect } = await pkg();
      const [one, two] = await Promise.all([connect(options), connect(options)]);
      const seen = [0, 0];
      await one.feed(request, () => seen[0]++);
      await two.feed(request, () => seen[1]++);
      await until(() => seen[0] > 5 && seen[1] > 5);
      await one.close();
      const [at] = seen;
      await two.cmd(deviceId, "true");
      const before = seen[1];
      await until(() => seen[1] > before + 5);
      return { different: one.id !== two.id, still: seen[0] === at, states: [one.state, two.state] };
    }, given(sim));
    assert.deepEqual(got, { different: true, still: true, states: ["closed", "connected"] });
    await until(() => sim.stats().connected === 1);
  });

  for (const generation of /** @type {const} */ ([2, 3])) {
    test(`a Socket.IO ${generation} server is detected`, async (t) => {
      const sim = await simulator(t, { generation, samplesPerSecond: 100 });
      const sockets = transports(sim);
      const page = await web.page(t);
      const got = await page.evaluate(async ({ options, deviceId, request }) => {
        const client = await (await pkg()).connect(options);
        let samples = 0;
        await client.feed(request, () => samples++);
        await until(() => samples >= 5);
        return { state: client.state, stdout: (await client.cmd(deviceId, "echo ok")).stdout };
      }, given(sim));
      assert.deepEqual(got, { state: "connected", stdout: "ok\n" });
      assert.equal(sockets.opened, 1, "no second socket was opened");
    });
  }
}
