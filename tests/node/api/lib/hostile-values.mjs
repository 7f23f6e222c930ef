/** Values that a hostile caller passes. */
import { assertArdexaError } from "../../lib/errors.mjs";

export const noop = () => {};
export const SOLAR = Object.freeze({ deviceId: "d", table: "t", source: "s" });
export const GOOD = Object.freeze({ url: "http://127.0.0.1:9", workgroup: "w", token: "t" });
export const thrown = new Error("thrown by the test");

/**
 * A copy of an object with an added getter.
 * @template {object} T @param {T} object @param {string} name @param {() => unknown} get
 * @returns {T & Record<string, any>}
 */
export const withGetter = (object, name, get) =>
  Object.defineProperty({ ...object }, name, { get, enumerable: true, configurable: true });

/** A proxy whose given traps throw. @template {object} T @param {T} target @param {...string} traps @returns {T} */
export const trapped = (target, ...traps) =>
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

/** A revoked proxy. @template {object} T @param {T} target @returns {T} */
export function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** The result of a call, or its error, which must be an ArdexaError. @param {() => unknown} call */
export async function settles(call) {
  let promise;
  try {
    promise = call();
  } catch (error) {
    return assertArdexaError(error);
  }
  return Promise.resolve(promise).catch((error) => assertArdexaError(error));
}

/**
 * An object with the interface of an AbortSignal.
 * @param {{aborted?: () => any, add?: (listener: (event?: object) => void) => unknown,
 *   remove?: (listener: unknown) => unknown}} methods
 * @returns {AbortSignal}
 */
export function likeSignal({ aborted = () => false, add = noop, remove = noop }) {
  return /** @type {AbortSignal} */ ({
    get aborted() {
      return aborted();
    },
    reason: undefined,
    addEventListener: (_type, listener) => add(listener),
    removeEventListener: (_type, listener) => remove(listener),
  });
}
