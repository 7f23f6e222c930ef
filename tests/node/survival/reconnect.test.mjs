// The options of reconnection: whether, when and how often, and calls in the meantime.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownPort } from "../lib/own-port.mjs";
import { closedAddress } from "../lib/refusing.mjs";
import { client, connected, deferred, FAST, got, refused, simulator, turn, until } from "./lib/support.mjs";
import { rawServer } from "./lib/raw-server.mjs";

/** Longer than any test in practice, even though delays are random. */
const NEVER = { minDelayMs: 86_400_000, maxDelayMs: 86_400_000_000 };

/** A client that has lost its connection and waits to reconnect. */
async function waiting(t) {
  const sim = await simulator(t);
  const made = await connected(t, sim, { reconnect: NEVER });
  sim.dropAll();
  await made.diary.count("reconnecting", 1);
  assert.equal(made.client.state, "reconnecting");
  return { sim, ...made };
}

test("reconnect: false closes the client when the connection is lost", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: false });
  const feed = await it.feed({ deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" });
  const reader = feed[Symbol.asyncIterator]();
  const ended = (async () => {
    for (;;) if ((await reader.next()).done) return "done";
  })();
  sim.dropAll();
  await refused(ended, "disconnected");
  assert.equal(it.state, "closed");
  assert.deepEqual(
    diary.entries.map(({ name, willReconnect }) => [name, willReconnect]),
    [
      ["connect", undefined],
      ["disconnect", false],
    ],
  );
  await refused(it.cmd(sim.devices[0].id, "uptime"), "closed");
  await it.connect();
  assert.equal(diary.of("connect")[1].reconnected, false, "a new connection, not a reconnection");
});

test("jitter: every delay is in [0, min(max, min · 2ⁿ)], is observed, and clients never synchronize", async (t) => {
  const { url } = await closedAddress(t);
  const reconnect = { minDelayMs: 4, maxDelayMs: 64, maxAttempts: 14, firstConnect: true };
  const tries = [];
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      const attemptsAt = [];
      const { client: it, diary } = client(t, {
        url,
        reconnect,
        token: () => (attemptsAt.push(performance.now()), "t"),
      });
      await refused(it.connect(), "unreachable");
      const delays = diary.of("reconnecting");
      assert.deepEqual(
        delays.map(({ attempt }) => attempt),
        Array.from({ length: 13 }, (_, n) => n + 2),
      );
      // The time between two attempts is the delay plus the duration of the first attempt.
      delays.forEach(({ attempt, delayMs }, n) =>
        tries.push({ attempt, delayMs, waitedMs: attemptsAt[n + 1] - attemptsAt[n] }),
      );
    }),
  );
  for (const { attempt, delayMs, waitedMs } of tries) {
    const most = Math.min(reconnect.maxDelayMs, reconnect.minDelayMs * 2 ** attempt);
    assert.ok(delayMs >= 0 && delayMs <= most, `attempt ${attempt}: ${delayMs} ms, at most ${most}`);
    assert.ok(waitedMs >= delayMs - 2, `attempt ${attempt}: waited ${waitedMs} of ${delayMs} ms`);
  }
  // At the cap, 400 delays are spread evenly over [0, 64].
  const capped = tries.filter(({ attempt }) => attempt >= 5).map(({ delayMs }) => delayMs);
  assert.equal(capped.length, 400);
  assert.ok(new Set(capped.map(Math.round)).size > 40, "not in step");
  const mean = capped.reduce((sum, delay) => sum + delay, 0) / capped.length;
  assert.ok(mean > 26 && mean < 38, `mean ${mean}, expected 32`);
  assert.ok(capped.filter((delay) => delay < 16).length > 50 && capped.filter((delay) => delay > 48).length > 50);
});

