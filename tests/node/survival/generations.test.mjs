// Socket.IO 2, 3 and 4: the same basics against each server, and clear errors if a protocol does not fit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { transports } from "../lib/transports.mjs";
import { client, connected, got, refused, simulator, until } from "./lib/support.mjs";

const bytes = (...values) => Uint8Array.from(values);

/** @type {[generation: 2 | 3 | 4, protocol: "auto" | 3 | 4, serverOptions?: object][]} */
const COMBINATIONS = [
  [4, "auto"],
  [3, "auto"],
  [2, "auto"],
  [4, 4],
  [3, 4],
  [2, 3],
  [4, 3, { allowEIO3: true }],
  [4, "auto", { allowEIO3: true }],
  [4, "auto", { connectionStateRecovery: {} }],
];

for (const [generation, protocol, serverOptions] of COMBINATIONS) {
  const name = `socket.io@${generation}${serverOptions ? ` ${Object.keys(serverOptions)}` : ""}, protocol ${protocol}`;
  /** The Engine.IO revision, which decides the direction of the heartbeat. */
  const revision = generation === 2 || protocol === 3 ? 3 : 4;
  const start = (t, options) => simulator(t, { generation, ...(serverOptions && { serverOptions }), ...options });
  const join = (t, sim, options) => connected(t, sim, { protocol, ...options });

  test(`${name}: connect, command, feed`, async (t) => {
    const sim = await start(t, { samplesPerSecond: 100 });
    const { client: it } = await join(t, sim);
    assert.equal(it.id, sim.sockets[0].id);
    assert.equal((await it.cmd(sim.devices[0].id, "echo $((1)) é日本")).returnCode, 0);
    const request = { deviceId: sim.devices[0].id, table: "solar", source: "inverter-01" };
    for await (const sample of await it.feed(request)) {
      assert.ok(Array.isArray(sample.value));
      break;
    }
    await until(() => sim.feeds().length === 0, "the feed to stop at the server");
  });

  test(`${name}: a refusal has the server's data`, async (t) => {
    const sim = await start(t);
    const error = await refused(client(t, { url: sim.url, token: "wrong", protocol }).client.connect(), "unauthorized");
    assert.deepEqual(error.data, { code: 401, reason: "token invalid" });
    assert.equal(sim.stats().refused, 1);
  });

  test(`${name}: binary both ways, acknowledgements both ways`, async (t) => {
    const heard = [];
    const sim = await start(t, {
      onConnection: (socket) => {
        socket.on("binary", (...args) => heard.push(args));
        socket.on("echo", (value, answer) => answer(value, Buffer.from([9, 8]), "end"));
        socket.on("silent", (_value, answer) => answer());
      },
    });
    const { client: it } = await join(t, sim);
    it.emit("binary", bytes(1, 2, 3), { deep: [bytes(4).buffer, Buffer.from([5])] }, "text");
    await until(() => heard.length === 1, "the binary event");
    const [[first, { deep }, text]] = heard;
    assert.deepEqual([[...first], [...deep[0]], [...deep[1]], text], [[1, 2, 3], [4], [5], "text"]);
    const [value, data, end] = /** @type {[{b: Uint8Array}, Uint8Array, string]} */ (
      await it.emitWithAck("echo", [{ b: bytes(7, 7) }])
    );
    assert.deepEqual([[...value.b], [...data], end], [[7, 7], [9, 8], "end"]);
    assert.deepEqual(await it.emitWithAck("silent", [1]), []);

    const events = [];
    it.onAny((/** @type {any[]} */ ...args) => {
      events.push(args);
      const answer = args.at(-1);
      if (typeof answer === "function") answer("got it", bytes(6));
    });
    sim.broadcast("from:server", Buffer.from([1, 2]), { in: Buffer.from([3]) });
    const answers = new Promise((resolve) => sim.sockets[0].emit("question", 42, (...args) => resolve(args)));
    const [words, six] = await answers;
    assert.deepEqual([words, [...six]], ["got it", [6]]);
    const [[eventName, one, two]] = events;
    assert.deepEqual([eventName, [...one], [...two.in]], ["from:server", [1, 2], [3]]);
  });

  test(`${name}: the heartbeat continues over several pings`, async (t) => {
    const sim = await start(t, { pingIntervalMs: 25, pingTimeoutMs: 5_000 });
    const beats = { in: 0, out: 0 };
    const sockets = transports(sim);
    const made = client(t, { url: sim.url, token: sim.token, protocol });
    const [ping, pong] =
      revision === 4
        ? [
            ["in", "2"],
            ["out", "3"],
          ]
        : [
            ["out", "2"],
            ["in", "3"],
          ];
    made.client.onFrame((direction, frame) => {
      if (direction === ping[0] && frame === ping[1]) beats.in++;
      if (direction === pong[0] && frame === pong[1]) beats.out++;
    });
    await made.client.connect();
    assert.equal(sockets.opened, 1, "one socket at the server, not a second one that stays open");
    await until(
      () => beats.in >= 6 && beats.out >= 5,
      `pings and pongs of revision ${revision}: ${JSON.stringify(beats)}`,
    );
    assert.deepEqual(made.diary.names(), ["connect"]);
    assert.equal(sockets.opened, 1);
  });

  test(`${name}: after a drop it reconnects with its feed; after a kick, on connect()`, async (t) => {
    const sim = await start(t, { samplesPerSecond: 100 });
    const { client: it, diary } = await join(t, sim);
    let gaps = 0;
    const feed = await it.feed({ deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" }, () => {}, {
      onGap: () => gaps++,
    });
    await until(() => feed.received > 0);
    sim.dropAll();
    await diary.count("connect", 2);
    await until(() => gaps === 1, "the gap");
    const { received } = feed;
    await until(() => feed.received > received, "more samples");
    assert.equal(got(sim, "device:feed").length, 2);
    sim.kick();
    await diary.count("disconnect", 2);
    const { reason, willReconnect } = diary.of("disconnect")[1];
    assert.deepEqual([reason, willReconnect], ["io server disconnect", false]);
    await it.connect();
    assert.equal((await it.cmd(sim.devices[0].id, "true")).returnCode, 0);
  });

  if (revision === 4) continue;
  test(`${name}: a silent server is a ping timeout`, async (t) => {
    const sim = await start(t, { pingIntervalMs: 30, pingTimeoutMs: 60 });
    const { diary } = await join(t, sim);
    for (const socket of sim.sockets) (socket.conn.transport.socket ?? socket.conn.transport)._socket.pause();
    await diary.count("disconnect", 1);
    assert.equal(diary.of("disconnect")[0].reason, "ping timeout");
    await diary.count("connect", 2);
  });
}

