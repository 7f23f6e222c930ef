// Live data as columns of numbers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, flushed, received } from "../lib/cloud.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { eventOf, rawCloud } from "../lib/raw-cloud.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { allBut, VALUES } from "../lib/wrong-values.mjs";

const REQUEST = Object.freeze({ deviceId: "d", table: "t", source: "s" });
const START = Date.UTC(2023, 7, 9);

/** A series of a feed that delivers these values, one second apart. */
async function given(t, values, options) {
  const cloud = await rawCloud(t, {
    onFrame: (frame, link) => {
      const event = eventOf(frame);
      if (event?.name !== "device:feed") return;
      link.event("device:feed:rpc", { requestId: event.args[0].requestId, feedId: "f" });
      values.forEach((value, i) =>
        link.event("device:feed:reply", {
          feedId: "f",
          event_time: new Date(START + i * 1000).toISOString(),
          table: "t",
          source: "s",
          device: "d",
          messageId: String(i),
          value,
        }),
      );
    },
  });
  const made = client(t, cloud);
  await made.connect();
  const series = await made.series(REQUEST, options);
  await until(() => series.total === values.length, "all samples");
  return { client: made, series };
}

test("single values: times, values, non-numbers", LIMIT, async (t) => {
  const { series } = await given(t, [1, -2.5, null, true, false, "7", "text", 1e300]);
  assert.deepEqual([series.length, series.total, series.columns], [8, 8, 1]);
  assert.deepEqual(
    [...series.times()],
    Array.from({ length: 8 }, (_, i) => START + i * 1000),
  );
  const values = series.values();
  assert.ok(values instanceof Float64Array);
  assert.deepEqual([...values.slice(0, 5)], [1, -2.5, NaN, 1, 0]);
  assert.ok(Number.isNaN(values[5]) && Number.isNaN(values[6]));
  assert.equal(values[7], 1e300);
});

test("arrays are columns", LIMIT, async (t) => {
  const { series } = await given(t, [
    [1, 2, 3],
    [4, null, 6],
  ]);
  assert.equal(series.columns, 3);
  assert.deepEqual(
    [[...series.values()], [...series.values(1)], [...series.values(2)]],
    [
      [1, 4],
      [2, NaN],
      [3, 6],
    ],
  );
  throws(() => series.values(3), "invalid-argument", { message: /^column: / });
  assert.deepEqual([series.last()[1], series.last(1)[1], series.last(2)[1]], [4, NaN, 6]);
  assert.equal(series.last()[0], series.times().at(-1));
  throws(() => series.last(3), "invalid-argument", { message: /^column: / });
});

test("the newest `capacity` samples are kept; the arrays are copies", LIMIT, async (t) => {
  const { series } = await given(
    t,
    Array.from({ length: 10 }, (_, i) => i),
    { capacity: 4 },
  );
  assert.deepEqual([series.length, series.total], [4, 10]);
  series.values().fill(99);
  assert.deepEqual([...series.values()], [6, 7, 8, 9]);
});

test("minMax returns the time, minimum and maximum of each interval", LIMIT, async (t) => {
  const { series } = await given(t, [3, 1, 2, 9, 8, 7]);
  const reduced = series.minMax(2);
  assert.ok(reduced instanceof Float64Array);
  assert.deepEqual([...reduced], [START, 1, 3, START + 2500, 7, 9]);
  const part = series.minMax(1, { column: 0, fromMs: START + 1000, toMs: START + 2000 });
  assert.deepEqual([part[1], part[2]], [1, 2]);
});

test("onUpdate is called with the series, but not for every sample", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesPerSecond: 2_000 } });
  const calls = [];
  const series = await made.series({ ...solar, field: "AC Power" }, { onUpdate: (one) => calls.push(one) });
  await until(() => calls.length >= 3);
  assert.ok(calls.every((one) => one === series));
  assert.ok(series.total > calls.length);
});

