// `npm test -- supply`: what the project is made of. Licences, sources and duplicates are told by the lockfiles. Known
// defects are told by databases that not every machine reaches: where they cannot be asked, this says so.
import { readFile } from "node:fs/promises";
import { ensure } from "./setup.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { bold, dim, green, say, yellow } from "./lib/progress.mjs";
import { capture, npm } from "./lib/run.mjs";

/** What cargo-deny says where the database is not to be had. */
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
 * What `npm audit --json` says: of the packages that a consumer gets as well, a finding is a failure; the others run at
 * a desk alone, some of them old on purpose, and are told.
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
 * Answers what `judge` does, or undefined where nobody could be asked.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} [more] for npm
 */
export async function packages(env, more = []) {
  const { program, args } = npm();
  const { output } = await capture(program, [...args, "audit", "--json", ...more], { env });
  // Its warnings stand before the report.
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