test("defaults: 500 ms, doubled up to 30 s", async (t) => {
  const { url } = await closedAddress(t);
  const draws = new Map();
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const { client: it, diary } = client(t, { url, reconnect: { firstConnect: true } });
      it.connect().catch(() => {});
      it.on("reconnecting", ({ attempt }) => attempt < 9 && queueMicrotask(() => it.reconnectNow()));
      await diary.count("reconnecting", 8);
      for (const { attempt, delayMs } of diary.of("reconnecting").slice(0, 8)) {
        assert.ok(delayMs <= Math.min(30_000, 500 * 2 ** attempt), `attempt ${attempt}: ${delayMs}`);
        draws.set(attempt, [...(draws.get(attempt) ?? []), delayMs]);
      }
      await it.close();
    }),
  );
  for (const attempt of [2, 5, 9]) {
    const most = Math.min(30_000, 500 * 2 ** attempt);
    assert.equal(draws.get(attempt).length, 100);
    assert.ok(Math.max(...draws.get(attempt)) > most * 0.8, `attempt ${attempt}: no delay near ${most}`);
  }
});

test("maxAttempts: after so many failures in a row, a last connect_error and the client is closed", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: { ...FAST, maxAttempts: 3 } });
  await it.cmd(sim.devices[0].id, "true");
  const feed = await it.feed({ deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" });
  await sim.close();
  await until(() => it.state === "closed");
  assert.deepEqual(
    diary.of("connect_error").map(({ attempt, willRetry }) => [attempt, willRetry]),
    [
      [1, true],
      [2, true],
      [3, false],
    ],
  );
  assert.equal(diary.entries.at(-1).name, "connect_error");
  const reader = feed[Symbol.asyncIterator]();
  await refused(
    (async () => {
      for (;;) if ((await reader.next()).done) return "done";
    })(),
    "unreachable",
  );
  await simulator(t, { port: sim.port });
  await it.connect();
});

test("maxAttempts: 0 connects once and never reconnects", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: { ...FAST, maxAttempts: 0 } });
  sim.dropAll();
  await diary.count("disconnect", 1);
  assert.equal(diary.of("disconnect")[0].willReconnect, false);
  assert.equal(it.state, "closed");
});

test("a server that accepts and immediately drops: the attempt count goes on, so the delays grow", async (t) => {
  const server = await rawServer(t, async (link) => (await link.accept(), link.cut()));
  const reconnect = { minDelayMs: 1, maxDelayMs: 40, stableAfterMs: 60_000 };
  const { client: it, diary } = client(t, { url: server.url, reconnect });
  await it.connect();
  await diary.count("connect", 14);
  const delays = diary.of("reconnecting");
  assert.deepEqual(
    delays.map(({ attempt }) => attempt),
    delays.map((_, n) => n + 1),
    "the count never starts over",
  );
  for (const { attempt, delayMs } of delays) assert.ok(delayMs <= Math.min(40, 2 ** attempt));
  // Of eight delays at the cap, all are short once in five million runs.
  assert.ok(
    delays.slice(4).some(({ delayMs }) => delayMs > 8),
    "the later delays are long",
  );
});

test("stableAfterMs: after a stable connection, the attempt count starts over", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url, reconnect: { ...FAST, stableAfterMs: 1_500 } });
  await it.connect();
  for (let n = 1; n <= 3; n++) {
    server.links.at(-1).cut();
    await diary.count("connect", n + 1);
  }
  assert.deepEqual(
    diary.of("reconnecting").map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  const since = performance.now();
  await until(() => performance.now() - since > 1_600);
  server.links.at(-1).cut();
  await diary.count("connect", 5);
  assert.equal(diary.of("reconnecting").at(-1).attempt, 1);
});

test("firstConnect: false rejects immediately; true waits for the server", async (t) => {
  const port = await ownPort();
  const url = `http://127.0.0.1:${port}`;
  await refused(client(t, { url }).client.connect(), "unreachable");
  const { client: it, diary } = client(t, { url, token: "t", reconnect: { ...FAST, firstConnect: true } });
  let settled = false;
  const connecting = it.connect().finally(() => (settled = true));
  assert.equal(it.state, "connecting");
  await diary.count("connect_error", 3);
  assert.equal(settled, false);
  assert.ok(diary.of("connect_error").every(({ willRetry }) => willRetry));
  const sim = await simulator(t, { port, token: "t" });
  await connecting;
  assert.equal(diary.of("connect")[0].reconnected, false);
  assert.equal((await it.cmd(sim.devices[0].id, "true")).returnCode, 0);
});

