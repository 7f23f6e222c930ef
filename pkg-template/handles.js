/** The methods that give no promise: they throw. Every other one rejects. */
const SYNCHRONOUS = new Set([
  "emit", "free", "last", "minMax", "off", "on", "onAny", "onFrame", "once", "reconnectNow", "stats", "times", "values",
  Symbol.asyncIterator,
]);

/** As src/bindings/js/error.js has it. */
const ENTRY = Symbol.for("ardexa-client.entry");

/** What `console.log` of Node, Deno and Bun calls. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * Makes a generated class fit for the public: its members tell by an `ArdexaError` when they are called on something else,
 * it shows itself in logs, and nobody can free its memory, since the garbage collector does.
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
  Object.defineProperty(prototype, "toJSON", { value: guarded(Class, ArdexaError, toJSON, () => ({})), configurable: true, writable: true });
  Object.defineProperty(prototype, INSPECT, { value: inspectable, configurable: true, writable: true });
}

function guarded(Class, ArdexaError, member, refuse) {
  return function entry(...args) {
    // As `within` does, without a closure.
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
 * Runs a part of the public function `entry`: errors that are made meanwhile have a stack that begins at its caller.
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

/** A Proxy of a handle is one too: the module's pointer is an ordinary property. */
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
