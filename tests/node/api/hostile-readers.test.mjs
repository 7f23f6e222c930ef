// What callers pass is looked at by reading it, and reading may run anything: getters and traps that throw, that call
// back into the client, proxies that were revoked, signals that are none of the platform's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, flushed, simulator } from "../lib/cloud.mjs";
import { ArdexaClient } from "../lib/consumer.mjs";
import { assertArdexaError, rejects, throws } from "../lib/errors.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

const noop = () => {};
const SOLAR = Object.freeze({ deviceId: "d", table: "t", source: "s" });
const GOOD = Object.freeze({ url: "http://127.0.0.1:9", workgroup: "w", token: "t" });
const thrown = new Error("of the test's own");

/** An object with a getter beside what it has. */
const withGetter = (object, name, get) =>
  Object.defineProperty({ ...object }, name, { get, enumerable: true, configurable: true });

/** Proxies with one trap that throws. */
const trapped = (target, ...traps) =>
  new Proxy(
    target,
    Object.fromEntries(
      traps.map((trap) => [
        trap,
        () => {
          throw thrown;
        },
      ]),
    ),
  );

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** Waits for a call's outcome, which is a result or an ArdexaError. */
async function settles(call) {
  let promise;
  try {
    promise = call();
  } catch (error) {
    return assertArdexaError(error);
  }
  return Promise.resolve(promise).catch((error) => assertArdexaError(error));
}

// --- what throws

test("getters of a feed's request that throw are named", LIMIT, async (t) => {
  const { client: made } = await connected(t);
  for (const name of ["deviceId", "table", "source", "field"]) {
    const request = withGetter(SOLAR, name, () => {
      throw thrown;
    });
    for (const call of [() => made.feed(request), () => made.feed(request, noop), () => made.series(request)]) {
      await rejects(call(), "invalid-argument", { message: new RegExp(`request\\.${name}: .*of the test's own`) });
    }
  }
  assert.equal(made.stats().openFeeds, 0);
});

test("getters of minMax's options that throw are named", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const series = await made.series({ ...solar, field: "AC Power" });
  for (const name of ["column", "fromMs", "toMs"]) {
    throws(
      () =>
        series.minMax(
          2,
          withGetter({}, name, () => {
            throw thrown;
          }),
        ),
      "invalid-argument",
      { message: new RegExp(`${name}: .*of the test's own`) },
    );
  }
  await until(() => series.length > 0, "the series to go on");
});

test("what a getter throws may be anything", LIMIT, async (t) => {
  const { client: made, deviceId } = await connected(t);
  for (const value of [
    undefined,
    null,
    7,
    "text",
    Symbol("s"),
    {},
    Object.create(null),
    revoked({}),
    trapped({}, "get", "getPrototypeOf"),
    Object.assign(new Error("x"), { message: 7 }),
  ]) {
    const options = withGetter({}, "timeoutMs", () => {
      throw value;
    });
    await rejects(made.cmd(deviceId, "true", options), "invalid-argument", { message: /timeoutMs/ });
    throws(
      () =>
        new ArdexaClient(
          withGetter(GOOD, "path", () => {
            throw value;
          }),
        ),
      "invalid-argument",
      { message: /path/ },
    );
  }
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
});

const TRAPS = {
  ownKeys: ["ownKeys"],
  getOwnPropertyDescriptor: ["getOwnPropertyDescriptor"],
  get: ["get"],
  has: ["has"],
  getPrototypeOf: ["getPrototypeOf"],
  "all of them": Object.getOwnPropertyNames(Reflect),
};

