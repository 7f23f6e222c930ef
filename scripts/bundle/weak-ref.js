// A strong reference for platforms without `WeakRef` (Cloudflare Workers with an old compatibility date).
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
