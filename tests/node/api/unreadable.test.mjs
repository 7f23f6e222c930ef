// Values as Python clouds write them, over the reference server: what is not JSON costs its sample, not the connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { client } from "../lib/cloud.mjs";
import { collect, LIMIT, until } from "../lib/until.mjs";

const REQUEST = Object.freeze({ deviceId: "d", table: "solar", source: "s" });

/** A socket.io server whose one feed gets its samples from the test, as texts, and a client that it has accepted. */
async function fed(t, options) {
  const http = createServer();
  const io = new Server(http, { path: "/socket.io-client" });
  t.after(() => io.close());
  io.on("connection", (socket) => {
    socket.on("device:feed", ({ requestId }) => socket.emit("device:feed:rpc", { requestId, feedId: "f" }));
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
  const made = client(t, { url: `http://127.0.0.1:${port}`, workgroup: "w", token: "unreadable-token" }, options);
  await made.connect();
  const [socket] = io.sockets.sockets.values();
  /** @param {...string} values as JSON, or not */
  const give = (...values) => {
    for (const value of values) socket.conn.write(`2["device:feed:reply",{"feedId": "f", "messageId": "1", "value": ${value}}]`);
  };
  return { client: made, socket, give, warnings: collect(made, "warning"), disconnects: collect(made, "disconnect") };
}

const WRONG = ["NaN", "Infinity", "-Infinity", "[1, NaN]"];

/** One warning, which names the feed. */
function assertNamed(warnings) {
  assert.equal(warnings.length, 1);
  const [{ error }] = warnings;
  assert.equal(error.code, "protocol");
  assert.equal(error.event, "device:feed:reply");
  assert.match(error.message, /a sample of table "solar", source "s" of device "d" is not JSON, at "NaN}\]"/);
}

test("a listener gets the other samples, and one warning names its feed", LIMIT, async (t) => {
  const { client, warnings, disconnects, give } = await fed(t);
  const values = [];
  const feed = await client.feed(REQUEST, (sample) => values.push(sample.value));
  give(...WRONG, "1", ...WRONG, "2");
  await until(() => values.length === 2, "the samples");
  assert.deepEqual([values, feed.received, disconnects], [[1, 2], 2, []]);
  assertNamed(warnings);
});

test("an iterator goes on", LIMIT, async (t) => {
  const { client, warnings, disconnects, give } = await fed(t);
  const feed = await client.feed(REQUEST);
  give("1", ...WRONG, "2");
  const values = [];
  for await (const { value } of feed) if (values.push(value) === 2) break;
  assert.deepEqual([values, disconnects], [[1, 2], []]);
  assertNamed(warnings);
});

test("a series keeps the other samples, with a listener on its feed and without", LIMIT, async (t) => {
  const { client, warnings, disconnects, give } = await fed(t);
  const series = await client.series(REQUEST, { capacity: 9 });
  give("1", ...WRONG, "2");
  await until(() => series.total === 2, "the samples");
  const values = [];
  await client.feed(REQUEST, (sample) => values.push(sample.value));
  give(...WRONG, "3");
  await until(() => values.length === 1, "the sample");
  assert.deepEqual([[...series.values()], values, disconnects], [[1, 2, 3], [3], []]);
  assertNamed(warnings);
});

test("whatever else is not JSON ends the connection", LIMIT, async (t) => {
  const { socket, disconnects } = await fed(t, { reconnect: false });
  socket.conn.write('2["device:cmd:reply",{"requestId":"r","returnCode":NaN}]');
  await until(() => disconnects.length === 1, "the end");
  assert.equal(disconnects[0].reason, "parse error");
});

test("an event_time is ISO 8601 or a number; a series says once that it cannot read one", LIMIT, async (t) => {
  const { client, socket, warnings } = await fed(t);
  const series = await client.series(REQUEST, { capacity: 99 });
  const times = [
    "2023-08-09T03:55:37.000Z", "2023-08-09T03:55:37,000Z", "2023-08-09T05:55:37+02", "2023-08-09T05:55:37+0200",
    1691553337, 1691553337.0, 1691553337000, "1691553337", "1691553337000", "1691553337.000",
  ];
  const give = (event_time) => socket.emit("device:feed:reply", { feedId: "f", event_time, messageId: "1", value: 1 });
  times.forEach(give);
  give(undefined);
  await until(() => series.total === times.length + 1, "the samples");
  assert.deepEqual([...series.times()], [...times.map(() => 1691553337000), NaN]);
  assert.deepEqual(warnings, []);
  for (const time of ["yesterday", "20230809", "20230809T035537Z", null, 1e20, 1691553337000000]) give(time);
  await until(() => series.total === times.length + 7, "the samples");
  assert.ok(series.times().slice(-7).every(Number.isNaN));
  assert.equal(warnings.length, 1);
  const [{ error }] = warnings;
  assert.match(error.message, /event_time of a sample of table "solar", source "s" of device "d" cannot be read: "yesterday"/);
  assert.deepEqual([error.code, error.data.event_time], ["protocol", "yesterday"]);
});