for (const [what, traps] of Object.entries(TRAPS)) {
  test(`objects whose trap throws: ${what}`, LIMIT, async (t) => {
    const { client: made, deviceId, solar } = await connected(t);
    const calls = {
      options: () => made.cmd(deviceId, "true", trapped({ timeoutMs: 5000 }, ...traps)),
      "options of a feed": () => made.feed(solar, noop, trapped({ queue: 5 }, ...traps)),
      "options of a series": () => made.series(solar, trapped({ capacity: 5 }, ...traps)),
      "a feed's request": () => made.feed(trapped({ ...solar }, ...traps), noop),
      extra: () => made.cmd(deviceId, "true", { extra: trapped({ a: 1 }, ...traps) }),
      "a configuration": () => made.testConfig(deviceId, trapped({ debug: 1 }, ...traps)),
      "a payload": () => made.request("device:sendArdpkg", trapped({ deviceId }, ...traps)),
      "an argument": () => made.emit("anything", trapped({ a: 1 }, ...traps)),
      arguments: () => made.emitWithAck("anything", trapped([1], ...traps), { timeoutMs: 20 }),
      "a signal": () => made.cmd(deviceId, "true", { signal: trapped(new AbortController().signal, ...traps) }),
      "a client's options": () => void new ArdexaClient(trapped({ ...GOOD }, ...traps)),
      reconnect: () => void new ArdexaClient({ ...GOOD, reconnect: trapped({ maxAttempts: 1 }, ...traps) }),
      "an event's name": () => made.on(trapped({}, ...traps), noop),
      "a listener": () => made.feed({ ...solar, source: "inverter-02" }, trapped(noop, ...traps)),
      "a token": () => made.off("connect", trapped(noop, ...traps)),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await settles(call).catch((other) => assert.fail(`${name}: ${other.message}`));
      if (error instanceof Error && !["aborted", "timeout"].includes(error.code))
        assert.equal(error.code, "invalid-argument", `${name}: ${error.message}`);
    }
    assert.equal(made.state, "connected");
    assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
    await made.stopAllFeeds();
    assert.deepEqual([made.stats().openRequests, made.stats().openFeeds], [0, 0]);
  });
}

test("proxies that were revoked, in every place", LIMIT, async (t) => {
  const { client: made, deviceId, solar } = await connected(t);
  for (const target of [{}, []]) {
    await rejects(made.cmd(deviceId, "true", revoked(target)), "invalid-argument", { message: /^options/ });
    await rejects(made.cmd(deviceId, "true", { extra: revoked(target) }), "invalid-argument", { message: /extra/ });
    await rejects(made.cmd(deviceId, "true", { signal: revoked(target) }), "invalid-argument", { message: /signal/ });
    await rejects(made.feed(revoked(target)), "invalid-argument", { message: /^(device:feed: )?request/ });
    await rejects(made.feed(solar, noop, revoked(target)), "invalid-argument", { message: /options/ });
    await rejects(made.testConfig(deviceId, revoked(target)), "invalid-argument", { message: /config/ });
    await rejects(made.request("x", revoked(target)), "invalid-argument", { message: /payload/ });
    await rejects(made.emitWithAck("x", revoked(target)), "invalid-argument", { message: /args/ });
    throws(() => made.emit("x", revoked(target)), "invalid-argument", { message: /args/ });
    throws(() => made.on(revoked(target), noop), "invalid-argument", { message: /event/ });
    throws(() => made.on("connect", revoked(target)), "invalid-argument", { message: /listener/ });
    throws(() => new ArdexaClient(revoked(target)), "invalid-argument");
    throws(() => new ArdexaClient({ ...GOOD, reconnect: revoked(target) }), "invalid-argument", {
      message: /reconnect/,
    });
    for (const name of ["url", "workgroup", "token", "webSocket"])
      throws(() => new ArdexaClient({ ...GOOD, [name]: revoked(target) }), "invalid-argument", {
        message: new RegExp(`^${name}: `),
      });
  }
  assert.deepEqual([made.state, made.stats().openRequests, made.stats().openFeeds], ["connected", 0, 0]);
});

test("functions that were revoked: a warning each, and the client goes on", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const warnings = collect(made, "warning");
  made.on("device:metaChange", revoked(noop));
  made.onAny(revoked(noop));
  sim.metaChange(deviceId);
  await until(() => warnings.length >= 2, "both warnings");
  const feed = await made.feed(solar, revoked(noop), { onGap: revoked(noop) });
  await until(() => feed.received > 2 && warnings.length >= 5, "warnings of a feed's listener");
  await feed.stop();
  const series = await made.series({ ...solar, field: "AC Power" }, { onUpdate: revoked(noop) });
  const before = warnings.length;
  await until(() => series.total > 2 && warnings.length > before, "a warning of onUpdate");
  await series.stop();
  assert.equal((await made.doUpgrade(deviceId, { onProgress: revoked(noop) })).complete, true);
  for (const { error } of warnings) assert.ok(error.cause instanceof TypeError, error.message);
  assert.equal(made.state, "connected");
});

