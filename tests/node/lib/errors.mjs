/** Checks that errors of the package have the documented shape. */
import assert from "node:assert/strict";
import { ArdexaError } from "./consumer.mjs";

/** The closed set of codes. */
export const CODES = Object.freeze([
  "aborted",
  "closed",
  "disconnected",
  "invalid-argument",
  "not-connected",
  "protocol",
  "rejected",
  "timeout",
  "too-large",
  "unauthorized",
  "unreachable",
]);

const FIELDS = new Set(["code", "data", "event", "requestId", "cause", "status", "stack", "message"]);

/**
 * Asserts that a thrown value is an ArdexaError of the documented shape with the expected fields.
 * @param {any} error
 * @param {string} [code]
 * @param {{message?: RegExp, data?: unknown, event?: string, requestId?: string | RegExp, cause?: unknown, status?: number}} [expected]
 * @returns {import("ardexa-client").ArdexaError}
 */
export function assertArdexaError(error, code, expected = {}) {
  assert.ok(error instanceof ArdexaError, `not an ArdexaError: ${describe(error)}`);
  assert.ok(error instanceof Error);
  assert.equal(error.name, "ArdexaError");
  assert.equal(Object.prototype.toString.call(error), "[object Error]");
  assert.ok(CODES.includes(error.code), `unknown code ${error.code}`);
  assert.equal(typeof error.message, "string");
  // Readable: several words, and no placeholder left unfilled.
  assert.match(error.message, /\S+ \S+/);
  assert.doesNotMatch(error.message, /undefined|\[object|NaN|null pointer|unreachable executed/);
  assert.equal(typeof error.stack, "string");
  assert.ok(
    error.stack.startsWith(`ArdexaError: ${error.message}`) || error.stack.startsWith(`Error: ${error.message}`),
    error.stack,
  );
  for (const name of Object.getOwnPropertyNames(error))
    assert.ok(FIELDS.has(name), `${name} is not a documented field`);
  for (const name of ["event", "requestId"]) if (name in error) assert.equal(typeof error[name], "string", name);
  if ("status" in error) assert.ok(Number.isInteger(error.status), "status");
  if (code !== undefined) assert.equal(error.code, code, describe(error));
  for (const [name, value] of Object.entries(expected)) {
    if (value instanceof RegExp) assert.match(error[name], value);
    else assert.deepEqual(error[name], value, `${name} of ${describe(error)}`);
  }
  return error;
}

/**
 * Asserts that a promise rejects with an ArdexaError, and returns it.
 * @param {Promise<unknown>} promise @param {string} [code] @param {Parameters<typeof assertArdexaError>[2]} [expected]
 */
export async function rejects(promise, code, expected) {
  assert.ok(promise instanceof Promise, "a method must return a promise, whatever its arguments");
  const outcome = await promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  if (!("error" in outcome)) assert.fail(`should have rejected with ${code}, resolved with ${describe(outcome.value)}`);
  return assertArdexaError(outcome.error, code, expected);
}

/**
 * Asserts that a call throws an ArdexaError, and returns it.
 * @param {() => unknown} call @param {string} [code] @param {Parameters<typeof assertArdexaError>[2]} [expected]
 */
export function throws(call, code, expected) {
  /** @type {{error?: unknown}} */
  const outcome = {};
  try {
    call();
  } catch (error) {
    outcome.error = error;
  }
  if (!("error" in outcome)) assert.fail(`should have thrown ${code}`);
  return assertArdexaError(outcome.error, code, expected);
}

/** @param {any} value */
function describe(value) {
  if (value instanceof Error) return `${value.name} ${/** @type {any} */ (value).code ?? ""}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}
