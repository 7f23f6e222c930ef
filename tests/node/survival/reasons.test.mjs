// Every reason for which a connection ends, with the order and the fields of the events around it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, FAST, isArdexaError, refused, simulator, until } from "./lib/support.mjs";
import { event, open, rawServer } from "./lib/raw-server.mjs";

/**
 * Diary entries without times, delays, ids and errors.
 * @param {import("./lib/support.mjs").Entry[]} entries
 */
const plain = (entries) => entries.map(({ at, error, delayMs, id, ...rest }) => rest);

/**
 * A client of a raw server that accepts every connection, the first one with `handshake`, and calls `first` with it. The
 * next ones have the usual heartbeat: a short one may end them before they are accepted, on a busy machine.
 */
async function onServer(t, first, handshake, options) {
  const server = await rawServer(t, async (link) => {
    if (link.number > 0) return link.accept();
    await link.accept(handshake);
    await first(link);
  });
  const made = client(t, { url: server.url, ...options });
  await made.client.connect();
  return { server, ...made };
}

/** The events from a first connection, lost for `reason`, to the second. */
const lostAndBack = (reason) => [
  { name: "connect", attempt: 1, reconnected: false },
  { name: "disconnect", reason, willReconnect: true },
  { name: "reconnecting", attempt: 1 },
  { name: "connect", attempt: 1, reconnected: true },
];

test("transport close: TCP is cut without notice", async (t) => {
  const { client: it, diary, server } = await onServer(t, () => {});
  assert.equal(it.id, "socket-1");
  server.links[0].cut();
  await diary.count("connect", 2);
  assert.deepEqual(plain(diary.entries), lostAndBack("transport close"));
  assert.deepEqual(
    diary.of("connect").map(({ id }) => id),
    ["socket-1", "socket-2"],
  );
  assert.equal(it.id, "socket-2");
  assert.equal(it.state, "connected");
  assert.equal(it.stats().connections, 2);
});

test("transport close: the server closes the WebSocket", async (t) => {
  const { diary, server } = await onServer(t, () => {});
  server.links[0].socket.close(1001, "going away");
  await diary.count("connect", 2);
  assert.deepEqual(plain(diary.entries), lostAndBack("transport close"));
});

test("transport close: the Engine.IO packet 1, although the socket stays open", async (t) => {
  const { diary, server } = await onServer(t, () => {});
  server.links[0].send("1");
  await diary.count("connect", 2);
  assert.deepEqual(plain(diary.entries), lostAndBack("transport close"));
  await until(() => server.links[0].closed, "the client to close the socket");
});

test("transport error: bytes that are not a WebSocket frame", async (t) => {
  const { diary, server } = await onServer(t, () => {});
  server.links[0].garbage();
  await diary.count("connect", 2);
  assert.deepEqual(plain(diary.entries), lostAndBack("transport error"));
});

test("ping timeout: the server falls silent while TCP stays open", async (t) => {
  const { diary, server } = await onServer(t, () => {}, { pingInterval: 200, pingTimeout: 200 });
  await diary.count("disconnect", 1);
  const [, lost] = diary.entries;
  assert.equal(lost.reason, "ping timeout");
  assert.equal(lost.willReconnect, true);
  const silentMs = lost.at - server.links[0].openedAt;
  assert.ok(silentMs >= 398, `not before interval + timeout after the handshake: ${silentMs}`);
  await diary.count("connect", 2);
  assert.deepEqual(plain(diary.entries.slice(0, 4)), lostAndBack("ping timeout"));
  await until(() => server.links[0].closed, "the dead socket to close");
});

