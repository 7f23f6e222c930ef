// Objects, functions, errors, arrays, bytes, promises and signals of another realm, such as a frame or a sandbox: they
// work although `instanceof` fails for them. Also options in unusual forms, on every method.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { WebSocket } from "ws";
import { AT_ONCE, client, connected, flushed, received, simulator } from "../lib/cloud.mjs";
import { ArdexaClient } from "../lib/consumer.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

const realm = createContext({ structuredClone, queueMicrotask });
/** The value of an expression in the other realm. */
const there = (text) => runInContext(`(${text})`, realm);
/** A function of the other realm that calls one of this realm. */
const thereCalling = (call) => there("(call) => (...args) => call(...args)")(call);

/** AbortController and AbortSignal of a realm that lacks the platform's. */
const { Controller } = there(`(() => {
  class Signal {
    aborted = false;
    reason = undefined;
    listeners = new Set();
    addEventListener(type, listener) { if (type === "abort") this.listeners.add(listener); }
    removeEventListener(_type, listener) { this.listeners.delete(listener); }
    throwIfAborted() { if (this.aborted) throw this.reason; }
  }
  class Controller {
    signal = new Signal();
    abort(reason = new Error("aborted over there")) {
      if (this.signal.aborted) return;
      Object.assign(this.signal, { aborted: true, reason });
      for (const listener of [...this.signal.listeners]) (listener.handleEvent ?? listener).call(this.signal, { type: "abort", target: this.signal });
    }
  }
  return { Controller };
})()`);

test("the test's realm differs from the other one", () => {
  assert.equal(there("{}") instanceof Object, false);
  assert.equal(there("() => {}") instanceof Function, false);
  assert.equal(there("[]") instanceof Array, false);
  assert.equal(there("new Error()") instanceof Error, false);
});

test("listeners and callbacks", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const counts = { on: 0, once: 0, any: 0, frame: 0, feed: 0, gap: 0, progress: 0, update: 0 };
  const count = (name) => thereCalling(() => void counts[name]++);
  const on = count("on");
  const undo = made.on("device:metaChange", on);
  made.on("device:metaChange", on);
  made.once("device:metaChange", count("once"));
  made.onAny(count("any"));
  made.onFrame(count("frame"));
  for (let n = 0; n < 2; n++) sim.metaChange(deviceId);
  await until(() => counts.on === 2, "two calls of the listener");
  assert.equal(counts.once, 1);
  undo();
  made.on("device:metaChange", on);
  made.off("device:metaChange", on);
  const feed = await made.feed(solar, count("feed"), { onGap: count("gap") });
  const series = await made.series({ ...solar, field: "AC Power" }, { onUpdate: count("update") });
  await until(() => counts.feed > 2 && counts.update > 0, "samples");
  await made.doUpgrade(deviceId, { onProgress: count("progress") });
  sim.dropAll();
  await until(() => counts.gap === 1, "the gap");
  for (const [name, calls] of Object.entries(counts)) assert.ok(calls > 0, name);
  assert.equal(counts.on, 2, "the listener was removed");
  await Promise.all([feed.stop(), series.stop()]);
});

test("a value thrown by the other realm's listener is the warning's cause", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  for (const text of ['new RangeError("over there")', '"a text"', "null", "{ a: 1 }"]) {
    const thrown = there(text);
    made.once("device:metaChange", there("(thrown) => () => { throw thrown; }")(thrown));
    const warned = next(made, "warning");
    sim.metaChange(deviceId);
    assert.equal((await warned).error.cause, thrown);
  }
});

