// For platforms without `WeakRef` (Cloudflare Workers of an old compatibility date): one that holds on to its object.
class Held {
  #held;

  /** @param {unknown} held */
  constructor(held) {
    this.#held = held;
  }

  deref() {
    return this.#held;
  }
}

const { WeakRef = Held } = globalThis;
export { WeakRef };
