/** Repeatable randomness: everything a test draws follows from its seed, which is printed. */

/**
 * A small seeded generator (mulberry32).
 * @param {number} seed
 * @returns {() => number} numbers in [0, 1)
 */
export function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws integers, list items and booleans from a generator. @param {() => number} random */
export function draw(random) {
  /** @param {number} from @param {number} to inclusive */
  const int = (from, to) => from + Math.floor(random() * (to - from + 1));
  return {
    random,
    int,
    /** @template T @param {readonly T[]} list @returns {T} */
    pick: (list) => list[int(0, list.length - 1)],
    /** @param {number} share the probability of `true` */
    yes: (share) => random() < share,
  };
}

/**
 * The seed of this run: from an environment variable, to repeat a failure, or else `fallback`.
 * @param {string} variable @param {number} fallback
 */
export function seedFrom(variable, fallback) {
  const value = process.env[variable];
  if (value === undefined || value === "") return fallback;
  if (!/^\d{1,10}$/.test(value)) throw new Error(`${variable} must be an integer, not ${JSON.stringify(value)}`);
  return Number(value);
}
