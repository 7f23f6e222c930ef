// `onEnd`: a feed's owner is notified of its end and the reason, except when the owner ended it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client } from "../lib/cloud.mjs";
import { assertArdexaError } from "../lib/errors.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";

const REQUEST = { deviceId: "d", table: "t", source: "s" };

/** A connected client of an in-process cloud, with a feed and a series that record their ends. */
async function open(t, options = {}) {
  const cloud = scriptedCloud();
  const made = client(t, cloud, { webSocket: cloud.webSocket, ...options });
  await made.connect();
  const ends = [];
  const onEnd = (...args) => ends.push(args);
  const feed = await made.feed(REQUEST, () => {}, { onEnd });
  const series = await made.series({ ...REQUEST, source: "other" }, { onEnd });
  return { cloud, client: made, feed, series, ends };
}

test("an error from the server ends one feed, and its owner is notified once", LIMIT, async (t) => {
  const { cloud, feed, series, ends } = await open(t);
  cloud.socket.event("device:feed:reply", { feedId: feed.id, error: { message: "the source is gone" } });
  await until(() => ends.length > 0, "the end");
  assertArdexaError(ends[0][0], "rejected", { message: /the source is gone/ });
  cloud.socket.give(cloud.sample(series.feed.id));
  await until(() => series.total === 1, "another sample of the series");
  assert.deepEqual([ends.length, ends[0].length], [1, 1]);
});

test("a final disconnect ends all feeds, with its error", LIMIT, async (t) => {
  const { cloud, ends } = await open(t);
  cloud.socket.give('41{"message":"maintenance"}');
  await until(() => ends.length === 2, "both ends");
  for (const [error] of ends) assertArdexaError(error, "disconnected", { message: /maintenance/ });
});

test("a lost connection that is restored ends nothing", LIMIT, async (t) => {
  const { cloud, client: made, ends } = await open(t);
  cloud.socket.drop();
  await until(() => made.stats().connections === 2 && made.state === "connected", "the next connection");
  assert.deepEqual(ends, []);
});

for (const [what, act] of Object.entries({
  "stop()": ({ feed, series }) => Promise.all([feed.stop(), series.stop()]),
  "stopAllFeeds()": ({ client }) => client.stopAllFeeds(),
  "close()": ({ client }) => client.close(),
})) {
  test(`onEnd is not called after the owner's ${what}`, LIMIT, async (t) => {
    const it = await open(t);
    await act(it);
    assert.equal(it.client.stats().openFeeds, 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(it.ends, []);
  });
}

/** The samples a listener receives if the server ends its feed before the code that awaits the feed continues. */
async function heardAfterEnd(t, act) {
  const cloud = scriptedCloud({
    onEvent(socket, name, payload) {
      cloud.answer(socket, name, payload);
      if (name !== "device:feed") return;
      socket.give(cloud.sample("feed-1"));
      socket.event("device:feed:reply", { feedId: "feed-1", error: "gone" });
    },
  });
  const made = client(t, cloud, { webSocket: cloud.webSocket });
  await made.connect();
  const heard = [];
  const feed = await made.feed(REQUEST, ({ value }) => heard.push(value));
  act({ client: made, feed });
  await new Promise((resolve) => setImmediate(resolve));
  return heard;
}

test("samples before the server's end are delivered once the feed is awaited", LIMIT, async (t) => {
  assert.deepEqual(await heardAfterEnd(t, () => {}), [1]);
});

for (const [what, act] of Object.entries({
  "stop()": ({ feed }) => void feed.stop(),
  "stopAllFeeds()": ({ client }) => void client.stopAllFeeds(),
  "close()": ({ client }) => void client.close(),
  "free()": ({ client }) => client.free(),
})) {
  test(`samples before the server's end are not delivered after ${what}`, LIMIT, async (t) => {
    assert.deepEqual(await heardAfterEnd(t, act), []);
  });
}

test("an exception in onEnd is a warning", LIMIT, async (t) => {
  const { cloud, client: made } = await open(t);
  const warnings = [];
  made.on("warning", ({ error }) => warnings.push(error));
  const bang = new Error("bang");
  const feed = await made.feed({ ...REQUEST, source: "third" }, () => {}, {
    onEnd: () => {
      throw bang;
    },
  });
  cloud.socket.event("device:feed:reply", { feedId: feed.id, error: "gone" });
  await until(() => warnings.some(({ cause }) => cause === bang), "the warning");
});
