// Live data with a listener: opening, samples, sharing, stopping, gaps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, flushed, framesOut, received } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { eventOf, rawCloud } from "../lib/raw-cloud.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

const sample = (feedId, messageId, value = /** @type {unknown} */ (1)) => ({
  feedId,
  event_time: "2023-08-09T03:55:37.000Z",
  table: "solar",
  source: "inverter-01",
  device: "d",
  messageId,
  value,
});

test("a feed opens and delivers samples as on the API page", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const samples = [];
  const feed = await made.feed({ ...solar, field: "AC Power" }, (one) => samples.push(one), { requestId: "r" });
  assert.deepEqual(received(sim, "device:feed"), [{ requestId: "r", ...solar, field: "AC Power" }]);
  assert.equal(feed.id, sim.feeds()[0].feedId);
  assert.deepEqual(feed.request, { ...solar, field: "AC Power" });
  await until(() => samples.length >= 5, "samples");
  const { feedId, table, source, device, messageId, event_time, value, requestId } = samples[0];
  assert.deepEqual(
    { feedId, table, source, device, requestId },
    { feedId: feed.id, table: "solar", source: "inverter-01", device: deviceId, requestId: "r" },
  );
  assert.equal(typeof messageId, "string");
  assert.ok(Number.isFinite(Date.parse(event_time)));
  assert.ok(value === null || typeof value === "number");
  const ids = samples.map((one) => Number(one.messageId));
  assert.deepEqual(
    ids,
    ids.map((_, i) => ids[0] + i),
  );
  assert.equal(feed.received, samples.length);
  assert.equal(feed.dropped, 0);
  assert.equal(made.stats().samples, samples.length);
  assert.equal(made.stats().openFeeds, 1);
});

test("without a field a sample's value is an array of all fields, and no field is sent", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const samples = [];
  const feed = await made.feed(solar, (one) => samples.push(one));
  await until(() => samples.length > 0);
  assert.ok(Array.isArray(samples[0].value) && samples[0].value.length > 1);
  assert.equal("field" in received(sim, "device:feed")[0], false);
  assert.deepEqual(feed.request, solar);
});

test("feed.request is a frozen copy", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const request = { ...solar };
  const feed = await made.feed(request, () => {});
  request.table = "other";
  assert.equal(feed.request.table, "solar");
  assert.ok(Object.isFrozen(feed.request));
});

test("a refused feed rejects with the server's message", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  for (const [wrong, words] of /** @type {[Partial<typeof solar> & {field?: string}, string][]} */ ([
    [{ table: "none" }, "Unknown table: none"],
    [{ source: "none" }, "Unknown source: none"],
    [{ field: "none" }, "Unknown field"],
    [{ deviceId: "none" }, "Unknown device"],
  ])) {
    await rejects(
      made.feed({ ...solar, ...wrong }, () => {}, { requestId: "r" }),
      "rejected",
      {
        message: new RegExp(`^device:feed: ${words}$`),
        event: "device:feed",
        requestId: "r",
        data: { message: words },
      },
    );
  }
  assert.equal(made.stats().openFeeds, 0);
});

test(
  "samples before the :rpc are delivered after the code that awaits the feed, in order and without loss",
  LIMIT,
  async (t) => {
    const { client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 5 } });
    const seen = [];
    let feed;
    feed = await made.feed(solar, (one) => seen.push([Number(one.messageId), feed?.id === one.feedId]));
    assert.deepEqual(seen, []);
    await until(() => seen.length >= 8);
    assert.ok(seen.every(([, known]) => known));
    assert.deepEqual(
      seen.map(([id]) => id),
      seen.map((_, i) => seen[0][0] + i),
    );
  },
);

test("stop() in the listener discards further held samples", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 5, samplesPerSecond: 1000 } });
  let calls = 0;
  const feed = await made.feed(solar, () => {
    calls++;
    feed.stop();
  });
  await until(() => calls > 0);
  await flushed(made, sim);
  assert.equal(calls, 1);
  assert.equal(sim.feeds().length, 0);
});

test("the data event may have any name that begins with device:feed", LIMIT, async (t) => {
  for (const feedEvent of ["device:feed", "device:feed:data", "device:feed:reply", "device:feed:x:y"]) {
    const { client: made, solar } = await connected(t, { sim: { feedEvent } });
    const samples = [];
    await made.feed(solar, (one) => samples.push(one));
    await until(() => samples.length > 2, feedEvent);
  }
});

