// The hot paths (JSON.parse on the frame's own string for objects; the receive buffer, with header and feed found on
// bytes, for columns) are equivalent to the general path. The second client listens to every event, which routes every
// frame through the general path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client } from "../lib/cloud.mjs";
import { chance } from "../lib/random.mjs";
import { eventOf, rawCloud } from "../lib/raw-cloud.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { collect, LIMIT, until } from "../lib/until.mjs";

const SOURCES = ["listener", "series", "both", "shared", "iterator"];

/** Payloads as JSON strings: plain, keys in any order, escaped, duplicate keys, non-ASCII, huge, with `error`. */
function payloads(random, feedId, at) {
  const pick = (...list) => list[Math.floor(random() * list.length)];
  const value = () =>
    pick(
      "5",
      "-0",
      "1e400",
      "9007199254740993",
      "0.1",
      "null",
      "true",
      '"text"',
      '"\\u00e9\\n"',
      '"ü🌞"',
      "[1,2,null]",
      "[]",
      '{"a":[1]}',
      `"${"x".repeat(70_000)}"`,
    );
  const fields = [
    `"feedId":"${feedId}"`,
    `"event_time":${pick('"2023-08-09T03:55:37.000Z"', '"2023-08-09T03:55:37+02:00"', '"never"', "7")}`,
    `"messageId":"${at}"`,
    `"value":${value()}`,
    '"device":"d"',
  ];
  if (random() < 0.2) fields.push(`"value":${value()}`);
  if (random() < 0.1) fields.push('"feedId":"other"');
  if (random() < 0.1) fields.push('"__proto__":{"polluted":1}');
  if (random() < 0.1) fields.push(`"error":${pick("null", "0", "false", '""')}`);
  if (random() < 0.1) fields.push('"\\u0076alue":3');
  if (random() < 0.1) fields.push(`"result":${pick('"success"', "null", '"errors"')}`);
  if (random() < 0.1) fields.push('"\\ud83d":"\\udc00"');
  const order =
    random() < 0.5
      ? fields
      : fields
          .map((field) => [random(), field])
          .sort(([a], [b]) => a - b)
          .map(([, field]) => field);
  return `{${order.join(pick(",", ",", ", ", " ,\n"))}}`;
}

test("the hot paths and the general path deliver and store the same", LIMIT, (t) => compare(t, true));

test("the same without a series, with objects that need not begin with their feedId", LIMIT, (t) => compare(t, false));

async function compare(t, hasSeries) {
  const links = [];
  const cloud = await rawCloud(t, {
    onFrame: (frame, link) => {
      const event = eventOf(frame);
      if (event?.name === "device:feed") {
        link.event("device:feed:rpc", { requestId: event.args[0].requestId, feedId: `feed-${event.args[0].source}` });
        if (!links.includes(link)) links.push(link);
      }
    },
  });
  const made = [];
  for (const general of [false, true]) {
    const one = client(t, cloud);
    await one.connect();
    if (general) one.onAny(() => {});
    const delivered = [];
    const request = (source) => ({ deviceId: "d", table: "t", source });
    const listener = (name) => (sample) => delivered.push([name, JSON.stringify(sample)]);
    const feeds = [
      await one.feed(request("listener"), listener("listener")),
      await one.feed(request("both"), listener("both")),
      await one.feed(request("shared"), listener("first")),
      await one.feed(request("shared"), listener("second")),
      await one.feed(request("iterator"), { queue: 100_000 }),
    ];
    const series = [];
    if (hasSeries)
      for (const source of ["series", "both"]) series.push(await one.series(request(source), { capacity: 64 }));
    made.push({ one, delivered, feeds, series });
  }
  const random = chance(7);
  const frames = [];
  for (let at = 0; at < 3_000; at++) {
    const feedId = `feed-${SOURCES[Math.floor(random() * SOURCES.length)]}`;
    const name = random() < 0.9 ? "device:feed:reply" : "device:feed:data";
    frames.push(`42["${name}",${payloads(random, feedId, at)}${random() < 0.03 ? ',"offset"' : ""}]`);
  }
  frames.push('42["device:feed:reply",{"feedId":"feed-listener","messageId":"last","value":1}]');
  assert.equal(links.length, 2);
  for (const link of links) for (const frame of frames) link.send(frame);
  await until(() => made.every(({ delivered }) => delivered.at(-1)?.[1].includes('"last"')), "the last sample");

  const [hot, general] = made;
  assert.ok(hot.delivered.length > 1_500);
  assert.deepEqual(hot.delivered, general.delivered);
  const counts = ({ one, feeds }) => ({
    ...one.stats(),
    bytesIn: 0,
    lastFrameMs: 0,
    received: feeds.map((feed) => feed.received),
  });
  assert.deepEqual(counts(hot), counts(general));
  // For object samples, characters are counted.
  const uncounted = general.one.stats().bytesIn - hot.one.stats().bytesIn;
  const beyondAscii = frames.reduce((sum, frame) => sum + Buffer.byteLength(frame) - frame.length, 0);
  assert.ok(uncounted > 0 && uncounted < beyondAscii, `${uncounted} of ${beyondAscii}`);
  for (const [i, series] of hot.series.entries()) {
    const other = general.series[i];
    assert.equal(series.total, other.total);
    assert.ok(series.total > 100);
    assert.deepEqual(series.times(), other.times());
    for (let column = 0; column < series.columns; column++)
      assert.deepEqual(series.values(column), other.values(column));
  }
  const drained = async ({ feeds }) => {
    const samples = [];
    await feeds[4].stop();
    for await (const sample of feeds[4]) samples.push(JSON.stringify(sample));
    return samples;
  };
  const [fromHot, fromGeneral] = [await drained(hot), await drained(general)];
  assert.ok(fromHot.length > 300);
  assert.deepEqual(fromHot, fromGeneral);
  assert.equal({}.polluted, undefined);
}

