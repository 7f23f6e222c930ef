// Values as Python clouds encode them, over the reference server: invalid JSON costs its sample, not the connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client } from "../lib/cloud.mjs";
import { handCloud } from "../lib/hand-cloud.mjs";
import { collect, LIMIT, until } from "../lib/until.mjs";

const REQUEST = Object.freeze({ deviceId: "d", table: "solar", source: "s" });

/** A client of a cloud whose payloads the test writes. */
async function fed(t, options) {
  const cloud = await handCloud(t);
  const made = client(t, cloud, options);
  await made.connect();
  const [socket] = cloud.io.sockets.sockets.values();
  const write = (payload, event = "device:feed:reply") => cloud.write(socket, event, payload);
  /** @param {...string} values as JSON, or not */
  const give = (...values) => values.forEach((value) => write(cloud.sample(value)));
  /** @param {unknown} time */
  const giveAt = (time) => write(cloud.sample("1", JSON.stringify(time)));
  return {
    client: made,
    give,
    giveAt,
    write,
    warnings: collect(made, "warning"),
    disconnects: collect(made, "disconnect"),
  };
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

test("a listener receives the other samples, and one warning names its feed", LIMIT, async (t) => {
  const { client, warnings, disconnects, give } = await fed(t);
  const values = [];
  const feed = await client.feed(REQUEST, (sample) => values.push(sample.value));
  give(...WRONG, "1", ...WRONG, "2");
  await until(() => values.length === 2, "the samples");
  assert.deepEqual([values, feed.received, disconnects], [[1, 2], 2, []]);
  assertNamed(warnings);
});

test("an iterator continues", LIMIT, async (t) => {
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

test("any other invalid JSON ends the connection", LIMIT, async (t) => {
  const { write, disconnects } = await fed(t, { reconnect: false });
  write('{"requestId":"r","returnCode":NaN}', "device:cmd:reply");
  await until(() => disconnects.length === 1, "the end");
  assert.equal(disconnects[0].reason, "parse error");
});

test("an event_time is ISO 8601 or a number; a series warns once about any other", LIMIT, async (t) => {
  const { client, write, giveAt, warnings } = await fed(t);
  const series = await client.series(REQUEST, { capacity: 99 });
  const times = [
    "2023-08-09T03:55:37.000Z",
    "2023-08-09T03:55:37,000Z",
    "2023-08-09T05:55:37+02",
    "2023-08-09T05:55:37+0200",
    1691553337,
    1691553337.0,
    1691553337000,
    "1691553337",
    "1691553337000",
    "1691553337.000",
  ];
  times.forEach(giveAt);
  write('{"feedId":"f","value":1}');
  await until(() => series.total === times.length + 1, "the samples");
  assert.deepEqual([...series.times()], [...times.map(() => 1691553337000), NaN]);
  assert.deepEqual(warnings, []);
  for (const time of ["yesterday", "20230809", "20230809T035537Z", null, 1e20, 1691553337000000]) giveAt(time);
  await until(() => series.total === times.length + 7, "the samples");
  assert.ok(series.times().slice(-7).every(Number.isNaN));
  assert.equal(warnings.length, 1);
  const [{ error }] = warnings;
  assert.match(
    error.message,
    /event_time of a sample of table "solar", source "s" of device "d" cannot be read: "yesterday"/,
  );
  assert.deepEqual([error.code, /** @type {any} */ (error.data).event_time], ["protocol", "yesterday"]);
});
