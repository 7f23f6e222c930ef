/** Chance that can be repeated: everything that a test draws follows from its seed, and the seed is printed. */

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

/** Draws from a generator: whole numbers, one of a list, yes or no. @param {() => number} random */
export function draw(random) {
  const int = (from, to) => from + Math.floor(random() * (to - from + 1));
  return { random, int, pick: (list) => list[int(0, list.length - 1)], yes: (share) => random() < share };
}

/**
 * The seed of this run: that of an environment variable, so that a failure can be repeated, else `fallback`.
 * @param {string} variable @param {number} fallback
 */
export function seedFrom(variable, fallback) {
  const told = process.env[variable];
  if (told === undefined || told === "") return fallback;
  if (!/^\d{1,10}$/.test(told)) throw new Error(`${variable} must be a whole number, not ${JSON.stringify(told)}`);
  return Number(told);
}