test("a token function and a WebSocket that were revoked", LIMIT, async (t) => {
  const sim = await simulator(t);
  const error = await rejects(client(t, sim, { token: revoked(noop) }).connect(), "unauthorized");
  assert.ok(error.cause instanceof TypeError);
  const failing = client(t, sim, { webSocket: revoked(class {}), reconnect: false });
  assertArdexaError(await failing.connect().catch((failure) => failure));
  assert.equal(failing.state, "closed");
});

// --- what calls back

/** What is done from within a getter. Each leaves the client so that connect() makes it work again. */
const ACTS = {
  "close()": (made) => void made.close(),
  "close() and connect()": (made) => (made.close(), void made.connect().catch(noop)),
  "free()": (made) => made.free(),
  "connect()": (made) => void made.connect().catch(noop),
  "stopAllFeeds()": (made) => void made.stopAllFeeds(),
  "the same request": (made) => void made.cmd("d", "true").catch(noop),
  "another feed": (made) => void made.feed({ ...SOLAR, source: "other" }, noop).catch(noop),
  "on() and off()": (made) => (made.on("connect", noop), made.off("connect", noop)),
};

/** Where a getter is read, each with the call that reads it; `act` is what it does. */
const READ = {
  "options.timeoutMs": ({ client: made, deviceId }, act) =>
    made.cmd(
      deviceId,
      "true",
      withGetter({}, "timeoutMs", () => (act(), 5000)),
    ),
  "options.requestId": ({ client: made, deviceId }, act) =>
    made.cmd(
      deviceId,
      "true",
      withGetter({}, "requestId", () => (act(), `id-${Math.random()}`)),
    ),
  "options.signal": ({ client: made, deviceId }, act) =>
    made.cmd(
      deviceId,
      "true",
      withGetter({}, "signal", () => (act(), new AbortController().signal)),
    ),
  "signal.aborted": ({ client: made, deviceId }, act) =>
    made.cmd(deviceId, "true", { signal: likeSignal({ aborted: () => (act(), false) }) }),
  "signal.addEventListener": ({ client: made, deviceId }, act) =>
    made.cmd(deviceId, "true", { signal: likeSignal({ add: act }) }),
  "signal.removeEventListener": ({ client: made, deviceId }, act) =>
    made.cmd(deviceId, "true", { signal: likeSignal({ remove: act }) }),
  "a property of extra": ({ client: made, deviceId }, act) =>
    made.cmd(deviceId, "true", { extra: withGetter({}, "note", () => (act(), 1)) }),
  "a configuration": ({ client: made, deviceId }, act) =>
    made.testConfig(
      deviceId,
      withGetter({}, "debug", () => (act(), 1)),
    ),
  "a payload": ({ client: made, deviceId }, act) =>
    made.request(
      "device:sendArdpkg",
      withGetter({ deviceId }, "note", () => (act(), 1)),
    ),
  "payload.requestId": ({ client: made, deviceId }, act) =>
    made.request(
      "device:sendArdpkg",
      withGetter({ deviceId }, "requestId", () => (act(), `id-${Math.random()}`)),
    ),
  "an argument of emit()": ({ client: made }, act) =>
    made.emit(
      "anything",
      withGetter({}, "a", () => (act(), 1)),
    ),
  "an argument of emitWithAck()": ({ client: made }, act) =>
    made.emitWithAck("anything", [withGetter({}, "a", () => (act(), 1))], { timeoutMs: 20 }),
  "the arguments of emitWithAck()": ({ client: made }, act) =>
    made.emitWithAck("anything", new Proxy([1], { get: (target, name) => (act(), target[name]) }), { timeoutMs: 20 }),
  "request.source": ({ client: made, solar }, act) =>
    made.feed(
      withGetter(solar, "source", () => (act(), "inverter-02")),
      noop,
    ),
  "request.field": ({ client: made, solar }, act) => made.series(withGetter(solar, "field", () => (act(), "AC Power"))),
  "options.queue": ({ client: made, solar }, act) =>
    made.feed(
      solar,
      withGetter({}, "queue", () => (act(), 5)),
    ),
  "options.onGap": ({ client: made, solar }, act) =>
    made.feed(
      solar,
      noop,
      withGetter({}, "onGap", () => (act(), noop)),
    ),
  "options.capacity": ({ client: made, solar }, act) =>
    made.series(
      solar,
      withGetter({}, "capacity", () => (act(), 5)),
    ),
  "options.onUpdate": ({ client: made, solar }, act) =>
    made.series(
      solar,
      withGetter({}, "onUpdate", () => (act(), noop)),
    ),
  "options.onProgress": ({ client: made, deviceId }, act) =>
    made.doUpgrade(
      deviceId,
      withGetter({}, "onProgress", () => (act(), noop)),
    ),
  "the keys of options": ({ client: made, deviceId }, act) =>
    made.cmd(
      deviceId,
      "true",
      new Proxy(
        { timeoutMs: 5000 },
        { ownKeys: (target) => (act(), Reflect.ownKeys(target)), get: (target, name) => (act(), target[name]) },
      ),
    ),
  "an option of minMax()": async ({ client: made, solar }, act) => {
    const series = await made.series({ ...solar, field: "AC Power" });
    await until(() => series.length > 3, "samples");
    assert.equal(
      series.minMax(
        2,
        withGetter({}, "fromMs", () => (act(), series.stop(), 0)),
      ).length,
      6,
    );
  },
};

