// Measures what a browser loads: the entry file, everything it imports, and the module.
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { inRoot } from "../scripts/lib/paths.mjs";

const THEIRS = inRoot("node_modules", "socket.io-client", "dist", "socket.io.esm.min.js");

/** @typedef {{ raw: number, gzip: number, brotli: number }} Sizes */

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ pkg }) {
  const scripts = await imported(join(pkg, "index.js"));
  const wasm = join(pkg, "ardexa_client_bg.wasm");
  /** @type {Record<string, Sizes>} */
  const files = {};
  for (const file of [wasm, ...scripts]) files[relative(pkg, file).replaceAll("\\", "/")] = await measureFile(file);
  const theirs = await measureFile(THEIRS);
  return { unit: "bytes", files, total: sum(Object.values(files)), theirs };
}

/**
 * The file and everything it imports, without duplicates.
 * @param {string} entry
 * @param {Set<string>} [found]
 */
async function imported(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  const text = await readFile(entry, "utf8");
  for (const [, path] of text.matchAll(/^\s*(?:import|export)\b[^"'`;]*?["'](\.[^"']+)["']/gm))
    await imported(join(dirname(entry), path), found);
  return found;
}

/** Compressed file by file, as a server does. @param {string} file @returns {Promise<Sizes>} */
export async function measureFile(file) {
  const content = await readFile(file);
  // The source map comment is not part of the program.
  const bytes =
    file === THEIRS ? Buffer.from(content.toString("utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "")) : content;
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

/** @param {Sizes[]} all */
const sum = (all) =>
  all.reduce((a, b) => ({ raw: a.raw + b.raw, gzip: a.gzip + b.gzip, brotli: a.brotli + b.brotli }), {
    raw: 0,
    gzip: 0,
    brotli: 0,
  });

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ files, total, theirs }) {
  const row = (/** @type {string} */ name, /** @type {Sizes} */ { raw, gzip, brotli }) => [
    name,
    ...[raw, gzip, brotli].map((bytes) => bytes.toLocaleString("en")),
  ];
  return {
    title: "What a browser loads: bytes, each file as it is published",
    head: ["", "raw", "gzip 9", "brotli 11"],
    groups: [
      {
        name: "ardexa-client",
        rows: [...Object.entries(files).map(([name, file]) => row(name, file)), row("together", total)],
      },
      { name: "socket.io-client, minified", rows: [row(basename(THEIRS), theirs)] },
    ],
  };
}

/** @param {Awaited<ReturnType<typeof run>>} result */
export const metrics = ({ total }) => ({ "KB for a browser, brotli": total.brotli / 1000 });
