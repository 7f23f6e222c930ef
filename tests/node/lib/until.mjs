/** Waits for conditions, never for a fixed time. */
import { setTimeout as sleep } from "node:timers/promises";

/** Ample on a busy machine, but shorter than the test's limit, so the error says what was waited for. */
const DEADLINE_MS = 20_000;

/**
 * @typedef {import("ardexa-client").ArdexaClient} Client
 * @typedef {import("ardexa-client").ClientEvents} Events
 */

/** For `test(name, LIMIT, …)`, so that a single test cannot hang the file. */
export const LIMIT = { timeout: 30_000 };

/**
 * Waits until `condition` returns a truthy value, and returns it.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string} [what] for the message
 * @returns {Promise<T>}
 */
export async function until(condition, what = String(condition), deadlineMs = DEADLINE_MS) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`no result after ${deadlineMs} ms: ${what}`);
    await sleep(2);
  }
}

/**
 * Resolves with the next payload of an event that passes `filter`.
 * @template {keyof Events} K
 * @param {Client} client @param {K} event
 * @param {(payload: Events[K]) => boolean} [filter] @param {number} [deadlineMs]
 * @returns {Promise<Events[K]>}
 */
export function next(client, event, filter = () => true, deadlineMs = DEADLINE_MS) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(reject, new Error(`no result after ${deadlineMs} ms: ${event}`)), deadlineMs);
    const stop = client.on(event, (payload) => {
      if (filter(payload)) done(resolve, payload);
    });
    function done(settle, value) {
      clearTimeout(timer);
      stop();
      settle(value);
    }
  });
}

/**
 * Collects every payload of an event from now on.
 * @template {keyof Events} K
 * @param {Client} client @param {K} event
 * @returns {Events[K][]}
 */
export function collect(client, event) {
  /** @type {Events[K][]} */
  const all = [];
  client.on(event, (payload) => all.push(payload));
  return all;
}

/**
 * A promise with its two functions.
 * @template [T=any]
 * @returns {{promise: Promise<T>, resolve: (value?: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void}}
 */
export function deferred() {
  let resolve, reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
