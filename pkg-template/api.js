/**
 * The public API over the generated glue, the same for browsers and Node.
 * @param {object} core the generated glue
 * @param {(source?: unknown) => Promise<void>} init loads the module
 * @param {() => void} ready throws where the module is not loaded and cannot be at once
 */
export function makeApi(core, init, ready) {
  class ArdexaClient extends core.ArdexaClient {
    // Held by this object and not by the module alone, a listener that knows its client can be collected with it.
    #callbacks;

    constructor(options) {
      ready();
      super(options);
      // The address of the client in the module. A copy of the object that had it could close this client.
      Object.defineProperty(this, "__wbg_ptr", { enumerable: false });
      this.#callbacks = this.handOverCallbacks();
    }

    // The generated `free` would leave an open connection without an owner.
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
