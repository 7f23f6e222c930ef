// `npm run mutants`: breaks the code in one small place at a time and checks whether a test fails.
//
//   npm run mutants                          all of src/, which takes hours
//   npm run mutants -- engine client/feeds   a folder, or a file
//   npm run mutants -- socket --shard 1/4    any other flags of `cargo mutants`
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensure } from "./setup.mjs";
import { testPackageMutants } from "./lib/package-mutants.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { bold, say } from "./lib/progress.mjs";
import { inherit } from "./lib/run.mjs";

/**
 * @typedef {object} Round which tests run
 * @property {string[]} tests cargo's names for the programs
 * @property {string} [only] of these only the tests whose names contain this
 * @property {string[]} [skip] and none whose names contain any of these
 */

/** A module's own tests. @param {string} module @returns {[string, Round]} */
const own = (module) => [module, { tests: ["--lib"], only: `${module}::` }];

const PROTOCOL = { tests: ["--lib", "--test=vectors", "--test=protocol_traps"], skip: ["json::"] };

/**
 * The folders and files of the pure core, each with the tests that catch most of its mutants. Mutants that they miss
 * are run against all tests.
 * @type {Record<string, Round>}
 */
const NEAREST = {
  engine: PROTOCOL,
  socket: PROTOCOL,
  // The crowds take five times as long as all other scenarios, and the tests of JSON more than all other unit tests.
  client: { tests: ["--lib", "--test=scenarios"], skip: ["json::", "crowds", "ten_thousand", "flapping"] },
  ...Object.fromEntries(["json", "device", "series", "base64", "bytes", "index", "sorted", "text", "time"].map(own)),
};

/** @type {Round} */
const ALL = { tests: ["--lib", "--tests"] };

/** What is compiled for the async API, natively: its tests need the simulators of tests/api. */
const ASYNC = ["api", "native", "clock"];
/** @type {Round} */
const OF_ASYNC = { tests: ["--lib", "--test=api"], skip: ["json::"] };
/** Is not compiled natively. */
const ONLY_WASM = "src/api/web.rs";

/** What exists on wasm32 alone is tested in the package. */
const PACKAGE = ["bindings", "runtime"];
/** @param {string} target "bindings", or "runtime/socket" */
const isInPackage = (target) => PACKAGE.includes(target.split("/")[0]);

const AREAS = [...Object.keys(NEAREST), ...ASYNC, ...PACKAGE];

/** Keeps an endless loop caused by a mutant from exhausting the machine's memory. */
const MEMORY_KB = 8_000_000;

const RESULTS = inRoot("build", "mutants");
/** File systems allow 255 bytes. */
const LONGEST_NAME = 200;

/** Shared, so that dependencies are built once although each run works on its own copy. */
const TARGET = process.env.CARGO_TARGET_DIR ?? inRoot("target", "mutants-of-copies");

/**
 * @param {string} target "engine", or "client/feeds"
 * @param {string[]} rest
 * @param {NodeJS.ProcessEnv} env
 */
async function run(target, rest, env) {
  const [area] = target.split("/");
  const path = inRoot("src", target);
  if (!AREAS.includes(area) || !(existsSync(path) || existsSync(`${path}.rs`)))
    throw new Problem(`${target} has no mutants: say any of ${AREAS.join(", ")}, or a part of one, as client/feeds.`);
  const files = existsSync(path) ? `src/${target}/**` : `src/${target}.rs`;
  const name = [target, ...rest].join("-").replaceAll(/[^\w-]+/g, "-");
  const output = join(RESULTS, name.slice(0, LONGEST_NAME));
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });

  if (isInPackage(target)) {
    say(`\n${bold(`src/${target}`)}: in the package, with tests/node/api`);
    const { caught, timeout, missed } = await testPackageMutants({ files, rest, output, env });
    return { caught: caught.length, timeout, missed };
  }
  if (ASYNC.includes(area)) {
    const cloud = await startCloud();
    const args = ["--features", "native", "-e", ONLY_WASM, ...rest];
    await mutate(target, files, [OF_ASYNC], args, output, { ...env, ARDEXA_TEST_CLOUD: cloud.url }).finally(() =>
      cloud.close(),
    );
  } else {
    // A shard of the missed mutants would select different ones, so a shard runs all tests in a single round.
    const rounds = rest.some((word) => word.startsWith("--shard")) ? [ALL] : [NEAREST[area], ALL];
    await mutate(target, files, rounds, rest, output, env);
  }
  return score(output);
}

