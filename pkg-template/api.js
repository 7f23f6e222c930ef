import { ENTRY, polish } from "./handles.js";

/** @typedef {typeof import("./ardexa_client.js")} Glue */
/** @typedef {typeof import("./index.js")} Api */

/**
 * The public API over the generated glue, the same for browsers and Node.
 * @param {Pick<Glue, "ArdexaClient" | "ArdexaError" | "Feed" | "FeedIterator" | "Series">} core the generated glue
 * @param {(source?: unknown) => Promise<void>} init loads the module
 * @param {() => void} ready throws if the module is not loaded and cannot be loaded synchronously
 * @returns {Pick<Api, "ArdexaClient" | "connect">}
 */
export function makeApi(core, init, ready) {
  const { ArdexaError } = core;
  for (const Class of [core.ArdexaClient, core.Feed, core.FeedIterator, core.Series]) polish(Class, ArdexaError);

  class ArdexaClient extends core.ArdexaClient {
    /** @param {import("./index.js").ClientOptions} options */
    constructor(options) {
      ready();
      const outer = Reflect.get(ArdexaError, ENTRY);
      Reflect.set(ArdexaError, ENTRY, new.target);
      try {
        super(options);
      } finally {
        Reflect.set(ArdexaError, ENTRY, outer);
      }
      const callbacks = this.handOverCallbacks();
      // The object holds the listeners too, not only the module, so that a listener that references its client can be
      // collected with it. A function: a copy of the object keeps the original alive, which owns the module's pointer.
      Reflect.set(this, SELF, () => [this, callbacks]);
    }

    /** Closes the client; there is no memory to free. */
    free() {
      this.close();
    }
  }
  if (Symbol.dispose) Reflect.set(ArdexaClient.prototype, Symbol.dispose, ArdexaClient.prototype.free);

  /** @param {import("./index.js").ClientOptions} options */
  async function connect(options) {
    await init();
    const client = new ArdexaClient(options);
    await client.connect();
    return client;
  }

  return { ArdexaClient, connect };
}

const SELF = Symbol("self");
