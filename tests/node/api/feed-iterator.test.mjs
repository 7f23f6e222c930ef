// Live data without a listener: `for await`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, flushed, received, simulator, client } from "../lib/cloud.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { LIMIT, next, until } from "../lib/until.mjs";

/** Reads `count` samples. */
async function take(feed, count) {
  const all = [];
  for await (const sample of feed) {
    all.push(sample);
    if (all.length === count) break;
  }
  return all;
}

test("for await yields the samples in order; leaving the loop ends the feed", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const feed = await made.feed(solar);
  const ids = (await take(feed, 20)).map(({ messageId }) => Number(messageId));
  assert.deepEqual(
    ids,
    ids.map((_, i) => ids[0] + i),
  );
  await flushed(made, sim);
  assert.equal(sim.feeds().length, 0);
  assert.equal(received(sim, "device:feed:stop").length, 1);
});

test("a loop left by an exception ends the feed too", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const thrown = new Error("mine");
  await assert.rejects(
    (async () => {
      for await (const _ of await made.feed(solar)) throw thrown;
    })(),
    thrown,
  );
  await flushed(made, sim);
  assert.equal(sim.feeds().length, 0);
});

test("samples before the :rpc come first in the loop", LIMIT, async (t) => {
  const {
    sim,
    client: made,
    device,
    solar,
  } = await connected(t, { sim: { samplesBeforeRpc: 5, samplesPerSecond: 0 } });
  const first = device.messages + 1;
  const feed = await made.feed(solar);
  const ids = (await take(feed, 5)).map(({ messageId }) => Number(messageId));
  assert.deepEqual(
    ids,
    [0, 1, 2, 3, 4].map((i) => first + i),
  );
  assert.equal(feed.received, 5);
  assert.equal(sim.stats().samples, 5);
});

test("the queue is bounded: the oldest samples are dropped and counted", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 20, samplesPerSecond: 0 } });
  const feed = await made.feed(solar, { queue: 3 });
  await until(() => feed.received === 20, "all to arrive");
  assert.equal(feed.dropped, 17);
  const last = sim.devices[0].messages;
  const ids = (await take(feed, 3)).map(({ messageId }) => Number(messageId));
  assert.deepEqual(ids, [last - 2, last - 1, last]);
});

test("the queue holds 1024 samples by default", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { samplesPerSecond: 5_000 } });
  const feed = await made.feed(solar);
  await until(() => feed.received > 1100, "samples");
  sim.setRate(0);
  await flushed(made, sim);
  await made.sendArdpkg(solar.deviceId);
  assert.equal(feed.dropped, feed.received - 1024);
});

test("an infinite queue drops nothing", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 1000, samplesPerSecond: 5_000 } });
  const feed = await made.feed(solar, { queue: Infinity });
  await until(() => feed.received > 3000);
  assert.equal(feed.dropped, 0);
  assert.equal((await take(feed, 3000)).length, 3000);
});

test("feed(request, undefined, options) iterates as well", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 4, samplesPerSecond: 0 } });
  const feed = await made.feed(solar, undefined, { queue: 1 });
  await until(() => feed.received === 4);
  assert.equal(feed.dropped, 3);
});

test("stop() ends the loop after the queued samples", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 3, samplesPerSecond: 0 } });
  const feed = await made.feed(solar);
  await until(() => feed.received === 3);
  await feed.stop();
  const all = [];
  for await (const sample of feed) all.push(sample);
  assert.equal(all.length, 3);
});

test("stop(), close() and stopAllFeeds() end a waiting loop", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesPerSecond: 0 } });
  for (const end of [(feed) => feed.stop(), () => made.stopAllFeeds(), () => made.close()]) {
    const feed = await made.feed(solar);
    const loop = take(feed, 1);
    await new Promise((resolve) => setImmediate(resolve));
    await end(feed);
    assert.deepEqual(await loop, []);
    assert.deepEqual(await feed[Symbol.asyncIterator]().next(), { done: true });
  }
});

test("concurrent calls of next() are served in order", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const feed = await made.feed(solar);
  const iterator = feed[Symbol.asyncIterator]();
  const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  assert.ok(steps.every(({ done }) => done === false));
  const ids = steps.map(({ value }) => Number(value.messageId));
  assert.deepEqual(ids, [ids[0], ids[0] + 1, ids[0] + 2]);
  const waiting = [iterator.next(), iterator.next()];
  assert.equal((await iterator.return()).done, true);
  await Promise.all(waiting);
  assert.deepEqual(await iterator.next(), { done: true });
});

test("after return() an iterator is done, whatever is queued, also on a feed with a listener", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesBeforeRpc: 5, samplesPerSecond: 500 } });
  for (const listener of [undefined, () => {}]) {
    const feed = await made.feed(solar, listener);
    const iterator = feed[Symbol.asyncIterator]();
    const { received: before } = feed;
    await until(() => feed.received > before + 3, "more queued samples");
    await iterator.next();
    await iterator.return();
    assert.deepEqual(await iterator.next(), { done: true });
    assert.deepEqual(await Promise.all([iterator.next(), iterator.next()]), [{ done: true }, { done: true }]);
    await feed.stop();
  }
});

test("the iterator is its own iterable", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  for (const listener of [undefined, () => {}]) {
    const feed = await made.feed(solar, listener);
    const iterator = feed[Symbol.asyncIterator]();
    for await (const sample of iterator[Symbol.asyncIterator]()) {
      assert.equal(sample.table, "solar");
      break;
    }
    for await (const sample of /** @type {AsyncGenerator<any>} */ (iterator))
      assert.fail(`left, but yielded ${sample.messageId}`);
    await feed.stop();
  }
});