test("stop() ends the feed at the server once, and no sample is delivered after it", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { samplesPerSecond: 1000 } });
  let count = 0;
  const feed = await made.feed(solar, () => count++);
  const { id } = feed;
  await until(() => count > 3);
  assert.equal(await feed.stop(), undefined);
  const at = count;
  await feed.stop();
  await feed[Symbol.asyncDispose]();
  await flushed(made, sim);
  assert.equal(count, at);
  assert.equal(feed.received, at);
  assert.deepEqual(received(sim, "device:feed:stop"), [{ feedId: id }]);
  assert.equal(sim.feeds().length, 0);
  assert.equal(made.stats().openFeeds, 0);
});

test("equal requests share one server feed; the last stop() ends it", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const counts = [0, 0, 0];
  const [a, b] = await Promise.all([
    made.feed({ ...solar }, () => counts[0]++),
    made.feed({ ...solar }, () => counts[1]++),
  ]);
  const c = await made.feed({ ...solar }, () => counts[2]++);
  assert.equal(sim.feeds().length, 1);
  assert.deepEqual(new Set([a.id, b.id, c.id]).size, 1);
  await until(() => counts.every((count) => count > 2));
  await a.stop();
  await b.stop();
  const before = counts[2];
  await until(() => counts[2] > before + 2);
  assert.equal(received(sim, "device:feed:stop").length, 0);
  await c.stop();
  await flushed(made, sim);
  assert.equal(received(sim, "device:feed:stop").length, 1);
  assert.equal(sim.feeds().length, 0);
  assert.equal(received(sim, "device:feed").length, 1);
});

test("requests that differ by field or extra are separate feeds", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  await Promise.all([
    made.feed(solar, () => {}),
    made.feed({ ...solar, field: "AC Power" }, () => {}),
    made.feed(solar, () => {}, { extra: { samplesPerSecond: 7 } }),
  ]);
  assert.equal(sim.feeds().length, 3);
  // On the wire these equal the first one.
  await Promise.all([made.feed(solar, () => {}, { extra: {} }), made.series(solar, { extra: { nothing: undefined } })]);
  assert.equal(sim.feeds().length, 3);
});

test("a listener that throws causes a warning; its feed and the others continue", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const warnings = collect(made, "warning");
  let bad = 0;
  let good = 0;
  let sole = 0;
  await made.feed(solar, () => {
    bad++;
    throw new Error("listener");
  });
  await made.feed({ ...solar }, () => good++);
  await made.feed({ ...solar, field: "AC Power" }, () => {
    sole++;
    throw new Error("sole listener");
  });
  await until(() => bad > 2 && good > 2 && sole > 2);
  const messages = warnings.map(({ error }) => /** @type {Error} */ (error.cause).message);
  const count = (/** @type {string} */ message) => messages.filter((other) => other === message).length;
  assert.deepEqual([count("listener"), count("sole listener")], [bad, sole], "a warning for each sample");
  assert.ok(warnings.every(({ error }) => error.code === "invalid-argument" && /device:feed/.test(error.message)));
  assert.equal(made.state, "connected");
});

test("stopAllFeeds() ends every feed of the connection", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  let count = 0;
  const feeds = await Promise.all(
    ["AC Power", undefined].map((field) => made.feed({ ...solar, field }, () => count++)),
  );
  const opening = made.feed({ ...solar, source: "inverter-02" }, () => count++);
  assert.equal(await made.stopAllFeeds(), undefined);
  const at = count;
  await rejects(opening, "aborted", { message: /stopAllFeeds/ });
  await flushed(made, sim);
  assert.equal(sim.feeds().length, 0);
  assert.equal(received(sim, "device:feed:stopAll").length, 1);
  assert.equal(count, at);
  assert.equal(made.stats().openFeeds, 0);
  await Promise.all(feeds.map((feed) => feed.stop()));
  assert.equal(
    received(sim, "device:feed:stop").filter(({ feedId }) => feeds.some((feed) => feed.id === feedId)).length,
    0,
  );
});

test("the stopAll of the API takes no arguments", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const frames = framesOut(made);
  await made.stopAllFeeds();
  await flushed(made, sim);
  assert.equal(frames[0], '42["device:feed:stopAll"]');
});

test("stopAllFeeds() without a connection resolves", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  await made.close();
  assert.equal(await made.stopAllFeeds(), undefined);
  assert.equal(await client(t, sim).stopAllFeeds(), undefined);
});

test("a feed without a reply times out; one that opens late is stopped at the server", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { latencyMs: 200 } });
  await rejects(
    made.feed(solar, () => {}, { timeoutMs: 10 }),
    "timeout",
    { event: "device:feed", message: /feedId/ },
  );
  assert.equal(made.stats().openFeeds, 0);
  await until(() => received(sim, "device:feed:stop").length === 1, "the stop");
  await until(() => sim.feeds().length === 0);
});