/** An object that is a signal by what it can do. */
function likeSignal({ aborted = () => false, add = noop, remove = noop }) {
  return {
    get aborted() {
      return aborted();
    },
    reason: undefined,
    addEventListener: (_type, listener) => add(listener),
    removeEventListener: (_type, listener) => remove(listener),
  };
}

for (const [where, call] of Object.entries(READ)) {
  for (const [what, act] of Object.entries(ACTS)) {
    test(`${what} while ${where} is read`, LIMIT, async (t) => {
      const it = await connected(t);
      let acted = 0;
      await settles(() => call(it, () => ++acted === 1 && act(it.client)));
      assert.ok(acted > 0, "it was read");
      // The client is as good as new, and nothing is left open but what the act has opened.
      await it.client.connect();
      const other = it.sim.devices.find(({ id, online }) => online && id !== it.deviceId);
      assert.equal((await it.client.cmd(other.id, "true")).returnCode, 0);
      await it.client.close();
      assert.deepEqual(
        [it.client.stats().openRequests, it.client.stats().openFeeds, it.client.state],
        [0, 0, "closed"],
      );
    });
  }
}

// --- signals

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
  test(`${method}: a signal that has fired before, with any reason, sends nothing`, LIMIT, async (t) => {
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

  test(`${method}: signals that are none of the platform's`, LIMIT, async (t) => {
    const it = await connected(t, { sim: { latencyMs: 30 } });
    const listeners = [];
    const signals = {
      "that tells within addEventListener": likeSignal({ add: (listener) => listener({ type: "abort" }) }),
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
      "that tells twice": likeSignal({ add: (listener) => setImmediate(() => (listener({}), listener({}))) }),
    };
    const outcomes = await Promise.all(
      Object.values(signals).map((signal) => settles(() => call(it, signal, { timeoutMs: 200 }))),
    );
    for (const [at, name] of Object.keys(signals).entries()) {
      const error = outcomes[at];
      if (error instanceof Error)
        assert.ok(["aborted", "invalid-argument", "timeout"].includes(error.code), `${name}: ${error.message}`);
    }
    // Told long after the call is over.
    await it.client.close();
    for (const listener of listeners) listener({ type: "abort" });
    await it.client.connect();
    await flushed(it.client, it.sim);
    assert.equal(it.client.state, "connected");
  });
}

// --- answers of callbacks

test("token functions that answer with thenables of every kind", LIMIT, async (t) => {
  const sim = await simulator(t);
  const kinds = {
    "one that answers at once": () => ({ then: (yes) => yes(sim.token) }),
    "one that answers twice": () => ({ then: (yes, no) => (yes(sim.token), yes("other"), no(thrown)) }),
    "one that answers and throws": () => ({
      then: (yes) => {
        yes(sim.token);
        throw thrown;
      },
    }),
    "one of thenables": () => ({ then: (yes) => yes({ then: (inner) => inner(sim.token) }) }),
    "a Proxy of one": () => new Proxy({ then: (yes) => yes(sim.token) }, {}),
  };
  for (const [what, token] of Object.entries(kinds)) {
    const made = client(t, sim, { token });
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
    await rejects(client(t, sim, { token }).connect(), "unauthorized", { cause: thrown });
  }
});

test("listeners with properties of their own where functions have theirs", LIMIT, async (t) => {
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
