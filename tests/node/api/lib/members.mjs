/** The methods that a class of the package offers, for tests that must know all of them. */

/** Methods that are not for callers. */
const INTERNAL = new Set(["constructor", "free", "toJSON", "handOverCallbacks", "__destroy_into_raw"]);
const INTERNAL_SYMBOLS = new Set([Symbol.dispose, Symbol.for("nodejs.util.inspect.custom")]);

/**
 * The names of the methods of an instance, sorted; a missing entry in a test's list is then an error.
 * @param {object} prototype
 * @returns {string[]}
 */
export function methodsOf(prototype) {
  const names = new Set();
  for (let holder = prototype; holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
    for (const name of Reflect.ownKeys(holder)) {
      if (typeof name === "symbol" ? INTERNAL_SYMBOLS.has(name) : INTERNAL.has(name)) continue;
      if (typeof Object.getOwnPropertyDescriptor(holder, name).value === "function") names.add(String(name));
    }
  }
  return [...names].sort();
}
