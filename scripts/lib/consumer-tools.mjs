// What the tests of the packed package need besides the package: bundlers, package checkers, other runtimes. They take
// 1.6 GB, so they are not dependencies of the repository; they are kept in the cache folder, keyed by their lockfile.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { cacheFolder, inRoot } from "./paths.mjs";
import { npm, step } from "./run.mjs";

const LABEL = "bundlers and runtimes";
const FILES = ["package.json", "package-lock.json"];
const STAMP = "complete";
const UNUSED_MS = 14 * 24 * 3600 * 1000;

/** @returns {Promise<string>} the folder with their `node_modules` */
export async function ensureConsumerTools() {
  const hash = createHash("sha256");
  for (const file of FILES) hash.update(await readFile(inRoot("tests", "packaging", file)));
  const all = join(cacheFolder(), "packaging");
  const name = `${hash.digest("hex").slice(0, 12)}-${process.platform}-${process.arch}`;
  const folder = join(all, name);
  if (!existsSync(join(folder, STAMP))) {
    await mkdir(all, { recursive: true });
    await withLock(join(all, `.lock-${name}`), LABEL, async () => {
      if (!existsSync(join(folder, STAMP))) await install(folder);
    });
    await removeUnused(all);
  }
  await utimes(join(folder, STAMP), new Date(), new Date());
  return folder;
}

/** @param {string} folder */
async function install(folder) {
  const fresh = `${folder}.${process.pid}.new`;
  await mkdir(fresh);
  try {
    for (const file of FILES) await cp(inRoot("tests", "packaging", file), join(fresh, file));
    const { program, args } = npm();
    // None needs its install script: each finds its binary in a separate package.
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await step(LABEL, program, [...args, "ci", ...flags], {
      cwd: fresh,
      remedy: () => "The packages of tests/packaging could not be installed; npm's last lines are above.",
    });
    // Imports resolve from this file, which is next to their `node_modules`.
    await writeFile(join(fresh, "load.mjs"), "export const load = (name) => import(name);\n");
    await writeFile(join(fresh, STAMP), "");
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** @param {string} all */
async function removeUnused(all) {
  for (const name of await readdir(all)) {
    if (name.startsWith(".")) continue;
    const used = await stat(join(all, name, STAMP)).then(
      (info) => info.mtimeMs,
      () => undefined,
    );
    if (used !== undefined && Date.now() - used > UNUSED_MS)
      await rm(join(all, name), { recursive: true, force: true });
  }
}
