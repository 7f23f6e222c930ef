// `npm test`: runs every check and reports its time; `npm test -- rust node` runs only those.
import { availableParallelism } from "node:os";
import { ensure } from "./setup.mjs";
import { inLanes } from "./lib/lanes.mjs";
import { Turns } from "./lib/output.mjs";
import { exists, STEPS } from "./lib/steps.mjs";
import { isMain } from "./lib/paths.mjs";
import { Problem, report, runMain } from "./lib/problem.mjs";
import { bold, dim, green, red, say, span, yellow } from "./lib/progress.mjs";

/** @typedef {import("./lib/steps.mjs").Step} Step */
/** @typedef {{ name: string, outcome: "passed" | "failed" | "not run" | "absent", ms?: number, why?: string }} Result */

/**
 * The requested steps and those they need, in the order of the list.
 * @param {string[]} names empty for all
 */
function choose(names) {
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length)
    throw new Problem(
      `No test step is called ${unknown.join(", ")}; there are ${STEPS.map((step) => step.name).join(", ")}.`,
    );
  const absent = names.filter((name) => STEPS.some((step) => step.name === name && !exists(step)));
  if (absent.length) throw new Problem(`The folder that ${absent.join(", ")} would test does not exist yet.`);
  const wanted = new Set(names);
  for (const step of [...STEPS].reverse()) if (wanted.has(step.name) && step.needs) wanted.add(step.needs);
  return names.length ? STEPS.filter((step) => wanted.has(step.name)) : STEPS.filter(exists);
}

/** How many steps run at once. More than two would make tests wait for each other's processor time. */
const WIDTH = Math.min(2, availableParallelism());

/** How many of a failed step's last lines are repeated at the end: runners list there what failed. */
const REPEATED_LINES = 100;

/** The combined setup of the steps. @param {Step[]} steps */
function setupOf(steps) {
  return {
    rust: steps.some((step) => step.setup.rust === "checks")
      ? /** @type {const} */ ("checks")
      : steps.some((step) => step.setup.rust),
    npm: steps.some((step) => step.setup.npm),
    tools: steps.some((step) => step.setup.tools),
    checkers: [...new Set(steps.flatMap((step) => step.setup.checkers ?? []))],
    browsers: [...new Set(steps.flatMap((step) => step.setup.browsers ?? []))],
    extras: [...new Set(steps.flatMap((step) => step.setup.extras ?? []))],
  };
}

/** @param {string} title */
const heading = (title) => say(`\n${bold(`── ${title} ${"─".repeat(Math.max(0, 76 - title.length))}`)}`);

/** @param {Step} step @param {NodeJS.ProcessEnv} env @returns {Promise<Result>} */
async function run(step, env) {
  heading(step.title);
  const started = Date.now();
  let failed = false;
  try {
    failed = Boolean(await step.run(env));
  } catch (error) {
    report(error);
    failed = true;
  }
  const ms = Date.now() - started;
  say(failed ? red(`✗ ${step.title} failed after ${span(ms)}`) : green(`✓ ${step.title}: ${span(ms)}`));
  return { name: step.name, outcome: failed ? "failed" : "passed", ms };
}

/** Otherwise the reason of a failure would be far above the summary. @param {string} name @param {string} written */
function repeat(name, written) {
  if (!written) return;
  heading(`${name} failed; its last lines again`);
  say(written.trimEnd().split("\n").slice(-REPEATED_LINES).join("\n"));
}

/** @param {Result[]} results */
function summary(results) {
  heading("summary");
  const colours = { passed: green, failed: red, "not run": red, absent: yellow };
  for (const { name, outcome, ms, why } of results) {
    const time = ms === undefined ? "" : span(ms);
    say(`  ${name.padEnd(14)}${colours[outcome](outcome.padEnd(9))}${time.padStart(12)}  ${dim(why ?? "")}`.trimEnd());
  }
}

async function main() {
  const names = process.argv.slice(2);
  const started = Date.now();
  const steps = choose(names);
  /** @type {Result[]} */
  const results = [];
  if (!names.length) {
    for (const step of STEPS)
      if (!exists(step))
        results.push({ name: step.name, outcome: "absent", why: `no ${step.folders?.join(", ")} yet` });
    if (results.length) say(yellow(`absent: ${results.map((result) => result.name).join(", ")}`));
  }

  heading("set-up");
  const env = await ensure(setupOf(steps));
  say(green(`✓ set-up: ${span(Date.now() - started)}`));

  // A single step keeps the terminal.
  const turns = new Turns();
  const runOne = (/** @type {Step} */ step) =>
    steps.length === 1 ? run(step, env) : turns.run(step.name, () => run(step, env));
  const skip = (/** @type {Step} */ { name, needs }) =>
    /** @type {Result} */ ({ name, outcome: "not run", why: `${needs} failed` });
  results.push(...(await inLanes(steps, WIDTH, runOne, skip)));

  for (const { name, outcome } of results) if (outcome === "failed") repeat(name, turns.writtenBy(name));
  summary(results);
  const bad = results.filter((result) => result.outcome === "failed" || result.outcome === "not run");
  const time = span(Date.now() - started);
  if (bad.length) throw new Problem(`Failed after ${time}: ${bad.map((result) => result.name).join(", ")}.`);
  say(green(`\n✓ All ${steps.length} steps passed in ${time}.`));
}

if (isMain(import.meta.url)) await runMain(main);