test("protocol 4 against a Socket.IO 2 server: the error says what to set", async (t) => {
  const sim = await simulator(t, { generation: 2 });
  const error = await refused(client(t, { url: sim.url, token: sim.token, protocol: 4 }).client.connect(), "protocol");
  assert.match(error.message, /Socket\.IO 2.*protocol.*"auto" or 3/);
});

test("protocol 3 against a server without it: the error says what to set", async (t) => {
  const sim = await simulator(t);
  const error = await refused(
    client(t, { url: sim.url, token: sim.token, protocol: 3 }).client.connect(),
    "unreachable",
  );
  assert.match(error.message, /protocol.*"auto" or 4/);
});

test("a Socket.IO 2 server with slow middleware: auto still connects", async (t) => {
  const sim = await simulator(t, { generation: 2, serverOptions: {} });
  sim.io.use((_socket, next) => setTimeout(next, 400));
  const sockets = transports(sim);
  const { client: it, diary } = await connected(t, sim);
  assert.equal((await it.cmd(sim.devices[0].id, "true")).returnCode, 0);
  // Wait for the reply to the client's CONNECT, which crossed the server's own.
  await until(() => sim.stats().connections === 2, "the server's second connection");
  assert.equal(sockets.opened, 1);
  assert.equal((await it.cmd(sim.devices[0].id, "true")).returnCode, 0);
  assert.deepEqual(diary.names(), ["connect"]);
});

test("auto does not mistake a Socket.IO 2 server for a broken one on any reconnection", async (t) => {
  const sim = await simulator(t, { generation: 2 });
  const sockets = transports(sim);
  const { client: it, diary } = await connected(t, sim);
  for (let n = 2; n <= 5; n++) {
    sim.dropAll();
    await diary.count("connect", n);
    await it.cmd(sim.devices[0].id, "true");
    assert.equal(sockets.opened, n);
  }
  assert.equal(diary.of("connect_error").length, 0);
});
