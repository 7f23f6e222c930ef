// A feed, listener or connection that the caller ends inside a callback delivers nothing more. The general rule is
// tested at random in callbacks-agree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_ONCE } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { LIMIT, next, until } from "../lib/until.mjs";
import { EVENTS, inStateChange, noop, REQUEST, scripted, STATE_CHANGE, turn } from "./lib/scripted.mjs";

/**
 * @typedef {import("ardexa-client").ArdexaClient} Client
 * @typedef {Awaited<ReturnType<typeof scripted>>} Scripted
 */

/** @type {[event: "disconnect" | "connect_error", script?: Parameters<typeof scripted>[1]][]} */
const LOSSES = [
  ["disconnect"],
  ["connect_error", { accept: (socket, number) => (number === 1 ? '40{"sid":"a"}' : void socket.drop()) }],
];

for (const [event, script] of LOSSES) {
  for (const how of ["close", "free"]) {
    test(`reconnecting is not delivered after ${how}() in ${event}`, LIMIT, async (t) => {
      const { cloud, client: made } = await scripted(t, script, { reconnect: { ...AT_ONCE, firstConnect: true } });
      const events = [];
      for (const name of EVENTS) made.on(name, () => events.push([name, made.state]));
      let ended;
      made.on(event, () => {
        if (ended !== undefined) return;
        ended = events.length;
        void made[how]();
        assert.equal(made.state, "closed");
      });
      cloud.socket.drop();
      await until(() => ended !== undefined, event);
      for (let n = 0; n < 5; n++) await turn();
      assert.deepEqual(events.slice(ended), [], "no events of a connection that the caller has ended");
      assert.equal(made.state, "closed");
    });
  }
}

/**
 * The ways to end feeds inside a listener.
 * @type {Record<string, (client: Client & {free?: () => void}, feed?: import("ardexa-client").Feed) => unknown>}
 */
const ENDS = {
  "close()": (made) => made.close(),
  "free()": (made) => made.free(),
  "stopAllFeeds()": (made) => made.stopAllFeeds(),
  "feed.stop()": (_made, feed) => feed.stop(),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(
    `samples that arrived before the :rpc of a resumed feed do not reach a listener after ${how}`,
    LIMIT,
    async (t) => {
      const pending = [];
      const onEvent = (socket, name, payload) =>
        name === "device:feed" ? pending.push({ socket, payload }) : undefined;
      const { cloud, client: made } = await scripted(t, { onEvent });
      const heard = [];
      const opening = made.feed(REQUEST, ({ value }) => {
        heard.push(value);
        if (value === "resumed 1") void end(made, feed);
      });
      const open = async (feedId, ...values) => {
        const { socket, payload } = await until(() => pending.shift(), "the request");
        socket.give(...values.map((value) => cloud.sample(feedId, value, payload.requestId)));
        socket.event("device:feed:rpc", { requestId: payload.requestId, feedId });
      };
      await open("one");
      const feed = await opening;
      await turn();
      cloud.socket.give(cloud.sample("one", "first"));
      cloud.socket.drop();
      await open("two", "resumed 1", "resumed 2", "resumed 3");
      await until(() => heard.includes("resumed 1"), "the first resumed sample");
      await turn();
      if (made.state === "connected") cloud.socket.give(cloud.sample("two", "late"));
      await turn();
      assert.deepEqual(heard, ["first", "resumed 1"]);
    },
  );

  test(`samples that arrived before the :rpc of a new feed do not reach a listener after ${how}`, LIMIT, async (t) => {
    const onEvent = (socket, name, payload) => {
      if (name !== "device:feed") return;
      for (let n = 1; n <= 3; n++) socket.give(cloud.sample("one", n, payload.requestId));
      socket.event("device:feed:rpc", { requestId: payload.requestId, feedId: "one" });
    };
    const { cloud, client: made } = await scripted(t, { onEvent });
    const heard = [];
    let feed;
    feed = await made.feed(REQUEST, ({ value }) => {
      heard.push(value);
      void end(made, feed);
    });
    await until(() => heard.length > 0, "the first sample");
    await turn();
    assert.deepEqual(heard, [1]);
  });
}

