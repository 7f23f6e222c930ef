// Clients, feeds, series and iterators held by state libraries: every member works through every wrapper.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, flushed, received } from "../lib/cloud.mjs";
import { throws } from "../lib/errors.mjs";
import { collect, LIMIT, until } from "../lib/until.mjs";
import { WRAPPERS } from "../lib/wrappers.mjs";

const noop = () => {};

/**
 * Typical uses of a handle through its wrapper.
 * @type {Record<string, (t: any, wrap: (handle: any) => any) => Promise<void>>}
 */
const USES = {
  "a client": async (t, wrap) => {
    const { client: made, deviceId, solar, sim } = await connected(t);
    const held = wrap(made);
    assert.deepEqual([held.state, held.id], ["connected", made.id]);
    assert.deepEqual({ ...held.stats(), lastFrameMs: 0 }, { ...made.stats(), lastFrameMs: 0 });
    const events = [];
    const undo = held.on("device:metaChange", (event) => events.push(event));
    held.once("device:metaChange", (event) => events.push(event));
    const undoAny = held.onAny(noop);
    const undoFrame = held.onFrame(noop);
    sim.metaChange(deviceId);
    await until(() => events.length === 2, "both listeners to be called");
    for (const stop of [undo, undoAny, undoFrame]) assert.equal(stop(), undefined);
    held.on("device:metaChange", noop);
    held.off("device:metaChange", noop);
    assert.equal((await held.cmd(deviceId, "true")).returnCode, 0);
    assert.equal((await held.request("device:sendArdpkg", { deviceId })).complete, true);
    held.emit("anything", 1);
    await held.connect();
    held.reconnectNow();
    const feed = await held.feed(solar, noop);
    const series = await held.series({ ...solar, source: "inverter-02", field: "AC Power" });
    assert.equal(held.stats().openFeeds, 2);
    await held.stopAllFeeds();
    await Promise.all([feed.stop(), series.stop()]);
    assert.equal(await held.close(), undefined);
    assert.deepEqual([held.state, made.state], ["closed", "closed"]);
    await held.connect();
    assert.equal(await held[Symbol.asyncDispose](), undefined);
    assert.equal(made.state, "closed");
  },

  "a feed with a listener": async (t, wrap) => {
    const { client: made, solar, sim } = await connected(t);
    let samples = 0;
    const feed = await made.feed(solar, () => samples++);
    const held = wrap(feed);
    // Not `received`, which also counts samples held until this code has resumed.
    await until(() => samples >= 5, "samples");
    assert.ok(held.received >= samples);
    assert.equal(held.received, feed.received);
    assert.equal(held.id, sim.feeds()[0].feedId);
    assert.deepEqual({ ...held.request }, solar);
    assert.equal(held.dropped, 0);
    assert.equal(await held.stop(), undefined);
    const at = samples;
    await flushed(made, sim);
    assert.deepEqual([samples, held.received, sim.feeds().length], [at, at, 0]);
    assert.equal(await held[Symbol.asyncDispose](), undefined);
    assert.equal(received(sim, "device:feed:stop").length, 1);
  },

  "a feed that is iterated": async (t, wrap) => {
    const { client: made, solar, sim } = await connected(t);
    const held = wrap(await made.feed(solar));
    const ids = [];
    for await (const { messageId } of held) if (ids.push(Number(messageId)) === 5) break;
    assert.deepEqual(
      ids,
      ids.map((_, at) => ids[0] + at),
    );
    await flushed(made, sim);
    assert.equal(sim.feeds().length, 0, "leaving the loop stopped it");
  },

  "an iterator": async (t, wrap) => {
    const { client: made, solar, sim } = await connected(t);
    const feed = await made.feed(solar);
    const held = wrap(feed[Symbol.asyncIterator]());
    assert.equal((await held.next()).value.feedId, feed.id);
    let seen = 0;
    for await (const { feedId } of { [Symbol.asyncIterator]: () => held[Symbol.asyncIterator]() }) {
      assert.equal(feedId, feed.id);
      if (++seen === 2) break;
    }
    assert.equal((await held.next()).done, true);
    assert.deepEqual(await held.return("mine"), { done: true, value: "mine" });
    const thrown = new Error("mine");
    await assert.rejects(held.throw(thrown), thrown);
    await flushed(made, sim);
    assert.equal(sim.feeds().length, 0);
  },

  "a series": async (t, wrap) => {
    const { client: made, solar, sim } = await connected(t);
    const request = { ...solar, field: "AC Power" };
    const series = await made.series(request, { capacity: 4 });
    const held = wrap(series);
    await until(() => held.total >= 6, "samples");
    assert.deepEqual(
      [held.length, held.columns, held.times().length, held.values().length, held.values(0).length],
      [4, 1, 4, 4, 4],
    );
    assert.deepEqual([...held.last()], [held.times()[3], held.values()[3]]);
    assert.deepEqual(held.last(0), held.last());
    assert.equal(held.minMax(2).length, 6);
    assert.equal(held.minMax(2, { column: 0 }).length, 6);
    throws(() => held.values(7), "invalid-argument");
    const { feed } = held;
    assert.equal(feed.id, sim.feeds()[0].feedId);
    assert.deepEqual({ ...feed.request }, request);
    assert.deepEqual([feed.received, feed.dropped], [held.total, 0]);
    assert.equal(await held.stop(), undefined);
    await flushed(made, sim);
    assert.deepEqual([sim.feeds().length, held.length, held.feed.received], [0, 4, held.total]);
    assert.equal(await held[Symbol.asyncDispose](), undefined);
  },

  "the feed of a series": async (t, wrap) => {
    const { client: made, solar, sim } = await connected(t);
    const series = await made.series({ ...solar, field: "AC Power" });
    const held = wrap(series.feed);
    await until(() => held.received > 0, "a sample");
    assert.equal(held.id, sim.feeds()[0].feedId);
    throws(() => held[Symbol.asyncIterator](), "invalid-argument", { message: /series/ });
    assert.equal(await held.stop(), undefined);
    await flushed(made, sim);
    assert.equal(sim.feeds().length, 0);
  },
};

for (const [what, use] of Object.entries(USES)) {
  for (const [where, wrap] of Object.entries(WRAPPERS)) test(`${what} in ${where}`, LIMIT, (t) => use(t, wrap));
}

test("the handle passed to onUpdate works when stored", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  for (const [where, wrap] of Object.entries(WRAPPERS)) {
    let held;
    const series = await made.series({ ...solar, field: "AC Power" }, { onUpdate: (given) => (held ??= wrap(given)) });
    await until(() => held && held.total > 0 && held.last().length === 2, where);
    await series.stop();
  }
});

test("members of one handle work while several libraries hold it", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const warnings = collect(made, "warning");
  const feed = await made.feed(solar, noop);
  const all = Object.entries(WRAPPERS).filter(([name]) => !name.includes("freeze"));
  const held = all.map(([, wrap]) => wrap(feed));
  await until(() => held.every(({ received }) => received > 3), "samples through each");
  assert.equal(new Set(held.map(({ id }) => id)).size, 1);
  await Promise.all(held.map((one) => one.stop()));
  assert.equal((await made.cmd(solar.deviceId, "true")).returnCode, 0);
  assert.deepEqual(warnings, []);
});
