// Shared by the long runs: their duration, random seed and verdict.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { inRoot } from "./paths.mjs";
import { Problem } from "./problem.mjs";

const MOST_MINUTES = 24 * 60;

/**
 * Parses `--minutes N --seed S`. The default seed is random.
 * @param {string[]} words
 * @param {number} minutes the default
 * @returns {{ ms: number, seed: number }}
 */
export function durationFrom(words, minutes) {
  /** @type {{ minutes?: string, seed?: string }} */
  let told;
  try {
    told = parseArgs({ args: words, options: { minutes: { type: "string" }, seed: { type: "string" } } }).values;
  } catch {
    throw new Problem(`${words.join(" ")} is not understood; say --minutes N --seed S, or nothing.`);
  }
  const length = told.minutes === undefined ? minutes : Number(told.minutes);
  if (!(length > 0 && length <= MOST_MINUTES))
    throw new Problem(`--minutes must be a number above 0 and at most ${MOST_MINUTES}, not ${told.minutes}.`);
  if (told.seed !== undefined && !/^\d{1,9}$/.test(told.seed))
    throw new Problem(`--seed must be a whole number of at most 9 digits, not ${told.seed}.`);
  return { ms: length * 60_000, seed: told.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(told.seed) };
}

/** Imports a module of the tests or the package, untyped. @param {...string} parts @returns {Promise<any>} */
export const load = (...parts) => import(pathToFileURL(inRoot(...parts)).href);

/**
 * Prints the outcome of a long run.
 * @param {string} name of the command
 * @param {{ violations: string[], summary: string }} result
 * @param {number} seed
 * @returns {number} the exit code
 */
export function verdict(name, { violations, summary }, seed) {
  process.stdout.write(`\n${summary}\n`);
  for (const violation of violations) process.stdout.write(`✗ ${violation}\n`);
  if (violations.length === 0) process.stdout.write("✓ every invariant held\n");
  else process.stdout.write(`Again: npm run ${name} -- --seed ${seed}\n`);
  return violations.length === 0 ? 0 : 1;
}