for (const how of ["close", "free"]) {
  test(`the token function is not called after ${how}() in the connect_error of a refusal`, LIMIT, async (t) => {
    let asked = 0;
    const { client: made } = await scripted(
      t,
      { accept: () => '44{"message":"no"}' },
      { idle: true, token: () => (asked++, "t") },
    );
    made.on("connect_error", () => void made[how]());
    await rejects(made.connect(), "closed");
    for (let n = 0; n < 5; n++) await turn();
    assert.equal(asked, 1);
    assert.equal(made.state, "closed");
  });

  test(`${how}() in the connect listener rejects the pending connect() with closed`, LIMIT, async (t) => {
    const { client: made } = await scripted(t, undefined, { idle: true });
    made.on("connect", () => void made[how]());
    const [first, second] = [made.connect(), made.connect()];
    await rejects(first, "closed");
    await rejects(second, "closed");
    assert.equal(made.state, "closed");
  });
}

test("close() and connect() in the connect listener: the first call rejects, the second connects", LIMIT, async (t) => {
  const { client: made } = await scripted(t, undefined, { idle: true });
  let again;
  made.once("connect", () => {
    void made.close();
    again = made.connect();
  });
  await rejects(made.connect(), "closed");
  await again;
  assert.equal(made.state, "connected");
});

for (const method of ["feed", "series"]) {
  test(
    `${method}() of an open feed, called in a listener with a signal that is then aborted, does not open`,
    LIMIT,
    async (t) => {
      const { cloud, client: made } = await scripted(t);
      const first = await made.feed(REQUEST, noop);
      const heard = [];
      let second;
      inStateChange({ cloud, client: made }, () => {
        const control = new AbortController();
        second = made[method](REQUEST, ...(method === "feed" ? [(sample) => heard.push(sample)] : []), {
          signal: control.signal,
        });
        control.abort("mine");
      });
      await rejects(second, "aborted", { cause: "mine" });
      cloud.socket.give(cloud.sample(first.id));
      await turn();
      assert.deepEqual(heard, []);
      assert.equal(first.received, 1);
      await first.stop();
      await turn();
      assert.equal(cloud.socket.requests("device:feed:stop").length, 1, "no other subscription holds it");
      assert.equal(made.stats().openFeeds, 0);
    },
  );
}

test(
  "feed() of an open feed, called outside a listener with a signal that is then aborted, does not open",
  LIMIT,
  async (t) => {
    const { cloud, client: made } = await scripted(t);
    const first = await made.feed(REQUEST, noop);
    const heard = [];
    const control = new AbortController();
    const second = made.feed(REQUEST, (sample) => heard.push(sample), { signal: control.signal });
    control.abort("mine");
    await rejects(second, "aborted", { cause: "mine" });
    cloud.socket.give(cloud.sample(first.id));
    await turn();
    assert.deepEqual([heard, first.received], [[], 1]);
  },
);

/**
 * Kinds of listeners: how to add one, which returns its undo, and what triggers it.
 * @type {Record<string, [add: (client: Client, listener: () => void) => () => void, trigger: (it: Scripted) => void]>}
 */
const LISTENERS = {
  on: [
    (made, listener) => made.on("device:stateChange", listener),
    ({ cloud }) => cloud.socket.event("device:stateChange", STATE_CHANGE),
  ],
  "on and off": [
    (made, listener) => (made.on("device:stateChange", listener), () => made.off("device:stateChange", listener)),
    ({ cloud }) => cloud.socket.event("device:stateChange", STATE_CHANGE),
  ],
  once: [
    (made, listener) => made.once("device:stateChange", listener),
    ({ cloud }) => cloud.socket.event("device:stateChange", STATE_CHANGE),
  ],
  "on of disconnect": [(made, listener) => made.on("disconnect", listener), ({ cloud }) => cloud.socket.drop()],
  "on of warning": [
    (made, listener) => made.on("warning", listener),
    ({ cloud }) => cloud.socket.event("device:cmd:rpc", { error: "stray" }),
  ],
  onAny: [(made, listener) => made.onAny(listener), ({ cloud }) => cloud.socket.event("anything")],
  onFrame: [(made, listener) => made.onFrame(listener), ({ cloud }) => cloud.socket.event("anything")],
};

