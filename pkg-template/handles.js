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

/** The same symbol as in src/bindings/js/error.js. */
const ENTRY = Symbol.for("ardexa-client.entry");

/** The method that `console.log` calls in Node, Deno and Bun. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * Prepares a generated class for the public API: its members fail with an `ArdexaError` when called on another object,
 * it prints readably in logs, and callers cannot free its memory, since the garbage collector does.
 * @param {Function} Class
 * @param {typeof Error} ArdexaError
 */
export function polish(Class, ArdexaError) {
  const { prototype } = Class;
  delete prototype.free;
  if (Symbol.dispose) delete prototype[Symbol.dispose];
  const { toJSON = () => ({}) } = prototype;
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === "constructor" || key === "__destroy_into_raw") continue;
    const member = Object.getOwnPropertyDescriptor(prototype, key);
    const problem = `${String(key)} belongs to ${Class.name} and was used on something else; write handle.${String(key)}`;
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

function guarded(Class, ArdexaError, member, refuse) {
  return function entry(...args) {
    // The same as `within`, without a closure.
    const outer = ArdexaError[ENTRY];
    ArdexaError[ENTRY] = entry;
    try {
      return isHandle(Class, this) ? member.apply(this, args) : refuse();
    } finally {
      ArdexaError[ENTRY] = outer;
    }
  };
}

/**
 * Runs part of the public function `entry`. Errors created meanwhile have a stack that begins at its caller.
 * @param {typeof Error} ArdexaError @param {Function} entry @param {() => any} run
 */
export function within(ArdexaError, entry, run) {
  const outer = ArdexaError[ENTRY];
  ArdexaError[ENTRY] = entry;
  try {
    return run();
  } finally {
    ArdexaError[ENTRY] = outer;
  }
}

/** A Proxy of a handle also counts as one: the module's pointer is an ordinary property. */
function isHandle(Class, self) {
  try {
    return self instanceof Class && self.__wbg_ptr > 0;
  } catch {
    return false;
  }
}

function inspectable(_depth, options, inspect) {
  return `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
}
