// Reading a caller's values may run any code: getters and traps that throw or call back into the client, and revoked
// proxies. Signals and return values of callbacks: hostile-signals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, simulator } from "../lib/cloud.mjs";
import { ArdexaClient, ArdexaError } from "../lib/consumer.mjs";
import { assertArdexaError, rejects, throws } from "../lib/errors.mjs";
import { collect, LIMIT, until } from "../lib/until.mjs";
import { GOOD, likeSignal, noop, revoked, settles, SOLAR, thrown, trapped, withGetter } from "./lib/hostile-values.mjs";

// --- getters and traps that throw

test("getters of a feed's request that throw are named", LIMIT, async (t) => {
  const { client: made } = await connected(t);
  for (const name of ["deviceId", "table", "source", "field"]) {
    const request = withGetter(SOLAR, name, () => {
      throw thrown;
    });
    for (const call of [() => made.feed(request), () => made.feed(request, noop), () => made.series(request)]) {
      await rejects(call(), "invalid-argument", { message: new RegExp(`request\\.${name}: .*thrown by the test`) });
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
      { message: new RegExp(`${name}: .*thrown by the test`) },
    );
  }
  await until(() => series.length > 0, "the series to continue");
});

test("a getter may throw any value", LIMIT, async (t) => {
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
      "an event's name": () => made.on(trapped(/** @type {any} */ ({}), ...traps), noop),
      "a listener": () => made.feed({ ...solar, source: "inverter-02" }, trapped(noop, ...traps)),
      "a token": () => made.off("connect", trapped(noop, ...traps)),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await settles(call).catch((other) => assert.fail(`${name}: ${other.message}`));
      if (error instanceof ArdexaError && !["aborted", "timeout"].includes(error.code))
        assert.equal(error.code, "invalid-argument", `${name}: ${error.message}`);
    }
    assert.equal(made.state, "connected");
    assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
    await made.stopAllFeeds();
    assert.deepEqual([made.stats().openRequests, made.stats().openFeeds], [0, 0]);
  });
}

test("revoked proxies as any argument", LIMIT, async (t) => {
  const { client: made, deviceId, solar } = await connected(t);
  for (const target of /** @type {any[]} */ ([{}, []])) {
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

test("revoked functions: a warning each, and the client continues", LIMIT, async (t) => {
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

test("a revoked token function and a revoked WebSocket", LIMIT, async (t) => {
  const sim = await simulator(t);
  const error = await rejects(client(t, sim, { token: revoked(() => "t") }).connect(), "unauthorized");
  assert.ok(error.cause instanceof TypeError);
  const failing = client(t, sim, { webSocket: revoked(/** @type {any} */ (class {})), reconnect: false });
  assertArdexaError(await failing.connect().catch((failure) => failure));
  assert.equal(failing.state, "closed");
});

// --- getters that call back into the client

/** Calls made inside a getter. After each, connect() makes the client work again. */
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

/** The places where a getter is read, each with the call that reads it. The getter runs `act`. */
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

for (const [where, call] of Object.entries(READ)) {
  for (const [what, act] of Object.entries(ACTS)) {
    test(`${what} while ${where} is read`, LIMIT, async (t) => {
      const it = await connected(t);
      let acted = 0;
      await settles(() => call(it, () => ++acted === 1 && act(it.client)));
      assert.ok(acted > 0, "the getter was read");
      // The client is usable, and nothing stays open after close().
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
