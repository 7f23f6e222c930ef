/** Shared by the survival tests: the built package, a simulator, clients with a diary of events, and waiting. */
import assert from "node:assert/strict";
import { startSimulator } from "../../../../www/simulator/index.mjs";
import { ownPort } from "../../lib/own-port.mjs";
import { ArdexaClient, ArdexaError, connect } from "../../lib/package.mjs";
import { until as wait } from "../../lib/until.mjs";

export { ArdexaClient, ArdexaError, connect, startSimulator };
export { deferred } from "../../lib/until.mjs";

/**
 * @typedef {import("node:test").TestContext} TestContext
 * @typedef {import("ardexa-client").ArdexaClient} Client
 * @typedef {import("ardexa-client").ClientEvents} ClientEvents
 * @typedef {Partial<import("ardexa-client").ClientOptions>} ClientOptions
 * @typedef {Awaited<ReturnType<typeof startSimulator>>} Simulator
 *
 * @typedef {"connect" | "disconnect" | "reconnecting" | "connect_error" | "warning"} EventName
 * @typedef {{name: EventName, at: number}
 *   & Partial<ClientEvents["connect"] & ClientEvents["disconnect"] & ClientEvents["reconnecting"]
 *   & ClientEvents["connect_error"]>} Entry a diary entry with the fields of its event
 */

/** Reconnects almost without delay. */
export const FAST = { minDelayMs: 2, maxDelayMs: 20 };

/** A wait fails with a description of its condition, long before the runner's own limit. */
export const PATIENCE_MS = 30_000;

/**
 * Waits until `condition` holds.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string} [what] for the error; default: the condition's source
 * @returns {Promise<T>}
 */
export const until = (condition, what = String(condition), deadlineMs = PATIENCE_MS) =>
  wait(condition, what, deadlineMs);

/** One turn of the event loop: what must not happen would have happened by then. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** @param {TestContext} t @param {import("../../../../www/simulator/options.mjs").SimulatorOptions} [options] */
export async function simulator(t, options) {
  const port = options?.port ?? (await ownPort());
  const sim = await startSimulator({ commandMs: 0, restartMs: 20, upgradeStepMs: 2, ...options, port });
  t.after(() => sim.close());
  return sim;
}

/**
 * A client that is not connected yet and is closed when the test ends, and its diary of events.
 * @param {TestContext} t @param {ClientOptions & {url: string}} options
 */
export function client(t, options) {
  const made = new ArdexaClient({ workgroup: "demo", token: "secret-token", reconnect: FAST, ...options });
  t.after(() => made.close());
  return { client: made, diary: diaryOf(made) };
}

/**
 * A connected client of a simulator.
 * @param {TestContext} t @param {{url: string, workgroup: string, token: string}} sim @param {ClientOptions} [options]
 */
export async function connected(t, sim, options) {
  const made = client(t, { url: sim.url, workgroup: sim.workgroup, token: sim.token, ...options });
  await made.client.connect();
  return made;
}

/** @type {EventName[]} */
const EVENTS = ["connect", "disconnect", "reconnecting", "connect_error", "warning"];

/** Records all events of a client's connection, in order. @param {Client} made */
export function diaryOf(made) {
  /** @type {Entry[]} */
  const entries = [];
  for (const name of EVENTS) made.on(name, (event) => entries.push({ name, at: performance.now(), ...event }));
  return {
    entries,
    names: () => entries.map((entry) => entry.name),
    /** @param {EventName} name */
    of: (name) => entries.filter((entry) => entry.name === name),
    /** Waits until there are `count` entries of this name. @param {EventName} name @param {number} count */
    count: (name, count) =>
      until(
        () => entries.filter((entry) => entry.name === name).length >= count,
        `${count} × ${name}, got ${entries.map((e) => e.name)}`,
      ),
    clear: () => void (entries.length = 0),
  };
}

/**
 * Asserts that a promise rejects with an ArdexaError of this code and fields, and returns the error.
 * @param {Promise<unknown>} promise @param {import("ardexa-client").ErrorCode} code
 * @param {Partial<import("ardexa-client").ArdexaError>} [fields]
 * @returns {Promise<import("ardexa-client").ArdexaError>}
 */
export async function refused(promise, code, fields = {}) {
  const error = await promise.then(
    (value) => assert.fail(`must reject with ${code}, but resolved with ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  isArdexaError(error, code);
  for (const [name, value] of Object.entries(fields))
    assert.deepEqual(error[name], value, `${name} of: ${error.message}`);
  return error;
}

/**
 * Asserts that a value is an ArdexaError of this code with a message.
 * @param {any} error @param {import("ardexa-client").ErrorCode} code
 */
export function isArdexaError(error, code) {
  assert.ok(error instanceof ArdexaError && error instanceof Error, `an ArdexaError, not ${error}`);
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.length >= 10, `the message is too short: ${error.message}`);
  assert.match(error.stack, /ArdexaError/);
}

/**
 * The events of these names (default: all) that the simulator has received, oldest first.
 * @param {Simulator} sim @param {string[]} events
 */
export const got = (sim, ...events) =>
  sim.received
    .filter(({ event }) => events.length === 0 || events.includes(event))
    .map(({ socketId, event, args }) => ({ socketId, event, payload: /** @type {any} */ (args[0]) }));
