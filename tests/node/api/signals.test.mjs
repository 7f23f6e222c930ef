// One AbortSignal for many calls: a single listener, none once they have settled, and a constant cost per call.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { spentMs } from "../../../benches/lib/measure.mjs";
import { client } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";

const MANY = 20_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const listeners = (signal) => getEventListeners(signal, "abort").length;

/** A connected client; the test sends the server's replies. */
async function silent(t) {
  /** @type {{ name: string, requestId: string }[]} */
  const asked = [];
  const cloud = scriptedCloud({
    onEvent: (_socket, name, payload) => void asked.push({ name, requestId: payload?.requestId }),
  });
  const made = client(t, cloud, { webSocket: cloud.webSocket, timeoutMs: Infinity });
  await made.connect();
  const answer = ({ name, requestId }) =>
    cloud.socket.event(
      `${name}:rpc`,
      name === "device:feed" ? { requestId, feedId: `feed-${requestId}` } : { requestId, complete: true },
    );
  return { cloud, client: made, asked, answer };
}

/** A call of every kind. */
const CALLS = [
  (made, options) => made.cmd("d", "true", options),
  (made, options) => made.sendArdpkg("d", options),
  (made, options) => made.testConfig("d", {}, options),
  (made, options) => made.doUpgrade("d", options),
  (made, options) => made.request("pending", {}, options),
  (made, options) => made.emitWithAck("pending", [{}], options),
  (made, options) => made.feed({ deviceId: "d", table: "t", source: `s${Math.random()}` }, options),
  (made, options) => made.series({ deviceId: "d", table: "t", source: `s${Math.random()}` }, options),
];

test("more than ten requests on one signal: one listener and no warning from Node", LIMIT, async (t) => {
  const { client: made } = await silent(t);
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning.name);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const control = new AbortController();
  const calls = Array.from({ length: 5 }, () => CALLS.map((call) => call(made, { signal: control.signal }))).flat();
  assert.equal(calls.length, 40);
  await turn();
  assert.deepEqual(warnings, []);
  assert.equal(listeners(control.signal), 1);
  control.abort("enough");
  for (const call of calls) await rejects(call, "aborted", { cause: "enough" });
  assert.deepEqual([listeners(control.signal), made.stats().openRequests], [0, 0]);
  assert.deepEqual(warnings, []);
});

test("the listener stays until the last call settles, and is added again with the next one", LIMIT, async (t) => {
  const { client: made, asked, answer } = await silent(t);
  const { signal } = new AbortController();
  for (let round = 0; round < 3; round++) {
    const calls = Array.from({ length: 12 }, () => made.request("pending", {}, { signal }));
    await until(() => asked.length === 12, "the requests");
    for (const [at, one] of asked.splice(0).entries()) {
      assert.equal(listeners(signal), 1, `${at} of 12 have settled`);
      answer(one);
    }
    await Promise.all(calls);
    assert.equal(listeners(signal), 0);
  }
});

test("settled calls stay settled; the others are aborted in the order of their calls", LIMIT, async (t) => {
  const { client: made, asked, answer } = await silent(t);
  const control = new AbortController();
  const order = [];
  const calls = Array.from({ length: 20 }, (_, at) =>
    made.request("pending", {}, { signal: control.signal }).then(
      () => "answered",
      ({ code }) => (order.push(at), code),
    ),
  );
  await until(() => asked.length === 20, "the requests");
  for (const [at, one] of asked.entries()) if (at % 2) answer(one);
  control.abort();
  assert.deepEqual(
    await Promise.all(calls),
    calls.map((_, at) => (at % 2 ? "answered" : "aborted")),
  );
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.equal(listeners(control.signal), 0);
});

