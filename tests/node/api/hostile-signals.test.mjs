// Signals that have already fired or are not the platform's, thenables from token functions, listeners with odd
// properties.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, flushed, simulator } from "../lib/cloud.mjs";
import { ArdexaError } from "../lib/consumer.mjs";
import { rejects } from "../lib/errors.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";
import { likeSignal, noop, revoked, settles, thrown, withGetter } from "./lib/hostile-values.mjs";

const SIGNALLED = {
  cmd: ({ client: made, deviceId }, signal, more) => made.cmd(deviceId, "slow", { signal, ...more }),
  doUpgrade: ({ client: made, deviceId }, signal, more) => made.doUpgrade(deviceId, { signal, ...more }),
  request: ({ client: made, deviceId }, signal, more) =>
    made.request("device:cmd", { deviceId, cmd: "slow" }, { signal, ...more }),
  emitWithAck: ({ client: made }, signal, more) => made.emitWithAck("nobody", [], { signal, ...more }),
  feed: ({ client: made, solar }, signal, more) => made.feed(solar, noop, { signal, ...more }),
  series: ({ client: made, solar }, signal, more) => made.series(solar, { signal, ...more }),
};

for (const [method, call] of Object.entries(SIGNALLED)) {
  test(`${method}: a signal that has already fired, with any reason, sends nothing`, LIMIT, async (t) => {
    const it = await connected(t);
    const { framesOut } = it.client.stats();
    for (const reason of [new Error("mine"), "text", 7, null, Symbol("s"), {}, revoked({}), noop]) {
      const error = await rejects(call(it, AbortSignal.abort(reason)), "aborted");
      assert.equal(error.cause, reason);
    }
    await rejects(call(it, AbortSignal.abort()), "aborted");
    await rejects(call(it, AbortSignal.any([AbortSignal.abort("x"), new AbortController().signal])), "aborted", {
      cause: "x",
    });
    assert.deepEqual(
      [it.client.stats().framesOut, it.client.stats().openRequests, it.client.stats().openFeeds],
      [framesOut, 0, 0],
    );
  });

  test(`${method}: signals that are not the platform's`, LIMIT, async (t) => {
    const it = await connected(t, { sim: { latencyMs: 30 } });
    const listeners = [];
    const signals = {
      "that fires within addEventListener": likeSignal({ add: (listener) => listener({ type: "abort" }) }),
      "whose addEventListener throws": likeSignal({
        add: () => {
          throw thrown;
        },
      }),
      "whose removeEventListener throws": likeSignal({
        remove: () => {
          throw thrown;
        },
        add: (listener) => listeners.push(listener),
      }),
      "whose aborted throws the second time": likeSignal({
        aborted: ((count) => () => {
          if (++count > 1) throw thrown;
          return false;
        })(0),
      }),
      "that is aborted the second time": likeSignal({
        aborted: (
          (count) => () =>
            ++count > 1
        )(0),
      }),
      "without removeEventListener": {
        aborted: false,
        addEventListener: (_type, listener) => listeners.push(listener),
      },
      "that fires twice": likeSignal({ add: (listener) => setImmediate(() => (listener({}), listener({}))) }),
    };
    const outcomes = await Promise.all(
      Object.values(signals).map((signal) => settles(() => call(it, signal, { timeoutMs: 200 }))),
    );
    for (const [at, name] of Object.keys(signals).entries()) {
      const error = outcomes[at];
      if (error instanceof ArdexaError)
        assert.ok(["aborted", "invalid-argument", "timeout"].includes(error.code), `${name}: ${error.message}`);
    }
    // Fires long after the call has settled.
    await it.client.close();
    for (const listener of listeners) listener({ type: "abort" });
    await it.client.connect();
    await flushed(it.client, it.sim);
    assert.equal(it.client.state, "connected");
  });
}

test("a signal that fires while it gets its listener still aborts later", LIMIT, async (t) => {
  const it = await connected(t, { sim: { latencyMs: 1_000 } });
  const listeners = [];
  const add = (listener) => {
    listener({ type: "abort" });
    listeners.push(listener);
  };
  const call = it.client.cmd(it.deviceId, "slow", { signal: likeSignal({ add }) });
  for (const listener of listeners) listener({ type: "abort" });
  await rejects(call, "aborted");
});

test("token functions that return thenables of every kind", LIMIT, async (t) => {
  const sim = await simulator(t);
  const kinds = {
    "one that resolves immediately": () => ({ then: (yes) => yes(sim.token) }),
    "one that resolves twice": () => ({ then: (yes, no) => (yes(sim.token), yes("other"), no(thrown)) }),
    "one that resolves and throws": () => ({
      then: (yes) => {
        yes(sim.token);
        throw thrown;
      },
    }),
    "one of thenables": () => ({ then: (yes) => yes({ then: (inner) => inner(sim.token) }) }),
    "a Proxy of one": () => new Proxy({ then: (yes) => yes(sim.token) }, {}),
  };
  for (const [what, token] of Object.entries(kinds)) {
    const made = client(t, sim, { token: /** @type {any} */ (token) });
    await made.connect();
    assert.equal(made.state, "connected", what);
  }
  for (const token of [
    () =>
      withGetter({}, "then", () => {
        throw thrown;
      }),
    () => ({
      then: () => {
        throw thrown;
      },
    }),
    () => ({ then: (_yes, no) => no(thrown) }),
  ]) {
    await rejects(client(t, sim, { token: /** @type {any} */ (token) }).connect(), "unauthorized", { cause: thrown });
  }
});

test("listeners that override the properties of functions", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const warnings = collect(made, "warning");
  let called = 0;
  const odd = () =>
    Object.defineProperties(
      () => void called++,
      Object.fromEntries(
        ["bind", "length", "name", "then", "toString"].map((name) => [
          name,
          {
            get: () => {
              throw thrown;
            },
          },
        ]),
      ),
    );
  made.on("device:metaChange", odd());
  const changed = next(made, "device:metaChange");
  sim.metaChange(deviceId);
  await changed;
  assert.equal(called, 1);
  const feed = await made.feed(solar, odd());
  await until(() => called > 3, "samples");
  await feed.stop();
  assert.deepEqual(warnings, []);
});
