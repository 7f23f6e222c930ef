// Inside any callback every getter agrees with the events told so far or with the call just made, and nothing is told
// afterwards that the caller has just ended. Numbers are those of the defects; the general rule is in callbacks-agree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_ONCE, client } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

const REQUEST = Object.freeze({ deviceId: "d", table: "t", source: "s", field: "f" });
const EVENTS = [
  "connect",
  "disconnect",
  "reconnecting",
  "connect_error",
  "device:stateChange",
  "device:new",
  "device:metaChange",
  "warning",
];
const STATE_CHANGE = { cn: "CN=d,O=demo", vhost: "demo", online: true };
const noop = () => {};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A client of a scripted cloud, connected unless told. */
async function scripted(t, script, { idle = false, ...options } = {}) {
  const cloud = scriptedCloud(script);
  const made = client(t, cloud, { webSocket: cloud.webSocket, ...options });
  if (!idle) await made.connect();
  return { cloud, client: made };
}

/** `connected` once accepted; refusals from then on. */
const refusesLater = () => ({ accept: (_socket, number) => (number === 1 ? '40{"sid":"a"}' : '44{"message":"no"}') });

/** What a series shows. */
const look = (series) => ({
  length: series.length,
  total: series.total,
  columns: series.columns,
  times: [...series.times()],
  values: [...series.values()],
  last: series.last() && [...series.last()],
  received: series.feed.received,
});

/** Each leads to a callback in which the series has ended or the connection is gone. `within` is called in there. */
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

function inStateChange({ cloud, client: made }, act) {
  made.once("device:stateChange", act);
  cloud.socket.event("device:stateChange", STATE_CHANGE);
}