test("a sample that is not JSON is skipped on either path", LIMIT, async (t) => {
  for (const general of [false, true]) {
    const cloud = await rawCloud(t, {
      onFrame: (frame, link) => {
        const event = eventOf(frame);
        if (event?.name !== "device:feed") return;
        link.event("device:feed:rpc", { requestId: event.args[0].requestId, feedId: "f" });
        for (const value of ["1", "01", "NaN", "2"])
          link.send(`42["device:feed:reply",{"feedId":"f","messageId":"${value}","value":${value}}]`);
      },
    });
    const one = client(t, cloud, { reconnect: false });
    await one.connect();
    if (general) one.onAny(() => {});
    const warnings = collect(one, "warning");
    const samples = [];
    await one.feed({ deviceId: "d", table: "t", source: "s" }, (sample) => samples.push(sample.value));
    await until(() => samples.length === 2, "the samples");
    assert.deepEqual(samples, [1, 2]);
    assert.deepEqual([warnings.length, one.state, one.stats().samples], [1, "connected", 2]);
  }
});

test("a feed's only listener is called without the module, and a series' frames are not parsed", LIMIT, async (t) => {
  const cloud = scriptedCloud();
  const made = client(t, cloud, { webSocket: cloud.webSocket });
  await made.connect();
  const request = { deviceId: "d", table: "t", source: "s" };
  /** @type {string[]} */
  const stacks = [];
  const feed = await made.feed(request, () => stacks.push(new Error("here").stack ?? ""));
  const give = (id) => cloud.socket.give(cloud.sample(id));
  const isDirect = () => !/wasm:|wasm-function/.test(stacks.at(-1) ?? "");
  /** Whether a sample that does not begin with its feedId goes directly. */
  const isUnorderedDirect = () => {
    const first = `{"feedId":"${feed.id}",`;
    cloud.socket.give(cloud.sample(feed.id).replace(first, "{").replace("}]", `,"feedId":"${feed.id}"}]`));
    return isDirect();
  };
  give(feed.id); // the first sample of a client takes the general path
  await until(() => stacks.length === 1);
  assert.ok(!isDirect());
  assert.ok(isUnorderedDirect());

  const series = await made.series({ ...request, source: "other" });
  const parse = t.mock.method(JSON, "parse");
  give(feed.id);
  assert.deepEqual([stacks.length, isDirect(), parse.mock.callCount()], [3, true, 1]);
  give(series.feed.id);
  assert.deepEqual([series.total, parse.mock.callCount()], [1, 1]);
  assert.ok(!isUnorderedDirect());
  await series.stop();
  assert.ok(isUnorderedDirect());

  const other = await made.feed(request, () => {});
  await until(() => (give(feed.id), !isDirect()), "the module delivers to both listeners");
  await other.stop();
  give(feed.id);
  assert.ok(isDirect());
});
