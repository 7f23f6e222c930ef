// The mutants of the folders that exist on wasm32 alone, where cargo-mutants cannot run the tests. It says what to
// change; each changed copy is built into the package, without optimisation, and run against tests/node/api, and those
// missed against what else tests the client in Node.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { inRoot } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { say } from "./progress.mjs";
import { capture } from "./run.mjs";

const TESTS = "tests/node";
const NEAREST = "api";
/** For what the nearest miss: what else is about the client itself, not about the files of an optimised package. */
const OTHERS = ["survival", "hostile"];
/** Of the nearest, the tests that catch most come first, the slowest last. Each mutant is tested until the first failure. */
const FIRST = ["requests", "feed", "series", "generic", "bad-options", "listeners", "lifecycle", "reentrancy"];
const LAST = ["signals", "hot-path", "process", "callbacks-agree"];

/**
 * For one test of the nearest, so that a call that is never answered does not take the whole limit of a mutant. The
 * others have limits of their own.
 */
const TEST_LIMIT = "--test-timeout=60000";
const SHORTEST_LIMIT_MS = 120_000;

/**
 * @typedef {object} Mutant what `cargo mutants --list --json` says
 * @property {string} file
 * @property {string} name
 * @property {string} replacement
 * @property {{ start: Place, end: Place }} span
 *
 * @typedef {{ line: number, column: number }} Place both from 1; columns count characters
 *
 * @typedef {"caught" | "missed" | "timeout" | "unviable"} Outcome
 *
 * @typedef {object} Round
 * @property {string[][]} groups files, in the order of running: `node --test` sorts those of one run
 * @property {string[]} flags of `node --test`
 */

/**
 * @param {object} options
 * @param {string} options.files a glob below the repository's root
 * @param {string[]} options.rest flags for the list of `cargo mutants`, as `--shard`
 * @param {string} options.output the folder for the copy and for the results
 * @param {NodeJS.ProcessEnv} options.env
 * @returns {Promise<Record<Outcome, string[]>>} the names of the mutants
 */
export async function testPackageMutants({ files, rest, output, env }) {
  const mutants = await list(files, rest, env);
  say(`Found ${mutants.length} mutants to test`);
  const copy = join(output, "copy");
  await copyTree(copy);
  const buildEnv = { ...env, CARGO_TARGET_DIR: inRoot("target", "mutants-of-package") };

  /** @type {Record<Outcome, string[]>} */
  const results = { caught: [], missed: [], timeout: [], unviable: [] };
  let left = mutants;
  for (const [at, round] of [await nearest(copy), await others(copy)].entries()) {
    if (at > 0 && left.length)
      say(`What those missed, with ${OTHERS.map((folder) => `${TESTS}/${folder}`).join(" and ")}`);
    /** @type {Mutant[]} */
    const missed = [];
    const limitMs = left.length ? await baseline(copy, round, { env, buildEnv }) : 0;
    for (const mutant of left) {
      const { outcome, line } = await testMutant(copy, mutant, { round, env, buildEnv, limitMs });
      if (outcome === "missed") missed.push(mutant);
      else results[outcome].push(mutant.name);
      if (outcome === "missed" || outcome === "timeout") say(line);
      await appendFile(join(output, "outcomes.txt"), `${line}\n`);
    }
    left = missed;
  }
  results.missed = left.map(({ name }) => name);
  return results;
}

/**
 * How long a mutant may take.
 * @param {string} copy
 * @param {Round} round
 * @param {{ env: NodeJS.ProcessEnv, buildEnv: NodeJS.ProcessEnv }} options
 */
async function baseline(copy, round, { env, buildEnv }) {
  const begun = Date.now();
  if (!(await builds(copy, buildEnv))) throw new Problem("The package does not build even without a mutant.");
  const built = Date.now();
  const { outcome, by } = await runTests(copy, round, env, Infinity);
  if (outcome !== "missed") throw new Problem(`The tests fail even without a mutant: ${by}.`);
  say(`ok       without a mutant in ${seconds(built - begun)} build + ${seconds(Date.now() - built)} test`);
  return Math.max(SHORTEST_LIMIT_MS, 3 * (Date.now() - built));
}

/**
 * @param {string} copy
 * @param {Mutant} mutant
 * @param {{ round: Round, env: NodeJS.ProcessEnv, buildEnv: NodeJS.ProcessEnv, limitMs: number }} options
 */
async function testMutant(copy, mutant, { round, env, buildEnv, limitMs }) {
  const path = join(copy, mutant.file);
  const source = await readFile(path, "utf8");
  const begun = Date.now();
  try {
    await writeFile(path, mutated(source, mutant));
    /** @type {{ outcome: Outcome, by?: string }} */
    let result = { outcome: "unviable" };
    const viable = await builds(copy, buildEnv);
    const built = Date.now();
    if (viable) result = await runTests(copy, round, env, limitMs);
    const times = `${seconds(built - begun)} build + ${seconds(Date.now() - built)} test`;
    const by = result.by ? `: ${result.by}` : "";
    return { ...result, line: `${result.outcome.toUpperCase().padEnd(8)} ${mutant.name} in ${times}${by}` };
  } finally {
    await writeFile(path, source);
  }
}

