/** What the survival tests share: the built package, a simulator, clients with a diary, and waiting for conditions. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { startSimulator } from "../../../../www/simulator/index.mjs";
import { ArdexaClient, ArdexaError, connect } from "../../../../pkg/node.js";

export { ArdexaClient, ArdexaError, connect, startSimulator };

/** Reconnection without the waiting that a person would want. */
export const FAST = { minDelayMs: 2, maxDelayMs: 20 };

/** A wait that is in vain ends with what was waited for, long before the runner's own limit. */
export const PATIENCE_MS = 30_000;

/**
 * Waits until `condition` holds.
 * @param {() => unknown} condition @param {string} [what] for the error; default: the condition's own text
 */
export async function until(condition, what = String(condition), deadlineMs = PATIENCE_MS) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** One turn of the event loop, for what must not happen and would have happened by then. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** @param {import("node:test").TestContext} t @param {import("../../../../www/simulator/options.mjs").SimulatorOptions} [options] */
export async function simulator(t, options) {
  const sim = await startSimulator({ commandMs: 0, restartMs: 20, upgradeStepMs: 2, ...options });
  t.after(() => sim.close());
  return sim;
}

/** A client that is closed when the test is over, and its diary of events. Not connected yet. */
export function client(t, options) {
  const made = new ArdexaClient({ workgroup: "demo", token: "secret-token", reconnect: FAST, ...options });
  t.after(() => made.close());
  return { client: made, diary: diaryOf(made) };
}

/** A connected client of a simulator. */
export async function connected(t, sim, options) {
  const made = client(t, { url: sim.url, workgroup: sim.workgroup, token: sim.token, ...options });
  await made.client.connect();
  return made;
}

const EVENTS = ["connect", "disconnect", "reconnecting", "connect_error", "warning"];

/** Everything that a client says of its connection, in order: `{name, at, …the event's own fields}`. */
export function diaryOf(told) {
  const entries = [];
  for (const name of EVENTS) told.on(name, (event) => entries.push({ name, at: performance.now(), ...event }));
  return {
    entries,
    names: () => entries.map((entry) => entry.name),
    of: (name) => entries.filter((entry) => entry.name === name),
    /** Waits until there are `count` of these. */
    count: (name, count) =>
      until(
        () => entries.filter((entry) => entry.name === name).length >= count,
        `${count} × ${name}, got ${entries.map((e) => e.name)}`,
      ),
    clear: () => void (entries.length = 0),
  };
}

/** Asserts that a promise rejects with an ArdexaError of this code; answers the error. */
export async function refused(promise, code, fields = {}) {
  const error = await promise.then(
    (value) => assert.fail(`must reject with ${code}, but gave ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  isArdexaError(error, code);
  for (const [name, value] of Object.entries(fields))
    assert.deepEqual(error[name], value, `${name} of: ${error.message}`);
  return error;
}

/** Asserts that a value is an ArdexaError of this code, with words. */
export function isArdexaError(error, code) {
  assert.ok(error instanceof ArdexaError && error instanceof Error, `an ArdexaError, not ${error}`);
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.length >= 10, `an error says what happened: ${error.message}`);
  assert.match(error.stack, /ArdexaError/);
}

/** A port on which nobody listens. */
export async function deadUrl() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** The requests that the simulator has got of these events, with their ids, oldest first. */
export const got = (sim, ...events) =>
  sim.received
    .filter(({ event }) => events.length === 0 || events.includes(event))
    .map(({ socketId, event, args }) => ({ socketId, event, payload: args[0] }));

/** A promise and its two ends. */
export function deferred() {
  let resolve, reject;
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
