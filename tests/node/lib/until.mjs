/** Waiting for conditions, never for a time. */
import { setTimeout as sleep } from "node:timers/promises";

/** Far above what a busy machine needs, below the test's own limit, so that a wait in vain says what it waited for. */
const DEADLINE_MS = 20_000;

/** For `test(name, LIMIT, …)`: no single test may hang the file. */
export const LIMIT = { timeout: 30_000 };

/**
 * Waits until `condition` gives something truthy, and gives that.
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
    if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await sleep(2);
  }
}

/** The next payload of an event that passes `filter`. */
export function next(client, event, filter = () => true, deadlineMs = DEADLINE_MS) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(reject, new Error(`waited ${deadlineMs} ms in vain for ${event}`)), deadlineMs);
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

/** Every payload of an event from now on. */
export function collect(client, event) {
  const all = [];
  client.on(event, (payload) => all.push(payload));
  return all;
}

/** A promise with its two ends. */
export function deferred() {
  let resolve, reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
