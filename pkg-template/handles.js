/** @typedef {typeof import("./ardexa_client.js").ArdexaError} ErrorClass */

/** The methods that do not return a promise and so throw. All others reject. */
const SYNCHRONOUS = new Set([
  "emit",
  "free",
  "last",
  "minMax",
  "off",
  "on",
  "onAny",
  "onFrame",
  "once",
  "reconnectNow",
  "stats",
  "times",
  "values",
  Symbol.asyncIterator,
]);

/**
 * The static property of `ArdexaError` that holds the public function in progress: errors created meanwhile have a
 * stack that begins at its caller. The same symbol as in src/bindings/js/error.js.
 */
export const ENTRY = Symbol.for("ardexa-client.entry");

/** The method that `console.log` calls in Node, Deno and Bun. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * Prepares a generated class for the public API: its members fail with an `ArdexaError` when called on another object,
 * it prints readably in logs, and callers cannot free its memory, since the garbage collector does.
 * @param {Function} Class
 * @param {ErrorClass} ArdexaError
 */
export function polish(Class, ArdexaError) {
  const { prototype } = Class;
  delete prototype.free;
  if (Symbol.dispose) delete prototype[Symbol.dispose];
  const { toJSON = () => ({}) } = prototype;
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === "constructor" || key === "__destroy_into_raw") continue;
    const member = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, key));
    const name = String(key);
    const problem = `${name} belongs to ${Class.name} and was used on another object; call it as handle.${name}`;
    const error = () => new ArdexaError(`this: ${problem}`, { code: "invalid-argument" });
    const fail = () => {
      throw error();
    };
    if (member.get) member.get = guarded(Class, ArdexaError, member.get, fail);
    else member.value = guarded(Class, ArdexaError, member.value, SYNCHRONOUS.has(key) ? fail : async () => fail());
    Object.defineProperty(prototype, key, member);
  }
  Object.defineProperty(prototype, "toJSON", {
    value: guarded(Class, ArdexaError, toJSON, () => ({})),
    configurable: true,
    writable: true,
  });
  Object.defineProperty(prototype, INSPECT, { value: inspectable, configurable: true, writable: true });
}

/**
 * @param {Function} Class @param {ErrorClass} ArdexaError @param {Function} member
 * @param {() => unknown} refuse called if `this` is not a handle
 */
function guarded(Class, ArdexaError, member, refuse) {
  const errors = /** @type {{ [ENTRY]?: Function }} */ (ArdexaError);
  /** @this {unknown} @param {unknown[]} args */
  return function entry(...args) {
    const outer = errors[ENTRY];
    errors[ENTRY] = entry;
    try {
      return isHandle(Class, this) ? member.apply(this, args) : refuse();
    } finally {
      errors[ENTRY] = outer;
    }
  };
}

/**
 * A Proxy of a handle also counts as one: the module's pointer is an ordinary property.
 * @param {Function} Class @param {unknown} self
 */
function isHandle(Class, self) {
  try {
    return self instanceof Class && /** @type {any} */ (self).__wbg_ptr > 0;
  } catch {
    return false;
  }
}

/**
 * @this {{ toJSON(): unknown }}
 * @param {number} _depth @param {object} options @param {(value: unknown, options: object) => string} inspect
 */
function inspectable(_depth, options, inspect) {
  return `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
}
