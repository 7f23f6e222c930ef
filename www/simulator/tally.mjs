/** Counts by name. Names come from outside, so their number is bounded: further names count as "other". */
const MAX_NAMES = 200;

export class Tally {
  /** @type {Map<string, number>} */
  #counts = new Map();

  /** @param {string} name */
  add(name) {
    const key = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : "other";
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** @returns {Record<string, number>} */
  counts() {
    return Object.fromEntries(this.#counts);
  }
}
