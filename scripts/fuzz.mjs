// `npm run fuzz`: runs the targets of fuzz/targets/.
//
//   npm run fuzz                                all targets, a minute each
//   npm run fuzz -- --minutes 30 operations     one target, for half an hour
//   npm run fuzz -- --short                     as `npm test` does: from the seeds only, with a fixed random seed
//   npm run fuzz -- --replay FILE scanner       one input, with its output
//   npm run fuzz -- --distil scanner            minimises the corpus of long runs, with the same coverage
//
// Interesting inputs are kept in the cache folder, and the next long run starts from them.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensure } from "./setup.mjs";
import { ensureCompiler } from "./lib/rust.mjs";
import { cacheFolder, exe, inRoot, isMain, root } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { bold, dim, green, say } from "./lib/progress.mjs";
import { capture, step } from "./lib/run.mjs";

const FOLDER = inRoot("fuzz");
const SHORT_SECONDS = 5;

/** An input that exceeds the time or memory limit is a finding. */
const LIMITS = ["-timeout=30", "-rss_limit_mb=2048"];

/** By target: how a frame of tests/vectors becomes a seed. @type {Record<string, (frame: Buffer) => Buffer>} */
const FROM_VECTORS = {
  engine: (frame) => frame,
  socket: (frame) => frame.subarray(1),
  // The first line: a connected session of revision 4 on `/`.
  session: (frame) => Buffer.concat([Buffer.from("\u0001\u0000\u0007\n"), frame]),
  hot_path: (frame) => frame,
};

/** @param {NodeJS.ProcessEnv} env @returns {Promise<string>} the folder of the fuzz programs */
async function build(env) {
  await ensureCompiler();
  if (process.env.CI) await step("fuzz/Cargo.lock", "cargo", ["fetch", "--locked"], { env, cwd: FOLDER });
  const host = /^host: (.*)$/m.exec((await capture("rustc", ["-vV"])).output)?.[1] ?? "";
  const target = inRoot("target", "fuzz");
  // Without a sanitizer stable Rust suffices, and the native core has no `unsafe` for one to check.
  const args = ["--sanitizer", "none", "--fuzz-dir", FOLDER, "--target-dir", target, "--target", host];
  await step("fuzz targets", "cargo", ["fuzz", "build", ...args], { env, cwd: FOLDER });
  return join(target, host, "release");
}

/** @param {string} target */
const seeds = (target) => join(FOLDER, "seeds", target);

/** @param {string} target @returns {Promise<string>} a folder */
async function vectorSeeds(target) {
  const folder = inRoot("build", "fuzz", "vectors", target);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const convert = FROM_VECTORS[target];
  if (!convert) return folder;
  const vectors = inRoot("tests", "vectors");
  for (const name of (await readdir(vectors)).filter((name) => name.endsWith(".json"))) {
    for (const { frame } of JSON.parse(await readFile(join(vectors, name), "utf8"))) {
      const seed = convert(typeof frame === "string" ? Buffer.from(frame) : Buffer.from(frame.hex, "hex"));
      await writeFile(join(folder, createHash("sha1").update(seed).digest("hex")), seed);
    }
  }
  return folder;
}

/**
 * @param {string} program
 * @param {string} target
 * @param {{ seconds: number, short: boolean }} how
 */
async function fuzz(program, target, { seconds, short }) {
  const corpus = short ? inRoot("build", "fuzz", "short", target) : kept(target);
  if (short) await rm(corpus, { recursive: true, force: true });
  const artifacts = join(FOLDER, "artifacts", target);
  for (const folder of [corpus, artifacts]) await mkdir(folder, { recursive: true });
  const dictionary = join(FOLDER, "dictionary.txt");
  const args = [
    ...LIMITS,
    ...(short ? ["-seed=1"] : []),
    ...(target === "operations" ? [] : [`-dict=${dictionary}`]),
    `-max_total_time=${seconds}`,
    `-artifact_prefix=${join(artifacts, "/")}`,
    "-print_final_stats=1",
    ...[corpus, seeds(target), await vectorSeeds(target)].filter(existsSync),
  ];
  const { code, output } = await capture(program, args, { env: { ...process.env, RUST_BACKTRACE: "0" } });
  const artifact = /Test unit written to (\S+)/.exec(output)?.[1];
  if (code !== 0) {
    const said = output.slice(Math.max(0, output.search(/\nthread .* panicked|\n==\d+== ?ERROR/)));
    const replay = `npm run fuzz -- --replay ${relative(root, artifact ?? "FILE")} ${target}`;
    throw new Problem(`The target ${target} found something: see it again with \`${replay}\`.`, {
      details: said.trim().slice(0, 4000),
    });
  }
  const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? "?";
  const edges = [...output.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? "?";
  say(`  ${green("✓")} ${target.padEnd(12)} ${runs.padStart(11)} runs in ${seconds} s ${dim(`${edges} edges`)}`);
}

/** The corpus of long runs. @param {string} target */
const kept = (target) => join(cacheFolder(), "fuzz", target);

/** @param {string} program @param {string} target */
async function distil(program, target) {
  const folder = inRoot("build", "fuzz", "distilled", target);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const from = [kept(target), seeds(target), await vectorSeeds(target)].filter(existsSync);
  const { code, output } = await capture(program, ["-merge=1", ...LIMITS, folder, ...from]);
  if (code !== 0) throw new Problem(`${target} could not be distilled.`, { details: output.slice(-3000) });
  say(`  ${target}: ${(await readdir(folder)).length} files in ${relative(root, folder)}`);
}

/** @param {string} program @param {string} file */
async function replay(program, file) {
  const { code, output } = await capture(program, [resolve(file)], {
    env: { ...process.env, SHOW: "1", RUST_BACKTRACE: "1" },
  });
  say(output.trim());
  if (code !== 0) throw new Problem(`${basename(file)} fails.`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "1" },
      short: { type: "boolean", default: false },
      replay: { type: "string" },
      distil: { type: "boolean", default: false },
    },
  });
  const all = (await readdir(join(FOLDER, "targets")))
    .filter((name) => name.endsWith(".rs"))
    .map((name) => name.slice(0, -3));
  const unknown = positionals.filter((name) => !all.includes(name));
  if (unknown.length) throw new Problem(`No fuzz target is called ${unknown.join(", ")}; there are ${all.join(", ")}.`);
  const seconds = values.short ? SHORT_SECONDS : Math.round(Number(values.minutes) * 60);
  if (!(seconds > 0)) throw new Problem(`--minutes must be a number above zero, and is ${values.minutes}.`);
  if (values.replay !== undefined && positionals.length !== 1)
    throw new Problem("--replay needs the name of the one target whose input the file is.");

  const programs = await build(await ensure({ rust: true, checkers: ["cargo-fuzz"] }));
  for (const target of positionals.length ? positionals : all) {
    const program = join(programs, exe(target));
    if (values.replay !== undefined) await replay(program, values.replay);
    else if (values.distil) await distil(program, target);
    else await fuzz(program, target, { seconds, short: values.short });
  }
  if (!values.distil && values.replay === undefined) say(bold("Nothing was found."));
}

if (isMain(import.meta.url)) await runMain(main);
