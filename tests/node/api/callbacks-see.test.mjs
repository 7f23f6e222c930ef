// Inside any callback every getter agrees with the events delivered so far or with the call just made. The general rule
// is tested at random in callbacks-agree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, LIMIT, until } from "../lib/until.mjs";
import { inStateChange, noop, REQUEST, scripted, turn } from "./lib/scripted.mjs";

/** `connected` once accepted; refusals from then on. */
const refusesLater = () => ({ accept: (_socket, number) => (number === 1 ? '40{"sid":"a"}' : '44{"message":"no"}') });

/** The state of a series as its getters show it. */
const look = (series) => ({
  length: series.length,
  total: series.total,
  columns: series.columns,
  times: [...series.times()],
  values: [...series.values()],
  last: series.last() && [...series.last()],
  received: series.feed.received,
});

/** Each triggers a callback in which the series has ended or the connection is lost, and calls `within` there. */
const WINDOWS = {
  "a disconnect listener on the server's 41": ({ cloud, client: made }, within) => {
    made.once("disconnect", within);
    cloud.socket.give("41");
  },
  "a disconnect listener after close()": ({ client: made }, within) => {
    made.once("disconnect", within);
    void made.close();
  },
  "a disconnect listener of a lost connection": ({ cloud, client: made }, within) => {
    made.once("disconnect", within);
    cloud.socket.drop();
  },
  "connect_error with willRetry: false": ({ cloud, client: made }, within) => {
    made.on("connect_error", ({ willRetry }) => willRetry || within());
    cloud.socket.drop();
  },
  "a device:stateChange listener after series.stop()": (it, within) =>
    inStateChange(it, () => (void it.handle.stop(), within())),
  "a device:stateChange listener after close()": (it, within) =>
    inStateChange(it, () => (void it.client.close(), within())),
  "a device:stateChange listener after stopAllFeeds()": (it, within) =>
    inStateChange(it, () => (void it.client.stopAllFeeds(), within())),
  "a device:stateChange listener after free()": (it, within) => inStateChange(it, () => (it.client.free(), within())),
  "onAny after close()": ({ cloud, client: made }, within) => {
    const undo = made.onAny(() => (undo(), void made.close(), within()));
    cloud.socket.event("anything");
  },
  "onFrame of what stop() sends": ({ client: made, handle }, within) => {
    const undo = made.onFrame(() => (undo(), within()));
    void handle.stop();
  },
  "onFrame of what close() sends": ({ client: made }, within) => {
    const undo = made.onFrame(() => (undo(), within()));
    void made.close();
  },
  "the sample listener of another feed, after stop()": async ({ cloud, client: made, handle }, within) => {
    const other = await made.feed({ ...REQUEST, source: "other" }, () => (void handle.stop(), within()));
    await turn();
    cloud.socket.give(cloud.sample(other.id));
  },
};

for (const [where, lead] of Object.entries(WINDOWS)) {
  test(`a series does not read as empty in ${where}`, LIMIT, async (t) => {
    const it = await scripted(t, refusesLater());
    const series = await it.client.series(REQUEST);
    for (let n = 1; n <= 3; n++) it.cloud.socket.give(it.cloud.sample(series.feed.id, n));
    const before = look(series);
    assert.deepEqual([before.length, before.values, before.received], [3, [1, 2, 3], 3]);
    const seen = [];
    await lead({ ...it, handle: series }, () => seen.push(look(series)));
    await until(() => seen.length > 0, "the callback");
    assert.deepEqual(seen[0], before, "within");
    await it.client.close();
    assert.deepEqual(look(series), before, "and afterwards");
  });

  test(`feed.received is not 0 in ${where}`, LIMIT, async (t) => {
    const it = await scripted(t, refusesLater());
    const feed = await it.client.feed(REQUEST, noop);
    await turn();
    for (let n = 1; n <= 3; n++) it.cloud.socket.give(it.cloud.sample(feed.id, n));
    assert.equal(feed.received, 3);
    const seen = [];
    await lead({ ...it, handle: feed }, () => {
      seen.push(feed.received);
      void feed.stop();
      seen.push(feed.received);
    });
    await until(() => seen.length > 0, "the callback");
    assert.deepEqual(seen, [3, 3], "before and after stop()");
    assert.equal(feed.received, 3, "and later");
    await it.client.close();
    assert.equal(feed.received, 3);
  });
}

test("state and id in onFrame match the events delivered so far, whatever the frame will cause", LIMIT, async (t) => {
  const { cloud, client: made } = await scripted(t);
  await made.feed(REQUEST, noop);
  let expected = { state: "connected", id: "socket-1" };
  let connects = 0;
  const seen = [];
  made.on("disconnect", () => (expected = { state: "reconnecting", id: undefined }));
  made.on("connect", ({ id }) => (connects++, (expected = { state: "connected", id })));
  made.onFrame((direction, frame) =>
    seen.push({ frame: `${direction} ${frame}`.slice(0, 24), shown: { state: made.state, id: made.id }, expected }),
  );
  cloud.socket.drop();
  await until(
    () => seen.some(({ frame }) => frame.startsWith('out 42["device:feed"')) && connects === 1,
    "the feed to be requested again",
  );
  for (const { frame, shown, expected } of seen) assert.deepEqual(shown, expected, frame);
});

test("continuations of promises see the state that the outcome implies", LIMIT, async (t) => {
  const { cloud, client: made } = await scripted(t, undefined, { idle: true });
  const seen = [];
  const connecting = made.connect().then(() => seen.push(["connect", made.state, made.stats().connections]));
  await connecting;
  const pending = made
    .request("pending", {})
    .catch(({ code }) => seen.push([code, made.state, made.stats().openRequests]));
  const lost = collect(made, "disconnect");
  cloud.socket.give("41");
  await pending;
  assert.equal(lost.length, 1);
  assert.deepEqual(seen, [
    ["connect", "connected", 1],
    ["disconnected", "closed", 0],
  ]);
});