test(
  "return() returns its argument; throw() ends the feed and throws its argument, also through yield*",
  LIMIT,
  async (t) => {
    const { client: made, solar } = await connected(t);
    const iterator = (await made.feed(solar))[Symbol.asyncIterator]();
    assert.deepEqual(await iterator.return(Promise.resolve(5)), { done: true, value: 5 });
    assert.equal(made.stats().openFeeds, 0);

    const thrown = new RangeError("mine");
    const feed = await made.feed(solar);
    const values = (async function* () {
      yield* feed;
    })();
    const { value } = await values.next();
    assert.ok(value && value.table === "solar");
    await assert.rejects(values.throw(thrown), (error) => error === thrown);
    assert.equal(made.stats().openFeeds, 0);
    // Queued samples may still be read; then the iterator is done.
    const rest = await take(feed, Infinity);
    assert.ok(rest.every(({ table }) => table === "solar"));
  },
);

test("a feed with a listener can be iterated too; leaving the loop keeps the listener", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const heard = [];
  const feed = await made.feed(solar, ({ messageId }) => heard.push(messageId));
  await until(() => heard.length > 3, "samples before the loop, which it does not yield");
  const from = heard.length;
  const ids = (await take(feed, 20)).map(({ messageId }) => messageId);
  assert.deepEqual(heard.slice(from, from + 20), ids);
  const count = heard.length;
  await until(() => heard.length > count + 5, "samples after the loop");
  assert.equal(sim.feeds().length, 1);
  assert.equal(feed.received, heard.length);
  const rest = take(feed, Infinity);
  await feed.stop();
  await rest;
});

test("two loops over a feed with a listener: leaving one, even twice, does not affect the other", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const feed = await made.feed(solar, () => {});
  const [one, other] = [feed[Symbol.asyncIterator](), feed[Symbol.asyncIterator]()];
  const calls = [one.next(), other.next(), one.next(), other.next()];
  await Promise.all([one.return(), one.return()]);
  const answers = await Promise.all([...calls, other.next()]);
  assert.deepEqual(
    answers.map(({ value }) => value?.table),
    [undefined, "solar", undefined, "solar", "solar"],
  );
  assert.deepEqual(await one.next(), { done: true });
  await other.return();
  assert.deepEqual(await other.next(), { done: true });
  await feed.stop();
});

test("queued samples are for the loops that remain, not for later ones", LIMIT, async (t) => {
  const cloud = scriptedCloud();
  const made = client(t, cloud, { webSocket: cloud.webSocket });
  await made.connect();
  const heard = [];
  const feed = await made.feed({ deviceId: "d", table: "t", source: "s" }, ({ value }) => heard.push(value));
  const give = (...values) => values.forEach((value) => cloud.socket.give(cloud.sample(feed.id, value)));
  const iterator = () => feed[Symbol.asyncIterator]();
  const valueOf = async (step) => (await step).value.value;
  const [one, other] = [iterator(), iterator()];
  const waiting = [one.next(), other.next()];
  give(1, 2, 3, 4);
  assert.deepEqual(await Promise.all(waiting.map(valueOf)), [1, 2]);
  await one.return();
  assert.equal(await valueOf(other.next()), 3);
  await other.return();
  give(5);
  const later = iterator().next();
  give(6);
  assert.equal(await valueOf(later), 6);
  await until(() => heard.length === 6, "the listener");
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6]);
});

test("the feed of a series cannot be iterated", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const series = await made.series(solar);
  throws(() => series.feed[Symbol.asyncIterator](), "invalid-argument", { message: /series/ });
});

test("iteration continues across a reconnection", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const feed = await made.feed(solar);
  const iterator = feed[Symbol.asyncIterator]();
  const { id } = feed;
  await iterator.next();
  const back = next(made, "connect");
  sim.dropAll();
  await back;
  await until(async () => (await iterator.next()).value.feedId !== id, "a sample of the new feed");
});

test("a loop throws the reason once if the connection is lost permanently", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { reconnect: false, sim: { samplesPerSecond: 0 } });
  const feed = await made.feed(solar);
  const loop = take(feed, 1);
  sim.dropAll();
  await rejects(loop, "disconnected");
  assert.equal((await feed[Symbol.asyncIterator]().next()).done, true);
});

test("of several waiting calls of next() only the first throws the reason", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { reconnect: false, sim: { samplesPerSecond: 0 } });
  const iterator = (await made.feed(solar))[Symbol.asyncIterator]();
  const [first, ...others] = [iterator.next(), iterator.next(), iterator.next()];
  sim.dropAll();
  await rejects(first, "disconnected");
  assert.deepEqual(await Promise.all(others), [{ done: true }, { done: true }]);
});

test("the server's disconnect ends a loop with its error", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t, { sim: { samplesPerSecond: 0 } });
  const feed = await made.feed(solar);
  const ended = next(made, "disconnect");
  sim.kick();
  await ended;
  await rejects(take(feed, 1), "disconnected");
});

test("Symbol.asyncDispose of a feed stops it", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const feed = await made.feed(solar);
  assert.equal(await feed[Symbol.asyncDispose](), undefined);
  await flushed(made, sim);
  assert.equal(sim.feeds().length, 0);
});

test("feed() without a connection rejects", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  const request = { deviceId: "d", table: "t", source: "s" };
  await rejects(made.feed(request), "not-connected", { event: "device:feed" });
  await made.connect();
  await made.close();
  await rejects(made.feed(request), "closed", { event: "device:feed" });
});
