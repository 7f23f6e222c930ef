/**
 * The public API over the generated glue, the same for browsers and Node.
 * @param {object} core the generated glue
 * @param {(source?: unknown) => Promise<void>} init loads the module
 * @param {() => void} check throws where the module is not loaded yet
 */
export function makeApi(core, init, check) {
  class ArdexaClient extends core.ArdexaClient {
    constructor(options) {
      check();
      super(options);
      // Held by this object and not by the module alone, a listener that knows its client can be collected with it.
      Object.defineProperty(this, CALLBACKS, { value: this.handOverCallbacks() });
    }

    // The generated `free` would leave an open connection without an owner.
    free() {
      this.close();
    }
  }
  if (Symbol.dispose) ArdexaClient.prototype[Symbol.dispose] = ArdexaClient.prototype.free;

  // Handles are ended by `stop()` and freed by the garbage collector; nobody has to free them.
  for (const { prototype } of [core.Feed, core.Series, core.FeedIterator]) {
    delete prototype.free;
    if (Symbol.dispose) delete prototype[Symbol.dispose];
  }
  for (const { prototype } of [ArdexaClient, core.Feed, core.Series])
    Object.defineProperty(prototype, INSPECT, { value: inspectable, configurable: true, writable: true });

  async function connect(options) {
    await init();
    const client = new ArdexaClient(options);
    await client.connect();
    return client;
  }

  return { ArdexaClient, connect };
}

const CALLBACKS = Symbol("callbacks");

/** What `console.log` of Node, Deno and Bun calls. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

function inspectable(_depth, options, inspect) {
  return `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
}