test("ping timeout: other traffic does not replace a ping", async (t) => {
  const { diary } = await onServer(
    t,
    async (link) => {
      while (!link.closed) {
        link.send(event("noise", 1));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    { pingInterval: 200, pingTimeout: 100 },
  );
  await diary.count("disconnect", 1);
  assert.equal(diary.of("disconnect")[0].reason, "ping timeout");
});

for (const [what, frames] of [
  ["an unknown Engine.IO packet", ["9"]],
  ["an empty frame", [""]],
  ["an unknown Socket.IO packet", ["47"]],
  ["broken JSON", ['42["a"']],
  ["an event without a name", ["42[]"]],
  ["a reserved event name", ['42["disconnect"]']],
  ["a DISCONNECT with data that is not JSON", ["41x"]],
  ["a second handshake", [open()]],
  ["a second CONNECT", ['40{"sid":"x"}']],
  ["a CONNECT_ERROR after acceptance", ['44{"message":"late"}']],
  ["unannounced binary data", [Buffer.from([1, 2, 3])]],
  ["text in place of an attachment", ['451-["b",{"_placeholder":true,"num":0}]', '42["a"]']],
  ["a placeholder without an attachment", ['451-["b",{"_placeholder":true,"num":7}]', Buffer.from([1])]],
  ["eleven attachments", ['4511-["b"]']],
  ["invalid base64 data", ["b***"]],
]) {
  test(`parse error: ${what}`, async (t) => {
    const { diary, server, client: it } = await onServer(t, () => {});
    server.links[0].send(...frames);
    await diary.count("connect", 2);
    assert.deepEqual(plain(diary.entries), lostAndBack("parse error"));
    const [{ error }] = diary.of("disconnect");
    isArdexaError(error, "protocol");
    assert.equal(it.state, "connected");
  });
}

test("io server disconnect: 41 closes the client, and the transport's close after it changes nothing", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim);
  for (const socket of sim.sockets) socket.disconnect(true);
  await diary.count("disconnect", 1);
  const [{ reason, willReconnect, error }] = diary.of("disconnect");
  assert.deepEqual([reason, willReconnect], ["io server disconnect", false]);
  isArdexaError(error, "disconnected");
  assert.equal(it.state, "closed");
  assert.equal(it.id, undefined);
  await until(() => sim.io.engine.clientsCount === 0, "the transport to close too");
  assert.deepEqual(diary.names(), ["connect", "disconnect"]);
  await refused(it.cmd(sim.devices[0].id, "uptime"), "closed");
  await it.connect();
  assert.equal((await it.cmd(sim.devices[0].id, "uptime")).returnCode, 0);
});

test("io server disconnect: after 41 the client closes a transport that the server left open", async (t) => {
  const sim = await simulator(t);
  const { diary } = await connected(t, sim);
  sim.kick();
  await diary.count("disconnect", 1);
  assert.equal(diary.of("disconnect")[0].reason, "io server disconnect");
  await until(() => sim.io.engine.clientsCount === 0, "the client to close the transport");
});

test("io client disconnect: close() sends a disconnect that the server receives", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim);
  let heard;
  sim.sockets[0].once("disconnect", (reason) => (heard = reason));
  await it.close();
  assert.equal(it.state, "closed");
  await until(() => heard, "the server's disconnect");
  assert.equal(heard, "client namespace disconnect");
  assert.deepEqual(plain(diary.entries), [
    { name: "connect", attempt: 1, reconnected: false },
    { name: "disconnect", reason: "io client disconnect", willReconnect: false },
  ]);
  await it.close();
  assert.equal(diary.of("disconnect").length, 1);
});

test("all events of a long restart, in order", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: { ...FAST, stableAfterMs: 0 } });
  const states = new Set();
  for (const name of /** @type {const} */ (["disconnect", "reconnecting", "connect_error", "connect"]))
    it.on(name, () => states.add(`${name}: ${it.state}`));
  await it.cmd(sim.devices[0].id, "true"); // some time after the acceptance, so the attempt count starts over
  await sim.stop();
  await diary.count("connect_error", 2);
  await sim.listen();
  await diary.count("connect", 2);
  const entries = diary.entries.slice(1);
  const failures = diary.of("connect_error").length;
  /** @type {object[]} */
  const expected = [{ name: "disconnect", reason: "transport close", willReconnect: true }];
  for (let attempt = 1; attempt <= failures; attempt++) {
    expected.push({ name: "reconnecting", attempt }, { name: "connect_error", attempt, willRetry: true });
  }
  expected.push(
    { name: "reconnecting", attempt: failures + 1 },
    { name: "connect", attempt: failures + 1, reconnected: true },
  );
  assert.deepEqual(plain(entries), expected);
  for (const { error } of diary.of("connect_error")) isArdexaError(error, "unreachable");
  assert.deepEqual(
    states,
    new Set([
      "disconnect: reconnecting",
      "reconnecting: reconnecting",
      "connect_error: reconnecting",
      "connect: connected",
    ]),
  );
});
