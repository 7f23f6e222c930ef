// Checks that the documents name the sizes of the package as it is built, in KB of 1,000 bytes.
import { readFile } from "node:fs/promises";
import { measureFile, run as measure } from "../benches/size.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

/** Modules of other compiler versions differ by less than this. */
const TOLERANCE = 0.02;

/** @typedef {{ document: string, pattern: RegExp, bytes: number }} Mention `pattern` has the KB as its only group */

/**
 * Returns the mentions that differ from what was measured, or that are not there.
 * @param {Mention[]} mentions
 * @param {(document: string) => Promise<string>} read
 * @returns {Promise<string[]>}
 */
export async function wrongSizes(mentions, read) {
  const wrong = [];
  for (const { document, pattern, bytes } of mentions) {
    const [said, figure] = pattern.exec(await read(document)) ?? [];
    if (said === undefined) wrong.push(`${document} does not say ${pattern.source}`);
    else if (Math.abs(Number(figure) * 1000 - bytes) > TOLERANCE * bytes)
      wrong.push(`${document} says "${said}", but it is ${Math.round(bytes / 1000)} KB`);
  }
  return wrong;
}

/** @returns {Promise<Mention[]>} */
async function mentions() {
  const pkg = inRoot("pkg");
  const { files, total } = await measure({ pkg, quick: false });
  const [wasm, inline, text] = [
    files["ardexa_client_bg.wasm"],
    await measureFile(inRoot("pkg", "inline.js")),
    await measureFile(inRoot("pkg", "node-wasm.cjs")),
  ];
  return [
    { document: "README.md", pattern: /The package is (\d+) KB with brotli/, bytes: total.brotli },
    { document: "docs/comparison.md", pattern: /this package is (\d+) KB, of which/, bytes: total.brotli },
    { document: "docs/comparison.md", pattern: /of which (\d+) KB are the WebAssembly module/, bytes: wasm.brotli },
    { document: "docs/environments.md", pattern: /It is (\d+) KB \(\d+ KB with brotli/, bytes: inline.raw },
    { document: "docs/environments.md", pattern: /\((\d+) KB with brotli; the two/, bytes: inline.brotli },
    { document: "docs/environments.md", pattern: /the two separate files are (\d+) KB/, bytes: total.brotli },
    { document: "CONTRIBUTING.md", pattern: /brotli, base64, (\d+) KB/, bytes: text.raw },
    { document: "CONTRIBUTING.md", pattern: /\((\d+) KB with brotli for the file/, bytes: inline.brotli },
  ];
}

async function main() {
  const all = await mentions();
  const wrong = await wrongSizes(all, (document) => readFile(inRoot(document), "utf8"));
  if (wrong.length)
    throw new Problem(`${wrong.length} sizes in the documents are not those of pkg/.`, { details: wrong.join("\n") });
  say(`  ${all.length} sizes in the documents are those of pkg/.`);
}

if (isMain(import.meta.url)) await runMain(main);