/**
 * Runs `cargo mutants` once for each round, from the second only for those missed so far.
 * @param {string} target
 * @param {string} files a glob
 * @param {Round[]} rounds
 * @param {string[]} rest
 * @param {string} output
 * @param {NodeJS.ProcessEnv} env
 */
async function mutate(target, files, rounds, rest, output, env) {
  for (const [at, { tests, only, skip = [] }] of rounds.entries()) {
    say(`\n${bold(`src/${target}`)}: ${at === 0 ? `with ${tests.join(" ")}` : "what those missed, with all tests"}`);
    const again = at === 0 ? [] : ["--iterate", ...(await withoutTimeouts(output))];
    // Applied to builds as well as runs, so that nothing else is compiled.
    const chosen = tests.map((test) => `--cargo-arg=${test}`);
    const selected = [...(only ? [only] : []), ...skip.map((name) => `--skip=${name}`)];
    if (selected.length && !rest.includes("--")) selected.unshift("--", "--");
    const args = ["mutants", "-f", files, "-o", output, "-j", "1", "--no-shuffle", ...again, ...chosen, ...rest];
    const code = await limited("cargo", [...args, ...selected], quick(env, at === 0 ? "32" : "128"));
    // 2 and 3: mutants were missed or timed out. Any other code is a failure.
    if (![0, 2, 3].includes(code)) throw new Problem(`cargo mutants failed with exit code ${code}.`);
  }
}

/**
 * Imported here, since `npm run mutants` alone needs it and tests/ has its own types.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
async function startCloud() {
  const { startCloud } = await import(pathToFileURL(inRoot("tests", "api", "cloud.mjs")).href);
  return startCloud();
}

/** Property tests try fewer cases: each mutant is a run. @param {NodeJS.ProcessEnv} env @param {string} cases */
const quick = (env, cases) => ({
  ...env,
  CARGO_TARGET_DIR: TARGET,
  PROPTEST_CASES: process.env.PROPTEST_CASES ?? cases,
});

/** @param {string} program @param {string[]} args @param {NodeJS.ProcessEnv} env */
function limited(program, args, env) {
  if (process.platform === "win32") return inherit(program, args, { env });
  const script = `ulimit -v ${MEMORY_KB}; exec "$0" "$@"`;
  return inherit("sh", ["-c", script, program, ...args], { env });
}

/**
 * The arguments that leave out the mutants that ran into the clock: all tests would take as long again to do so.
 * @param {string} output
 */
async function withoutTimeouts(output) {
  const timeouts = await lines(output, "mutants.out", "timeout.txt");
  return timeouts.flatMap((name) => ["--exclude-re", `^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`]);
}

/** @param {string[]} names of a list of cargo-mutants' results */
async function lines(...names) {
  return (await readFile(join(...names), "utf8").catch(() => "")).split("\n").filter(Boolean);
}

/** @param {string} output the folder of cargo-mutants' results: the second run, with the first next to it */
async function score(output) {
  /** @param {string} list */
  const ofBoth = async (list) => [
    ...new Set([...(await lines(output, "mutants.out.old", list)), ...(await lines(output, "mutants.out", list))]),
  ];
  return {
    caught: (await ofBoth("caught.txt")).length,
    timeout: await ofBoth("timeout.txt"),
    missed: await lines(output, "mutants.out", "missed.txt"),
  };
}

async function main() {
  const given = process.argv.slice(2);
  const first = given.findIndex((word) => word.startsWith("-"));
  const named = first < 0 ? given : given.slice(0, first);
  const targets = named.length ? named : AREAS;
  const rest = first < 0 ? [] : given.slice(first);
  // Inherited by everything that this starts.
  setPriority(constants.priority.PRIORITY_LOW);
  const env = await ensure({ rust: true, npm: true, tools: targets.some(isInPackage), checkers: ["cargo-mutants"] });
  const [missed, hung, table] = [[], [], []].map((list) => /** @type {string[]} */ (list));
  for (const target of targets) {
    const found = await run(target, rest, env);
    missed.push(...found.missed);
    hung.push(...found.timeout);
    const all = found.caught + found.timeout.length + found.missed.length;
    table.push(`  ${target.padEnd(20)} ${found.caught} of ${all} caught, ${found.timeout.length} ran into the clock`);
  }
  say(`\n${table.join("\n")}`);
  if (hung.length) say(`\nEndless, or starved by a busy machine:\n  ${hung.join("\n  ")}`);
  if (missed.length)
    say(`\nNo test saw these; tests/mutants.md says why where that is right:\n  ${missed.join("\n  ")}`);
}

if (isMain(import.meta.url)) await runMain(main);
