import { polish, within } from "./handles.js";

/**
 * The public API over the generated glue, the same for browsers and Node.
 * @param {object} core the generated glue
 * @param {(source?: unknown) => Promise<void>} init loads the module
 * @param {() => void} ready throws if the module is not loaded and cannot be loaded synchronously
 */
export function makeApi(core, init, ready) {
  for (const Class of [core.ArdexaClient, core.Feed, core.FeedIterator, core.Series]) polish(Class, core.ArdexaError);

  class ArdexaClient extends core.ArdexaClient {
    constructor(options) {
      ready();
      within(core.ArdexaError, new.target, () => super(options));
      const callbacks = this.handOverCallbacks();
      // The object holds the listeners too, not only the module, so that a listener that references its client can be
      // collected with it. A function: a copy of the object keeps the original alive, which owns the module's pointer.
      this[SELF] = () => [this, callbacks];
    }

    /** Closes the client; there is no memory to free. */
    free() {
      this.close();
    }
  }
  if (Symbol.dispose) ArdexaClient.prototype[Symbol.dispose] = ArdexaClient.prototype.free;

  async function connect(options) {
    await init();
    const client = new ArdexaClient(options);
    await client.connect();
    return client;
  }

  return { ArdexaClient, connect };
}

const SELF = Symbol("self");
