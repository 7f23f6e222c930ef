// Whether what a build is made from has changed since the last one.
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "./paths.mjs";

/**
 * The files below a folder, in an order that does not depend on the system; none where it does not exist.
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
 * @param {string[]} files a file that does not exist counts as such
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