test("stop() ends the feed; the data stays readable", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const series = await made.series(solar);
  assert.equal(series.feed.id, sim.feeds()[0].feedId);
  assert.equal(series.feed, series.feed);
  assert.deepEqual(series.feed.request, solar);
  await until(() => series.length > 3);
  assert.equal(await series.stop(), undefined);
  const { length } = series;
  await series[Symbol.asyncDispose]();
  await flushed(made, sim);
  assert.equal(sim.feeds().length, 0);
  assert.equal(received(sim, "device:feed:stop").length, 1);
  assert.deepEqual([series.length, series.times().length, series.values(1).length], [length, length, length]);
});

test("a series and a feed with the same request share one server feed", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const samples = [];
  const series = await made.series(solar);
  const feed = await made.feed({ ...solar }, (sample) => samples.push(sample));
  await until(() => samples.length > 3 && series.length > 3);
  assert.equal(sim.feeds().length, 1);
  await series.stop();
  const before = samples.length;
  await until(() => samples.length > before);
  await feed.stop();
  await flushed(made, sim);
  assert.equal(sim.feeds().length, 0);
});

test(
  "a series whose feed has a listener keeps numbers, and no samples in a queue that nobody reads",
  LIMIT,
  async (t) => {
    const cloud = scriptedCloud();
    const made = client(t, cloud, { webSocket: cloud.webSocket });
    await made.connect();
    let heard = 0;
    const series = await made.series(REQUEST);
    await made.feed(REQUEST, () => heard++);
    // More than a queue holds by default.
    for (let n = 0; n < 1_030; n++) cloud.socket.give(cloud.sample(series.feed.id));
    await until(() => heard === 1_030, "all samples");
    assert.deepEqual([series.total, series.feed.dropped], [1_030, 0]);
  },
);

test("close() and stopAllFeeds() end a series; it stays readable", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  for (const end of ["stopAllFeeds", "close"]) {
    const series = await made.series(solar);
    await until(() => series.length > 0);
    await made[end]();
    assert.ok(series.length > 0 && series.values().length === series.length);
    await series.stop();
  }
  await rejects(made.series(solar), "closed");
});

test("an infinite capacity allocates memory only when needed", LIMIT, async (t) => {
  const { series } = await given(t, [1, 2], { capacity: Infinity });
  assert.deepEqual([...series.values()], [1, 2]);
});

test("errors name wrong arguments of its methods", LIMIT, async (t) => {
  const { client: made, series } = await given(t, [1, 2]);
  for (const [what, value] of [
    ...allBut("absent", "number"),
    ...VALUES.number.filter(([, n]) => n !== 0),
    ["Infinity", Infinity],
    ["2 ** 40", 2 ** 40],
  ]) {
    const error = throws(() => series.values(value), "invalid-argument");
    assert.ok(error.message.startsWith("column: "), `${what}: ${error.message}`);
    const inOptions = throws(() => series.minMax(1, { column: value }), "invalid-argument");
    assert.match(inOptions.message, /^(options\.)?column: /, String(what));
  }
  for (const [what, value] of [
    ...allBut("number"),
    ...VALUES.number,
    ["Infinity", Infinity],
    ["2 ** 31", 2 ** 31],
    ["MAX_VALUE", Number.MAX_VALUE],
  ]) {
    const error = throws(() => series.minMax(value), "invalid-argument");
    assert.ok(error.message.startsWith("buckets: "), `${what}: ${error.message}`);
  }
  for (const [, value] of allBut("absent", "record", "hostile"))
    throws(() => series.minMax(1, value), "invalid-argument", { message: /^options: / });
  for (const name of ["fromMs", "toMs"]) {
    for (const [what, value] of allBut("absent", "number")) {
      const error = throws(() => series.minMax(1, { [name]: value }), "invalid-argument");
      assert.ok(error.message.startsWith(`options.${name}: `), `${what}: ${error.message}`);
    }
    throws(() => series.minMax(1, { [name]: NaN }), "invalid-argument");
  }
  assert.equal(made.state, "connected");
  assert.deepEqual([...series.values()], [1, 2]);
});