test("options, requests, configurations, payloads and arguments", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const clone = there("(text) => JSON.parse(text)");
  const of = (value) => clone(JSON.stringify(value));
  assert.equal(
    (await made.cmd(deviceId, "true", of({ timeoutMs: 5000, requestId: "mine", extra: { a: [1, { b: null }] } })))
      .requestId,
    "mine",
  );
  assert.deepEqual(received(sim, "device:cmd")[0].a, [1, { b: null }]);
  assert.equal((await made.testConfig(deviceId, of({ debug: 1, mine: { a: [1] } }))).result, "success");
  await made.request("device:sendArdpkg", of({ deviceId }));
  made.emit("anything", of([1, 2]), of({ a: 1 }));
  await flushed(made, sim);
  assert.deepEqual(sim.received.find(({ event }) => event === "anything").args.slice(0, 2), [[1, 2], { a: 1 }]);
  await rejects(made.emitWithAck("nobody", of([1]), of({ timeoutMs: 20 })), "timeout");
  const feed = await made.feed(of(solar), of({ queue: 5 }));
  assert.deepEqual({ ...feed.request }, solar);
  assert.ok(Object.isFrozen(feed.request));
  const series = await made.series(of({ ...solar, field: "AC Power" }), of({ capacity: 5 }));
  await until(() => series.total > 5);
  assert.equal(series.minMax(2, of({ column: 0 })).length, 6);
  const other = new ArdexaClient(of({ url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: AT_ONCE }));
  t.after(() => other.close());
  await other.connect();
  for (const wrong of ["[]", "() => {}", "new Date()"]) {
    if (wrong !== "new Date()")
      await rejects(made.cmd(deviceId, "true", there(wrong)), "invalid-argument", { message: /options/ });
  }
  await rejects(made.cmd(there('new String("d")'), "true"), "invalid-argument", { message: /deviceId/ });
});

test("binary data", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  made.emit(
    "bytes",
    there("new Uint8Array([1, 2, 3])"),
    there("new Uint16Array([4]).buffer"),
    there("{ deep: [new DataView(new ArrayBuffer(2))] }"),
  );
  const { args } = await until(() => sim.received.find(({ event }) => event === "bytes"), "the bytes");
  assert.deepEqual([[...args[0]], [...args[1]], args[2].deep[0].length], [[1, 2, 3], [4, 0], 2]);
});

test("signals: before, during and after a call", LIMIT, async (t) => {
  const { client: made, deviceId, solar } = await connected(t);
  const before = new Controller();
  const reason = there('new Error("mine")');
  before.abort(reason);
  const { framesOut } = made.stats();
  for (const call of [
    () => made.cmd(deviceId, "slow", { signal: before.signal }),
    () => made.feed(solar, () => {}, { signal: before.signal }),
    () => made.series(solar, { signal: before.signal }),
  ]) {
    await rejects(call(), "aborted", { cause: reason });
  }
  assert.equal(made.stats().framesOut, framesOut, "nothing was sent");
  const control = new Controller();
  const calls = Array.from({ length: 20 }, () => made.cmd(deviceId, "slow", { signal: control.signal }));
  assert.equal((await made.cmd(deviceId, "true", { signal: control.signal })).returnCode, 0);
  control.abort(reason);
  for (const call of calls) await rejects(call, "aborted", { cause: reason });
  assert.equal(control.signal.listeners.size, 0, "no listener is left on it");
  assert.equal(made.stats().openRequests, 0);
});

test("a proxy of a platform signal works if the platform accepts it, and is rejected otherwise", LIMIT, async (t) => {
  const { client: made, deviceId } = await connected(t);
  for (const wear of [(signal) => new Proxy(signal, {}), (signal) => Object.create(signal)]) {
    const control = new AbortController();
    const call = rejects(made.cmd(deviceId, "slow", { signal: wear(control.signal) }));
    control.abort();
    assert.match((await call).code, /^(aborted|invalid-argument)$/);
  }
  assert.equal(made.stats().openRequests, 0);
});

test("token functions, their promises and their exceptions", LIMIT, async (t) => {
  const sim = await simulator(t);
  for (const text of [
    "(token) => () => token",
    "(token) => async () => token",
    "(token) => () => ({ then: (yes) => yes(token) })",
  ]) {
    const made = client(t, sim, { token: there(text)(sim.token) });
    await made.connect();
    assert.equal(made.state, "connected", text);
  }
  const reason = there('new TypeError("no session")');
  for (const text of ["(reason) => () => { throw reason; }", "(reason) => async () => { throw reason; }"]) {
    await rejects(client(t, sim, { token: there(text)(reason) }).connect(), "unauthorized", { cause: reason });
  }
});