test("a call with the signal inside its abort event rejects immediately", LIMIT, async (t) => {
  const { cloud, client: made } = await silent(t);
  const control = new AbortController();
  let late;
  control.signal.addEventListener(
    "abort",
    () => void (late = made.request("pending", {}, { signal: control.signal })),
    { once: true },
  );
  const first = made.request("pending", {}, { signal: control.signal });
  await until(() => cloud.socket.requests("pending").length === 1, "the first request");
  control.abort("mine");
  await Promise.all([first, late].map((call) => rejects(call, "aborted", { cause: "mine" })));
  await turn();
  assert.equal(cloud.socket.requests("pending").length, 1);
  assert.equal(listeners(control.signal), 0);
});

test("two clients and one signal: each removes its own listener", LIMIT, async (t) => {
  const [one, two] = [await silent(t), await silent(t)];
  const control = new AbortController();
  const calls = [one, two].flatMap(({ client: made }) =>
    Array.from({ length: 6 }, () => made.request("pending", {}, { signal: control.signal })),
  );
  assert.ok(listeners(control.signal) <= 2);
  const closed = calls.slice(0, 6).map((call) => rejects(call, "closed"));
  await one.client.close();
  await Promise.all(closed);
  assert.equal(listeners(control.signal), 1);
  control.abort();
  for (const call of calls.slice(6)) await rejects(call, "aborted");
  assert.equal(listeners(control.signal), 0);
});

test("a signal is garbage-collected once its calls have settled, or if its calls are abandoned", LIMIT, async (t) => {
  const { client: made, asked, answer } = await silent(t);
  const refs = [];
  await (async () => {
    const { signal } = new AbortController();
    refs.push(new WeakRef(signal));
    const calls = Array.from({ length: 12 }, () => made.request("pending", {}, { signal }));
    await until(() => asked.length === 12, "the requests");
    asked.splice(0).forEach(answer);
    await Promise.all(calls);
  })();
  await (async () => {
    const { signal } = new AbortController();
    refs.push(new WeakRef(signal));
    const calls = Array.from({ length: 12 }, () => made.request("pending", {}, { signal }));
    await made.close();
    for (const call of calls) await rejects(call, "closed");
  })();
  await until(async () => {
    globalThis.gc?.();
    return refs.every((ref) => ref.deref() === undefined);
  }, "both to be collected");
});

test(
  `aborting ${MANY} calls by one signal takes no longer than by one signal each`,
  { timeout: 120_000 },
  async (t) => {
    /** Processor time to call and to abort, in milliseconds: one listener per call makes both expensive. */
    const measure = async (signals, abort) => {
      const { client: made } = await silent(t);
      const before = spentMs();
      const calls = Array.from({ length: MANY }, (_, at) =>
        made.request("pending", {}, { signal: signals(at) }).catch(({ code }) => code),
      );
      assert.equal(made.stats().openRequests, MANY);
      abort();
      const codes = await Promise.all(calls);
      const tookMs = spentMs() - before;
      assert.ok(codes.every((code) => code === "aborted"));
      await made.close();
      return tookMs;
    };
    const byOne = () => {
      const control = new AbortController();
      return measure(
        () => control.signal,
        () => control.abort(),
      );
    };
    const byTheirOwn = () => {
      const controls = Array.from({ length: MANY }, () => new AbortController());
      return measure(
        (at) => controls[at].signal,
        () => controls.forEach((control) => control.abort()),
      );
    };
    t.mock.method(process, "emitWarning", () => {}); // the first test covers Node's warning about many listeners
    // Otherwise most of the time would go into the stacks of the errors, which are the same in number for both.
    const { stackTraceLimit } = Error;
    t.after(() => (Error.stackTraceLimit = stackTraceLimit));
    Error.stackTraceLimit = 0;
    const rounds = [];
    for (let n = 0; n < 2; n++) rounds.push([await byOne(), await byTheirOwn()]);
    const [one, own] = [0, 1].map((at) => Math.min(...rounds.map((round) => round[at])));
    t.diagnostic(`one signal ${one.toFixed(0)} ms, one each ${own.toFixed(0)} ms`);
    assert.ok(one < 2 * own, `one signal ${one.toFixed(0)} ms, one each ${own.toFixed(0)} ms`);
  },
);
