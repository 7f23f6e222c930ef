import { polish, within } from "./handles.js";

/**
 * The public API over the generated glue, the same for browsers and Node.
 * @param {object} core the generated glue
 * @param {(source?: unknown) => Promise<void>} init loads the module
 * @param {() => void} ready throws where the module is not loaded and cannot be at once
 */
export function makeApi(core, init, ready) {
  for (const Class of [core.ArdexaClient, core.Feed, core.FeedIterator, core.Series]) polish(Class, core.ArdexaError);

  class ArdexaClient extends core.ArdexaClient {
    constructor(options) {
      ready();
      within(core.ArdexaError, new.target, () => super(options));
      const callbacks = this.handOverCallbacks();
      // Held by this object and not by the module alone, a listener that knows its client can be collected with it. A
      // function, so that copies of the object keep the object itself, to which the module's pointer in them belongs.
      this[SELF] = () => [this, callbacks];
    }

    /** Nothing needs to be freed; it closes. */
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