for (const [kind, [add, trigger]] of Object.entries(LISTENERS)) {
  test(`a listener removed by an earlier listener of the same event is not called (${kind})`, LIMIT, async (t) => {
    const it = await scripted(t);
    const calls = [];
    const undo = [];
    add(it.client, () => (calls.push("first"), undo.forEach((stop) => stop())));
    undo.push(
      add(it.client, () => calls.push("second")),
      add(it.client, () => calls.push("third")),
    );
    add(it.client, () => calls.push("last"));
    trigger(it);
    await turn();
    assert.deepEqual(calls.slice(0, 2), ["first", "last"]);
    assert.ok(!calls.includes("second") && !calls.includes("third"));
  });
}

test("a subscription of a shared feed that an earlier listener has just stopped is not called", LIMIT, async (t) => {
  const { cloud, client: made } = await scripted(t);
  const calls = [];
  const held = [];
  held.push(await made.feed(REQUEST, () => (calls.push("first"), void held[1].stop(), void held[2].stop())));
  for (const name of ["second", "third", "last"]) held.push(await made.feed(REQUEST, () => calls.push(name)));
  await turn();
  cloud.socket.give(cloud.sample(held[0].id));
  assert.deepEqual(calls, ["first", "last"]);
});

for (const [how, end] of Object.entries(ENDS)) {
  if (how === "feed.stop()") continue; // ends a single subscription; tested above
  test(`a sample of a shared feed does not reach a later listener after ${how} in an earlier one`, LIMIT, async (t) => {
    const { cloud, client: made } = await scripted(t);
    const calls = [];
    const feed = await made.feed(REQUEST, () => (calls.push("first"), void end(made)));
    await made.feed(REQUEST, () => calls.push("second"));
    await turn();
    cloud.socket.give(cloud.sample(feed.id));
    await turn();
    assert.deepEqual(calls, ["first"]);
  });
}

test("onGap of a shared feed is not called after close() in the onGap of an earlier subscription", LIMIT, async (t) => {
  const { cloud, client: made } = await scripted(t);
  const calls = [];
  await made.feed(REQUEST, noop, { onGap: () => (calls.push("first"), void made.close()) });
  await made.feed(REQUEST, noop, { onGap: () => calls.push("second") });
  cloud.socket.drop();
  await until(() => calls.length > 0, "the gap");
  await turn();
  assert.deepEqual(calls, ["first"]);
});

test("a listener added by a listener is not called for the current event", LIMIT, async (t) => {
  const it = await scripted(t);
  const calls = [];
  it.client.on(
    "device:stateChange",
    () => (calls.push("first"), it.client.on("device:stateChange", () => calls.push("added"))),
  );
  it.cloud.socket.event("device:stateChange", STATE_CHANGE);
  await turn();
  assert.deepEqual(calls, ["first"]);
});

test("after close() in any listener only the disconnect of the ended connection is delivered", LIMIT, async (t) => {
  for (const name of EVENTS.filter((event) => event !== "connect_error")) {
    const { cloud, client: made } = await scripted(t, undefined, { idle: true });
    const events = [];
    let closedAt;
    for (const event of EVENTS)
      made.on(event, (payload) => events.push([event, "reason" in payload ? payload.reason : undefined]));
    made.on(name, () => {
      if (closedAt !== undefined) return;
      closedAt = events.length;
      void made.close();
    });
    const connecting = made.connect().catch(noop);
    if (name !== "connect") await next(made, "connect");
    if (name === "warning") cloud.socket.event("device:cmd:rpc", { error: "stray" });
    else if (name.startsWith("device:")) cloud.socket.event(name, { ...STATE_CHANGE, id: "d", online: false });
    else if (name !== "connect") cloud.socket.drop();
    await until(() => closedAt !== undefined, name);
    for (let n = 0; n < 5; n++) await turn();
    await connecting;
    const rest = events.slice(closedAt);
    const wasConnected = name !== "disconnect" && name !== "reconnecting";
    assert.deepEqual(rest, wasConnected ? [["disconnect", "io client disconnect"]] : [], `after close() in ${name}`);
  }
});
