// `npm run bench`: compares the package's cost with socket.io-client and with no client at all. See README.md here.
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { inRoot, isMain } from "../scripts/lib/paths.mjs";
import { Problem, runMain } from "../scripts/lib/problem.mjs";
import { bold, dim, say, span, yellow } from "../scripts/lib/progress.mjs";
import { ensure } from "../scripts/setup.mjs";
import { budgetTable, judge, number, readBudgets, shown } from "./lib/budgets.mjs";
import { chart } from "./lib/chart.mjs";
import { inChild } from "./lib/child.mjs";
import { machine } from "./lib/machine.mjs";
import { render } from "./lib/table.mjs";

export const BENCHES = ["receive", "rpc", "connect", "memory", "browser", "dashboard", "rust", "size"];

/**
 * @typedef {object} BenchOptions
 * @property {boolean} quick
 * @property {string} pkg the folder of the built package
 * @property {string} [against] the folder of another build to measure alongside it
 */

const HELP = `npm run bench -- [${BENCHES.join(" | ")}]… [options]
  --quick          fewer rounds, for a first look
  --check          exit code 1 where a limit of benches/budgets.json is broken
  --json FILE      write everything that was measured
  --svg FILE       write the chart of the README
  --from FILE      measure nothing: take the JSON of an earlier run
  --pkg FOLDER     a package that is built already, in place of pkg/
  --against FOLDER another build, measured beside it: receive and rpc`;

/** @param {string} name */
const load = (name) => import(new URL(`${name}.mjs`, import.meta.url).href);

/** @param {string[]} names @param {BenchOptions} options */
async function measureAll(names, options) {
  /** @type {Record<string, any>} */
  const results = {};
  const told = { when: new Date().toISOString(), quick: options.quick, machine: machine() };
  for (const name of names) {
    const started = Date.now();
    results[name] = await inChild(new URL(`${name}.mjs`, import.meta.url).href, "run", options);
    say(`\n${render((await load(name)).table(results[name]))}`);
    say(dim(`  ${name}: ${span(Date.now() - started)}`));
  }
  return { ...told, results };
}

/** The ratios and sizes that have budgets. @param {Record<string, any>} results */
async function metricsOf(results) {
  const all = await Promise.all(
    Object.entries(results).map(async ([name, result]) => (await load(name)).metrics(result)),
  );
  return Object.assign({}, ...all);
}

async function main() {
  const options = parse();
  if (options.help) return void say(HELP);
  const run = options.from ? JSON.parse(await readFile(options.from, "utf8")) : await measureNow(options);
  const metrics = await metricsOf(run.results);
  if (options.json) await writeFile(options.json, `${JSON.stringify({ ...run, metrics }, undefined, 2)}\n`);
  if (options.svg) await writeFile(options.svg, chart(run));

  const verdicts = judge(await readBudgets(), metrics);
  if (!verdicts.length) return;
  say(`\n${render(budgetTable(verdicts))}`);
  const broken = verdicts.filter(({ kept }) => !kept);
  const list = broken.map((verdict) => {
    const { metric, most, least } = verdict;
    return `${metric} is ${shown(verdict)} and must be ${most === undefined ? `${least} or more` : `${number(most)} or less`}`;
  });
  if (broken.length && options.check)
    throw new Problem(`Limits of benches/budgets.json are broken: ${list.join("; ")}.`);
  if (broken.length)
    say(yellow(`  ${broken.length} of ${verdicts.length} limits are broken; --check makes that a failure.`));
}

/** @param {ReturnType<typeof parse>} options */
async function measureNow({ names, quick, pkg, against }) {
  await ensure({ npm: true });
  const folder = pkg ? resolve(pkg) : (await build(), inRoot("pkg"));
  say(bold(`ardexa-client beside socket.io-client${quick ? ", quickly" : ""}`));
  const { cpu, cores, node } = machine();
  say(dim(`  ${cpu}, ${cores} cores, Node ${node}`));
  return measureAll(names, { quick, pkg: folder, against: against && resolve(against) });
}

function parse() {
  const flag = /** @type {const} */ ({ type: "boolean", default: false });
  const text = /** @type {const} */ ({ type: "string" });
  /** @type {ReturnType<typeof read>} */
  let parsed;
  const read = () =>
    parseArgs({
      allowPositionals: true,
      options: { quick: flag, check: flag, help: flag, json: text, svg: text, from: text, pkg: text, against: text },
    });
  try {
    parsed = read();
  } catch (error) {
    throw new Problem(`${/** @type {Error} */ (error).message}\n${HELP}`);
  }
  const unknown = parsed.positionals.find((name) => !BENCHES.includes(name));
  if (unknown) throw new Problem(`No bench is called ${unknown}; there are ${BENCHES.join(", ")}.`);
  const { positionals, values } = parsed;
  const names = positionals.length ? BENCHES.filter((name) => positionals.includes(name)) : BENCHES;
  if (values.svg && !values.from && !names.includes("receive"))
    throw new Problem("--svg draws what `receive` measures: name it too.");
  return { names, ...values };
}

if (isMain(import.meta.url)) await runMain(main);
