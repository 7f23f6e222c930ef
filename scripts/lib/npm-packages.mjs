// Installs npm packages from the lockfile, and again only when the lockfile has changed.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { npm, step } from "./run.mjs";
import { Problem } from "./problem.mjs";

/**
 * @param {string} [folder] one with a package.json and a lockfile; default: the repository's root
 * @param {string} [label]
 */
export async function ensurePackages(folder = root, label = "npm packages") {
  const stampFile = join(folder, "node_modules", ".ardexa-stamp");
  const wanted = stamp(folder);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;

  const { program, args } = npm();
  await step(label, program, [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    remedy: (output) =>
      /EBADENGINE/.test(output)
        ? "A package needs another version of Node; its name is above."
        : "The npm packages could not be installed; npm's last lines are above.",
  });
  writeFileSync(stampFile, wanted);
}

/** Some packages contain binaries for one platform, so the lockfile is not enough. */
function stamp(/** @type {string} */ folder) {
  let lock;
  try {
    lock = readFileSync(join(folder, "package-lock.json"));
  } catch {
    throw new Problem("package-lock.json is missing: this is not a complete copy of the repository; clone it again.");
  }
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform} ${process.arch}\n`;
}