test("reconnectNow tries immediately while waiting; otherwise it has no effect", async (t) => {
  const { sim, client: it, diary } = await waiting(t);
  it.reconnectNow();
  it.reconnectNow();
  await diary.count("connect", 2);
  it.reconnectNow();
  await it.cmd(sim.devices[0].id, "true");
  assert.equal(sim.stats().connections, 2);
  await it.close();
  it.reconnectNow();
  await turn();
  assert.equal(it.state, "closed");
  const idle = client(t, { url: sim.url, token: sim.token }).client;
  idle.reconnectNow();
  assert.equal(idle.state, "idle");
});

test("connect() while waiting tries immediately and shares the attempt", async (t) => {
  const { sim, client: it, diary } = await waiting(t);
  await Promise.all([it.connect(), it.connect()]);
  assert.equal(sim.stats().connections, 2);
  assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting", "connect"]);
});

test("connect() works in a disconnect listener and right after close()", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: NEVER });
  let again;
  it.once("disconnect", () => (again = it.connect()));
  sim.dropAll();
  await diary.count("disconnect", 1);
  await again;
  assert.equal(it.state, "connected");
  void it.close();
  await it.connect();
  await until(() => sim.sockets.length === 1, "a single connection");
  assert.equal((await it.cmd(sim.devices[0].id, "echo on")).stdout.trim(), "on");
  assert.equal(diary.of("connect").at(-1).reconnected, false);
});

test("close() while waiting: no more events and no more attempts", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: { minDelayMs: 60, maxDelayMs: 60 } });
  /** @type {Promise<void>} */
  const closed = new Promise((resolve, reject) => {
    // In a microtask, since even the shortest delay has not passed by then.
    it.once("reconnecting", () => queueMicrotask(() => it.close().then(resolve, reject)));
  });
  sim.dropAll();
  await closed;
  assert.equal(it.state, "closed");
  await refused(it.cmd(sim.devices[0].id, "uptime"), "closed");
  const since = performance.now();
  await until(() => performance.now() - since > 90);
  assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting"], "no event after close()");
  assert.equal(sim.stats().connections, 1);
});

for (const stage of [
  "it waits for the token",
  "the socket opens",
  "it waits for the handshake",
  "it waits for the acceptance",
]) {
  test(`close() while ${stage}: connect() rejects with closed, no events, no socket left`, async (t) => {
    const reached = deferred();
    const server = await rawServer(t, async (link) => {
      if (stage === "it waits for the handshake") reached.resolve();
      if (stage !== "it waits for the acceptance") return;
      link.send('0{"sid":"a","pingInterval":25000,"pingTimeout":20000}');
      await link.frame("40");
      reached.resolve();
    });
    const token = () => {
      if (stage === "the socket opens") setImmediate(reached.resolve);
      if (stage !== "it waits for the token") return "t";
      reached.resolve();
      return new Promise(() => {});
    };
    const { client: it, diary } = client(t, { url: server.url, token });
    const connecting = it.connect();
    connecting.catch(() => {});
    await reached.promise;
    await it.close();
    await refused(connecting, "closed");
    assert.equal(it.state, "closed");
    await until(() => server.links.every((link) => link.closed), "the socket to close");
    assert.deepEqual(diary.entries, []);
  });
}

test("connect() during a reconnection: the call rejects if the attempt fails, and the client goes on", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim);
  await sim.stop();
  await diary.count("reconnecting", 1);
  await refused(it.connect(), "unreachable");
  await sim.listen();
  await diary.count("connect", 2);
  assert.equal(got(sim).length, 0);
});
