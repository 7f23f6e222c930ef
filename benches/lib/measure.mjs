// Rounds, medians and ratios. Runs in Node and in browsers.

/**
 * @typedef {object} Candidate
 * @property {string} name
 * @property {() => number | Promise<number>} round one measurement
 *
 * @typedef {object} Measured
 * @property {number} median
 * @property {number} low the first quartile
 * @property {number} high the third quartile
 * @property {number[]} rounds
 */

const SETTLE_MS = 100;
const LEAST_ROUNDS = 3;

/**
 * The time spent, in milliseconds: processor time if the platform reports it, since wall-clock time on a busy machine
 * mostly measures other programs. It covers all threads, so it includes garbage collection.
 */
export const spentMs = () => {
  const used = globalThis.process?.cpuUsage?.();
  return used ? (used.user + used.system) / 1000 : performance.now();
};

/**
 * Measures the candidates in turn, round after round, so that other load on the machine affects all of them. Each
 * round starts with a different candidate.
 * @param {Candidate[]} candidates
 * @param {{ rounds: number, warmup: number, mostMs?: number }} options counted rounds, and warm-up rounds before them;
 *   after `mostMs` no further round begins once there are three
 * @returns {Promise<Record<string, Measured>>}
 */
export async function alternate(candidates, { rounds, warmup, mostMs = Infinity }) {
  const started = performance.now();
  /** @type {Map<string, number[]>} */
  const taken = new Map(candidates.map(({ name }) => [name, []]));
  for (let round = -warmup; round < rounds; round++) {
    if (round >= LEAST_ROUNDS && performance.now() - started > mostMs) break;
    for (let n = 0; n < candidates.length; n++) {
      const { name, round: measure } = candidates[(n + round + warmup) % candidates.length];
      const value = await measure();
      if (round >= 0) taken.get(name)?.push(value);
      // Engines compile hot code in the background, which takes a moment on a busy machine.
      else await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  }
  return Object.fromEntries([...taken].map(([name, values]) => [name, summary(values)]));
}

/**
 * The rounds of several processes as one measurement. Where a process's memory lies decides what its caches hold, so
 * processes differ more than the rounds of one do.
 * @param {Array<Record<string, Measured>>} processes the same candidates in each
 * @returns {Record<string, Measured>}
 */
export const joined = (processes) =>
  Object.fromEntries(
    Object.keys(processes[0]).map((name) => [name, summary(processes.flatMap((process) => process[name].rounds))]),
  );

/** @param {number[]} values @returns {Measured} */
export function summary(values) {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75), rounds: values };
}

/**
 * The ratio of `a` to `b`: the median of the ratios of adjacent rounds.
 * @param {Measured | undefined} a
 * @param {Measured | undefined} b
 * @returns {number | undefined} `undefined` if one was not measured
 */
export function ratio(a, b) {
  if (!a || !b) return undefined;
  return quantile(
    a.rounds.map((value, n) => value / b.rounds[n]),
    0.5,
  );
}

/** @param {number[]} values @param {number} part */
function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
