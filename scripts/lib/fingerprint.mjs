// Detects whether a build's inputs have changed since the last build.
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "./paths.mjs";

/**
 * The files below a folder, in a system-independent order; empty if the folder does not exist.
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * @param {string[]} files missing files are recorded as absent
 * @param {string[]} facts
 */
export async function fingerprint(files, facts) {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = await readFile(file).catch(() => undefined);
    hash.update(`${relative(root, file).replaceAll("\\", "/")} ${content?.length ?? "absent"}\n`);
    if (content) hash.update(content);
  }
  for (const fact of facts) hash.update(`${fact}\n`);
  return hash.digest("hex");
}