test("an abort while a feed opens: the call rejects, and the server's feed is stopped once open", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { latencyMs: 100 } });
  const control = new AbortController();
  const opening = made.feed(solar, () => assert.fail("no sample"), { signal: control.signal });
  await until(() => received(sim, "device:feed").length === 1);
  control.abort();
  await rejects(opening, "aborted", { event: "device:feed" });
  await until(() => received(sim, "device:feed:stop").length === 1, "the stop");
  await until(() => sim.feeds().length === 0);
});

test("an abort of one of two calls that open the same feed keeps it for the other", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { latencyMs: 50 } });
  const control = new AbortController();
  const one = made.feed(solar, () => {}, { signal: control.signal });
  let count = 0;
  const other = made.feed({ ...solar }, () => count++);
  control.abort();
  await rejects(one, "aborted");
  await other;
  await until(() => count > 2);
  assert.equal(sim.feeds().length, 1);
  assert.equal(received(sim, "device:feed:stop").length, 0);
});

test("after a reconnection the feed is requested again and reports its gap", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const gaps = [];
  const samples = [];
  const feed = await made.feed(solar, (one) => samples.push(one), {
    onGap: (gap) => gaps.push(gap),
    extra: { note: "kept" },
  });
  const { id } = feed;
  await until(() => samples.length > 2);
  const back = next(made, "connect");
  sim.dropAll();
  await back;
  const last = samples.at(-1);
  const before = samples.length;
  await until(() => gaps.length === 1 && samples.length > before, "the gap and a sample");
  assert.notEqual(feed.id, id);
  assert.equal(samples.at(-1).feedId, feed.id);
  const [{ fromMs, toMs, lastMessageId }] = gaps;
  assert.deepEqual(Object.keys(gaps[0]).sort(), ["fromMs", "lastMessageId", "toMs"]);
  assert.equal(lastMessageId, last.messageId);
  assert.ok(fromMs <= toMs && toMs <= Date.now() && fromMs > Date.now() - 60_000);
  assert.deepEqual(
    received(sim, "device:feed").map(({ note }) => note),
    ["kept", "kept"],
  );
  assert.equal(feed.received, samples.length);
});

test("a gap before the first sample has no start", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { samplesPerSecond: 0 } });
  const gaps = [];
  await made.feed(solar, () => {}, { onGap: (gap) => gaps.push(gap) });
  sim.dropAll();
  await until(() => gaps.length === 1);
  assert.equal(gaps[0].fromMs, undefined);
  assert.equal(gaps[0].lastMessageId, undefined);
  assert.equal(typeof gaps[0].toMs, "number");
});

test("close() ends feeds permanently", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  let count = 0;
  const feed = await made.feed(solar, () => count++);
  await made.close();
  const at = count;
  await made.connect();
  await flushed(made, sim);
  assert.equal(count, at);
  assert.equal(sim.feeds().length, 0);
  await feed.stop();
  await rejects(
    client(t, sim).feed(solar, () => {}),
    "not-connected",
  );
});

test("samples of any form: non-ASCII, large, with an error field", LIMIT, async (t) => {
  const cloud = await rawCloud(t, {
    onFrame: (frame, link) => {
      const event = eventOf(frame);
      if (event?.name !== "device:feed") return;
      link.event("device:feed:rpc", { requestId: event.args[0].requestId, feedId: "f" });
      const values = ["ü ☀ 𝒳", "x".repeat(100_000), { error: "inside" }, [], null, false, 1e300, '"\\'];
      values.forEach((value, i) => link.event("device:feed:reply", sample("f", String(i), value)));
      link.event("device:feed:reply", sample("other", "no"));
      link.send(`42["device:feed:reply",  ${JSON.stringify(sample("f", "spaced"))} ]`);
      link.event("device:feed:reply", { value: "short", feedId: "f" });
    },
  });
  const made = client(t, cloud);
  await made.connect();
  const samples = [];
  await made.feed({ deviceId: "d", table: "t", source: "s" }, (one) => samples.push(one));
  await until(() => samples.length === 10);
  assert.deepEqual(
    samples.map(({ value }) => value),
    ["ü ☀ 𝒳", "x".repeat(100_000), { error: "inside" }, [], null, false, 1e300, '"\\', 1, "short"],
  );
});

test("an error for an open feed ends it with a warning", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const feed = await made.feed(solar, () => {});
  const warned = next(made, "warning");
  sim.broadcast("device:feed:reply", { feedId: feed.id, error: "The broker is gone" });
  const { error } = await warned;
  assert.deepEqual([error.code, error.event, error.data], ["rejected", "device:feed", "The broker is gone"]);
  assert.equal(made.stats().openFeeds, 0);
});
