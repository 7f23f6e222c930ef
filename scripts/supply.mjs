// `npm test -- supply`: checks the dependencies. Licences, sources and duplicates come from the lockfiles. Advisories
// come from databases that not every machine can reach; if one is unreachable, the check is reported as skipped.
import { readFile } from "node:fs/promises";
import { ensure } from "./setup.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { bold, dim, green, say, yellow } from "./lib/progress.mjs";
import { capture, npm } from "./lib/run.mjs";

/** cargo-deny's messages when the database is unavailable. */
const NO_DATABASE = /failed to (?:fetch|clone|open|load|acquire).*advisory|failed to fetch advisory database/i;

/** @param {string} what */
const skipped = (what) =>
  say(`  ${yellow("!")} ${bold("not checked:")} ${what}, whose database cannot be reached from this machine`);

/** @param {string} what */
const passed = (what) => say(`  ${green("✓")} ${what}`);

/** @param {NodeJS.ProcessEnv} env @param {string} manifest @param {string[]} checks */
const deny = (env, manifest, checks) =>
  capture(
    "cargo",
    ["deny", "--locked", "--manifest-path", inRoot(manifest), "--config", inRoot("deny.toml"), "check", ...checks],
    { env },
  );

/** @param {NodeJS.ProcessEnv} env */
async function crates(env) {
  for (const manifest of ["Cargo.toml", "fuzz/Cargo.toml"]) {
    const { code, output } = await deny(env, manifest, ["licenses", "bans", "sources"]);
    if (code !== 0) throw new Problem(`${manifest} depends on what deny.toml does not allow.`, { details: output });
    passed(`${manifest}: licences, sources, no crate in two versions`);
  }
  const { code, output } = await deny(env, "Cargo.toml", ["advisories"]);
  if (code === 0) return passed("Cargo.toml: no advisories");
  if (NO_DATABASE.test(output)) return skipped("the advisories about crates");
  throw new Problem("There are advisories about crates that this one depends on.", { details: output });
}

/**
 * Evaluates the report of `npm audit --json`: advisories about packages that consumers install are failures. The other
 * packages are for development only, some deliberately old, and their advisories are only reported.
 * @param {{ vulnerabilities?: Record<string, { name: string, severity: string, range: string }> }} report
 * @param {string[]} published
 */
function judge(report, published) {
  const all = Object.values(report.vulnerabilities ?? {}).map(({ name, severity, range }) => ({
    name,
    text: `${name} ${range}: ${severity}`,
  }));
  return {
    failures: all.filter(({ name }) => published.includes(name)).map(({ text }) => text),
    others: all.filter(({ name }) => !published.includes(name)).map(({ text }) => text),
  };
}

/**
 * Returns the result of `judge`, or `undefined` if the database is unreachable.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} [more] arguments for npm
 */
export async function packages(env, more = []) {
  const { program, args } = npm();
  const { output } = await capture(program, [...args, "audit", "--json", ...more], { env });
  // npm prints warnings before the report.
  const report = JSON.parse(/^\{[\s\S]*^\}/m.exec(output)?.[0] ?? "{}");
  if (!report.auditReportVersion) {
    skipped("the advisories about npm packages");
    return undefined;
  }
  const manifest = JSON.parse(await readFile(inRoot("pkg-template", "package.json"), "utf8"));
  const { failures, others } = judge(report, Object.keys(manifest.dependencies ?? {}));
  for (const text of others) say(dim(`  · for development alone: ${text}`));
  if (failures.length)
    throw new Problem("There are advisories about packages that are published.", { details: failures.join("\n") });
  passed(`no advisories about the published packages; ${others.length} about those for development`);
  return { failures, others };
}

async function main() {
  const env = await ensure({ rust: true, checkers: ["cargo-deny"] });
  await crates(env);
  await packages(env);
}

if (isMain(import.meta.url)) await runMain(main);