test("a WebSocket class", LIMIT, async (t) => {
  const sim = await simulator(t);
  const Foreign = there(`(make) => class {
    constructor(url) { this.inner = make(url); for (const name of ["onopen", "onmessage", "onclose", "onerror"]) this.inner[name] = (event) => this[name]?.(event); }
    get readyState() { return this.inner.readyState; }
    get bufferedAmount() { return this.inner.bufferedAmount; }
    set binaryType(type) { this.inner.binaryType = type; }
    get binaryType() { return this.inner.binaryType; }
    send(data) { this.inner.send(data); }
    close(...args) { this.inner.close(...args); }
  }`)((url) => new WebSocket(url));
  const made = client(t, sim, { webSocket: Foreign });
  await made.connect();
  assert.equal((await made.cmd(sim.devices[0].id, "true")).returnCode, 0);
});

/** The same options in different forms. @type {Record<string, (options: any) => any>} */
const CLOTHES = {
  "a Proxy": (options) => new Proxy(options, {}),
  "without a prototype": (options) => Object.assign(Object.create(null), options),
  frozen: (options) => Object.freeze({ ...options }),
  sealed: (options) => Object.seal({ ...options }),
  inherited: (options) => Object.create(options),
  "getters of a class": (options) =>
    new (class {
      constructor() {
        for (const [name, value] of Object.entries(options))
          Object.defineProperty(Object.getPrototypeOf(this), name, { get: () => value, configurable: true });
      }
    })(),
  "not enumerable": (options) =>
    Object.defineProperties({}, Object.fromEntries(Object.entries(options).map(([name, value]) => [name, { value }]))),
};

for (const [clothes, wear] of Object.entries(CLOTHES)) {
  test(`every method takes its options ${/^[aw]/.test(clothes) ? "in" : "as"} ${clothes}`, LIMIT, async (t) => {
    const sim = await simulator(t);
    const made = new ArdexaClient(
      wear({ url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: wear({ ...AT_ONCE }) }),
    );
    t.after(() => made.close());
    await made.connect();
    const { id: deviceId } = sim.devices[0];
    const solar = { deviceId, table: "solar", source: "inverter-01", field: "AC Power" };
    const gaps = [],
      steps = [],
      updates = [];
    assert.equal((await made.cmd(deviceId, "true", wear({ requestId: "mine", extra: { a: 1 } }))).requestId, "mine");
    assert.equal(received(sim, "device:cmd")[0].a, 1);
    await rejects(made.emitWithAck("nobody", [], wear({ timeoutMs: 20 })), "timeout", { message: /20 ms/ });
    await rejects(made.request("nobody", {}, wear({ timeoutMs: 20 })), "timeout", { message: /20 ms/ });
    assert.equal((await made.doUpgrade(deviceId, wear({ onProgress: (step) => steps.push(step) }))).complete, true);
    assert.ok(steps.length > 0);
    const feed = await made.feed(wear(solar), () => {}, wear({ onGap: (gap) => gaps.push(gap) }));
    assert.deepEqual({ ...feed.request }, solar);
    const series = await made.series(wear(solar), wear({ capacity: 4, onUpdate: () => updates.push(1) }));
    await until(() => series.total > 4 && updates.length > 0, "the series");
    assert.equal(series.length, 4);
    assert.equal(series.minMax(2, wear({ fromMs: 0, toMs: 1 })).length, 6);
    assert.ok(Number.isNaN(series.minMax(2, wear({ fromMs: 0, toMs: 1 }))[1]), "the range was read: it is empty");
    sim.dropAll();
    await until(() => gaps.length === 1, "the gap");
    throws(() => series.minMax(2, wear({ column: 9 })), "invalid-argument", { message: /column/ });
    await rejects(made.cmd(deviceId, "true", wear({ timeoutMs: -1 })), "invalid-argument", { message: /timeoutMs/ });
    const warnings = collect(made, "warning");
    await made.close();
    assert.deepEqual(warnings, []);
  });
}