for (const [where, lead] of Object.entries(WINDOWS)) {
  test(`1. a series does not read as empty in ${where}`, LIMIT, async (t) => {
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

  test(`2. feed.received is not 0 in ${where}`, LIMIT, async (t) => {
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
    assert.equal(feed.received, 3, "and it stays");
    await it.client.close();
    assert.equal(feed.received, 3);
  });
}

for (const [event, script] of Object.entries({
  disconnect: undefined,
  connect_error: { accept: (socket, number) => (number === 1 ? '40{"sid":"a"}' : void socket.drop()) },
})) {
  for (const how of ["close", "free"]) {
    test(`3. reconnecting is not told after ${how}() in ${event}`, LIMIT, async (t) => {
      const { cloud, client: made } = await scripted(t, script, { reconnect: { ...AT_ONCE, firstConnect: true } });
      const told = [];
      for (const name of EVENTS) made.on(name, () => told.push([name, made.state]));
      let ended;
      made.on(event, () => {
        if (ended !== undefined) return;
        ended = told.length;
        void made[how]();
        assert.equal(made.state, "closed");
      });
      cloud.socket.drop();
      await until(() => ended !== undefined, event);
      for (let n = 0; n < 5; n++) await turn();
      assert.deepEqual(told.slice(ended), [], "nothing is told of what the caller has ended");
      assert.equal(made.state, "closed");
    });
  }
}

/** How a caller ends the feeds within a listener, and what it may see of them afterwards. */
const ENDS = {
  "close()": (made) => made.close(),
  "free()": (made) => made.free(),
  "stopAllFeeds()": (made) => made.stopAllFeeds(),
  "feed.stop()": (_made, feed) => feed.stop(),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(
    `4. samples that came before the :rpc of a resumed feed do not reach a listener after ${how}`,
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
      await until(() => heard.includes("resumed 1"), "the first of them");
      await turn();
      if (made.state === "connected") cloud.socket.give(cloud.sample("two", "late"));
      await turn();
      assert.deepEqual(heard, ["first", "resumed 1"]);
    },
  );

  test(`4. samples that came before the :rpc of a new feed do not reach a listener after ${how}`, LIMIT, async (t) => {
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
    await until(() => heard.length > 0, "the first of them");
    await turn();
    assert.deepEqual(heard, [1]);
  });
}

for (const how of ["close", "free"]) {
  test(`5. the token function is not asked after ${how}() in the connect_error of a refusal`, LIMIT, async (t) => {
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

  test(`6. ${how}() in the connect listener rejects the pending connect() with closed`, LIMIT, async (t) => {
    const { client: made } = await scripted(t, undefined, { idle: true });
    made.on("connect", () => void made[how]());
    const [first, second] = [made.connect(), made.connect()];
    await rejects(first, "closed");
    await rejects(second, "closed");
    assert.equal(made.state, "closed");
  });
}

test(
  "6. close() and connect() in the connect listener: the first is rejected, the second connects",
  LIMIT,
  async (t) => {
    const { client: made } = await scripted(t, undefined, { idle: true });
    let again;
    made.once("connect", () => {
      void made.close();
      again = made.connect();
    });
    await rejects(made.connect(), "closed");
    await again;
    assert.equal(made.state, "connected");
  },
);

for (const method of ["feed", "series"]) {
  test(
    `7. ${method}() of an open feed, called in a listener with a signal that is aborted at once, is not open`,
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
      assert.equal(cloud.socket.requests("device:feed:stop").length, 1, "nobody else holds it");
      assert.equal(made.stats().openFeeds, 0);
    },
  );
}

test("7. the same outside of any listener", LIMIT, async (t) => {
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
});

/** Kinds of listeners: how one is added, which gives its undo, and what calls them. */
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

for (const [kind, [add, tell]] of Object.entries(LISTENERS)) {
  test(
    `8. a listener that an earlier listener of the same event has just removed is not called (${kind})`,
    LIMIT,
    async (t) => {
      const it = await scripted(t);
      const calls = [];
      const undo = [];
      add(it.client, () => (calls.push("first"), undo.forEach((stop) => stop())));
      undo.push(
        add(it.client, () => calls.push("second")),
        add(it.client, () => calls.push("third")),
      );
      add(it.client, () => calls.push("last"));
      tell(it);
      await turn();
      assert.deepEqual(calls.slice(0, 2), ["first", "last"]);
      assert.ok(!calls.includes("second") && !calls.includes("third"));
    },
  );
}

test(
  "8. a subscription of a shared feed that an earlier one's listener has just stopped is not called",
  LIMIT,
  async (t) => {
    const { cloud, client: made } = await scripted(t);
    const calls = [];
    const held = [];
    held.push(await made.feed(REQUEST, () => (calls.push("first"), void held[1].stop(), void held[2].stop())));
    for (const name of ["second", "third", "last"]) held.push(await made.feed(REQUEST, () => calls.push(name)));
    await turn();
    cloud.socket.give(cloud.sample(held[0].id));
    assert.deepEqual(calls, ["first", "last"]);
  },
);

for (const [how, end] of Object.entries(ENDS)) {
  if (how === "feed.stop()") continue; // which ends one subscription: above
  test(
    `4. a sample of a shared feed does not reach a later listener after ${how} in an earlier one`,
    LIMIT,
    async (t) => {
      const { cloud, client: made } = await scripted(t);
      const calls = [];
      const feed = await made.feed(REQUEST, () => (calls.push("first"), void end(made)));
      await made.feed(REQUEST, () => calls.push("second"));
      await turn();
      cloud.socket.give(cloud.sample(feed.id));
      await turn();
      assert.deepEqual(calls, ["first"]);
    },
  );
}

test("onGap of a shared feed is not called after close() in that of an earlier subscription", LIMIT, async (t) => {
  const { cloud, client: made } = await scripted(t);
  const calls = [];
  await made.feed(REQUEST, noop, { onGap: () => (calls.push("first"), void made.close()) });
  await made.feed(REQUEST, noop, { onGap: () => calls.push("second") });
  cloud.socket.drop();
  await until(() => calls.length > 0, "the gap");
  await turn();
  assert.deepEqual(calls, ["first"]);
});

test("8. a listener that a listener adds is not called for the event that is being told", LIMIT, async (t) => {
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

test(
  "after close() in any listener nothing is told but the disconnect of the connection that it ends",
  LIMIT,
  async (t) => {
    for (const name of EVENTS.filter((event) => event !== "connect_error")) {
      const { cloud, client: made } = await scripted(t, undefined, { idle: true });
      const told = [];
      let closedAt;
      for (const event of EVENTS) made.on(event, (payload) => told.push([event, payload.reason]));
      made.on(name, () => {
        if (closedAt !== undefined) return;
        closedAt = told.length;
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
      const rest = told.slice(closedAt);
      const wasConnected = name !== "disconnect" && name !== "reconnecting";
      assert.deepEqual(rest, wasConnected ? [["disconnect", "io client disconnect"]] : [], `after close() in ${name}`);
    }
  },
);

test("state and id in onFrame are those that were told, whatever the frame will lead to", LIMIT, async (t) => {
  const { cloud, client: made } = await scripted(t);
  await made.feed(REQUEST, noop);
  let told = { state: "connected", id: "socket-1" };
  let connects = 0;
  const seen = [];
  made.on("disconnect", () => (told = { state: "reconnecting", id: undefined }));
  made.on("connect", ({ id }) => (connects++, (told = { state: "connected", id })));
  made.onFrame((direction, frame) =>
    seen.push({ frame: `${direction} ${frame}`.slice(0, 24), shown: { state: made.state, id: made.id }, told }),
  );
  cloud.socket.drop();
  await until(
    () => seen.some(({ frame }) => frame.startsWith('out 42["device:feed"')) && connects === 1,
    "the feed to be asked for again",
  );
  for (const { frame, shown, told: wanted } of seen) assert.deepEqual(shown, wanted, frame);
});

test("promises: their continuations see the state that their outcome tells", LIMIT, async (t) => {
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
