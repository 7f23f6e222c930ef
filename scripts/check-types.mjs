// The type tests: checks the programs of tests/types against the package as each kind of consumer resolves it, and
// against the contract.
import { mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";
import { inherit } from "./lib/run.mjs";

const FOLDER = inRoot("tests", "types");
const CONTRACT = join(FOLDER, "contract.d.ts");

/** The names that a declaration file exports. @param {string} text */
export const exportedNames = (text) =>
  [...text.matchAll(/^export (?:declare )?(?:function|class|interface|type) (\w+)/gm)].map(([, name]) => name);

/** Makes the package resolvable by name for programs in the folder. */
async function linkPackage() {
  const modules = join(FOLDER, "node_modules");
  const link = join(modules, "ardexa-client");
  await mkdir(modules, { recursive: true });
  await rm(link, { recursive: true, force: true });
  await symlink(inRoot("pkg"), link, "junction");
}

async function checkContract() {
  const contract = await readFile(CONTRACT, "utf8");
  const compared = await readFile(join(FOLDER, "programs", "contract.ts"), "utf8");
  const missing = exportedNames(contract).filter((name) => !new RegExp(`\\b${name}\\b`).test(compared));
  if (missing.length)
    throw new Problem(`tests/types/programs/contract.ts compares no ${missing.join(", ")}: add it there.`);
}

async function main() {
  await linkPackage();
  await checkContract();
  const projects = (await readdir(FOLDER)).filter((name) => /^tsconfig\..+\.json$/.test(name)).sort();
  const tsc = inRoot("node_modules", "typescript", "bin", "tsc");
  const failed = [];
  for (const project of projects) {
    if (await inherit(process.execPath, [tsc, "--noEmit", "-p", join(FOLDER, project)])) failed.push(project);
  }
  if (failed.length) throw new Problem(`The types fail in ${failed.join(", ")}; the compiler's lines are above.`);
  say(`  ${projects.length} kinds of consumer find the right types.`);
}

if (isMain(import.meta.url)) await runMain(main);