/** @param {string} files @param {string[]} rest @param {NodeJS.ProcessEnv} env @returns {Promise<Mutant[]>} */
async function list(files, rest, env) {
  const { code, output } = await capture("cargo", ["mutants", "--list", "--json", "-f", files, ...rest], { env });
  if (code !== 0) throw new Problem(`cargo mutants failed with exit code ${code}.`, { details: output });
  return JSON.parse(output.slice(output.indexOf("[")));
}

/** Copies what git has or would add. @param {string} copy */
async function copyTree(copy) {
  const { output } = await capture("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  for (const file of output.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    // A file that git has may have been deleted.
    await cp(inRoot(file), join(copy, file)).catch(() => rm(join(copy, file), { force: true }));
  }
  await symlink(inRoot("node_modules"), join(copy, "node_modules"), "junction");
}

/**
 * The source with one mutant.
 * @param {string} source
 * @param {Pick<Mutant, "replacement" | "span">} mutant
 */
export function mutated(source, { replacement, span }) {
  const lines = source.split("\n");
  /** @param {Place} place */
  const offset = ({ line, column }) =>
    lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) +
    [...lines[line - 1]].slice(0, column - 1).join("").length;
  return source.slice(0, offset(span.start)) + replacement + source.slice(offset(span.end));
}

/** @param {string} copy @param {NodeJS.ProcessEnv} env */
async function builds(copy, env) {
  return (await capture(process.execPath, ["scripts/build.mjs", "--dev"], { env, cwd: copy })).code === 0;
}

/** @param {string} copy @returns {Promise<Round>} */
async function nearest(copy) {
  const files = await testFiles(copy, NEAREST);
  /** @param {string[]} names */
  const named = (names) => names.map((name) => `${TESTS}/${NEAREST}/${name}.test.mjs`);
  const [first, last] = [named(FIRST), named(LAST)];
  const middle = files.filter((file) => !first.includes(file) && !last.includes(file));
  return { groups: [first, middle, last], flags: [TEST_LIMIT] };
}

/** @param {string} copy @returns {Promise<Round>} */
const others = async (copy) => ({
  groups: await Promise.all(OTHERS.map((folder) => testFiles(copy, folder))),
  flags: [],
});

/** @param {string} copy @param {string} folder */
async function testFiles(copy, folder) {
  const files = await readdir(join(copy, TESTS, folder));
  return files.filter((file) => file.endsWith(".test.mjs")).map((file) => `${TESTS}/${folder}/${file}`);
}

/**
 * Runs the tests until the first failure.
 * @param {string} copy
 * @param {Round} round
 * @param {NodeJS.ProcessEnv} env
 * @param {number} limitMs
 * @returns {Promise<{ outcome: "caught" | "missed" | "timeout", by?: string }>} `by`: the failure
 */
async function runTests(copy, { groups, flags }, env, limitMs) {
  const end = Date.now() + limitMs;
  for (const paths of groups) {
    const { outcome, by } = await runFiles(copy, [...flags, ...paths], env, end - Date.now());
    if (outcome !== "missed") return { outcome, by };
  }
  return { outcome: "missed" };
}

/**
 * @param {string} copy
 * @param {string[]} flagsAndPaths
 * @param {NodeJS.ProcessEnv} env
 * @param {number} limitMs
 * @returns {ReturnType<typeof runTests>}
 */
async function runFiles(copy, flagsAndPaths, env, limitMs) {
  const args = ["--expose-gc", "--test", "--test-reporter=tap", "--test-concurrency=2", ...flagsAndPaths];
  const child = spawn(process.execPath, args, { cwd: copy, env, stdio: ["ignore", "pipe", "ignore"], detached: true });
  const closed = once(child, "close");
  const kill = () => {
    // With the processes of the test files.
    if (child.exitCode === null) process.kill(-(/** @type {number} */ (child.pid)), "SIGKILL");
  };
  let isOver = false;
  const timer = Number.isFinite(limitMs) ? setTimeout(() => void ((isOver = true), kill()), limitMs) : undefined;
  /** @type {string | undefined} */
  let failed;
  for await (const line of createInterface({ input: child.stdout })) {
    failed ??= /^\s*not ok \d+ - (.*)/.exec(line)?.[1];
    const type = failed && /^\s*failureType: '(\w+)'/.exec(line)?.[1];
    if (!type) continue;
    isOver ||= type === "testTimeoutFailure";
    kill();
    break;
  }
  const [code] = await closed;
  clearTimeout(timer);
  if (isOver) return { outcome: "timeout", by: failed };
  return code === 0 ? { outcome: "missed" } : { outcome: "caught", by: failed };
}

/** @param {number} ms */
const seconds = (ms) => `${Math.round(ms / 1000)}s`;
