// The rules of the core, checked on the source: no JavaScript outside src/web, and arrows between the folders that
// point one way: web → client → {device, series, socket} → engine. And those between the files of src/js.
import { readFile } from "node:fs/promises";
import { basename, relative } from "node:path";
import { codeOnly, cratePaths } from "./lib/rust-source.mjs";
import { filesBelow } from "./lib/fingerprint.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

/** What each folder may use of the crate. A name that is not here, such as a re-export of the root's, is refused. */
const MAY_USE = /** @type {Record<string, string[]>} */ ({
  engine: ["engine", "time", "json"],
  socket: ["socket", "engine", "time", "json", "sorted", "text"],
});

/** What the folders that are not so strict must not use. */
const MUST_NOT_USE = /** @type {Record<string, string[]>} */ ({
  device: ["engine", "socket", "client", "web"],
  series: ["engine", "socket", "client", "web"],
  client: ["web"],
  time: ["engine", "socket", "device", "series", "client", "web"],
  json: ["engine", "socket", "device", "series", "client", "web"],
  sorted: ["engine", "socket", "device", "series", "client", "web"],
  bytes: ["engine", "socket", "device", "series", "client", "web"],
  text: ["engine", "socket", "device", "series", "client", "web"],
  index: ["engine", "socket", "device", "series", "client", "web"],
});

/** What each file of src/js may import; one that is not here is refused. */
const MAY_IMPORT = /** @type {Record<string, string[]>} */ ({
  error: [],
  platform: [],
  options: ["error"],
  feed: ["error", "options"],
  listeners: ["error", "options", "platform"],
  port: ["error", "options", "feed", "listeners", "platform"],
});

const JAVASCRIPT = /\b(wasm_bindgen(?:_futures)?|serde_wasm_bindgen|js_sys|web_sys|gloo\w*)\b/;

/**
 * What is wrong with one source file.
 * @param {string} path relative to src/, with forward slashes
 * @param {string} source
 * @returns {string[]} "path:line: what"
 */
export function violations(path, source) {
  const code = codeOnly(source);
  const parts = path.replace(/\.rs$/, "").split("/");
  const modulePath = parts.at(-1) === "mod" ? parts.slice(0, -1) : parts;
  const home = modulePath[0];
  if (home === "web") return [];

  const wrong = code.split("\n").flatMap((line, index) => {
    const name = JAVASCRIPT.exec(line)?.[1];
    return name ? [`src/${path}:${index + 1}: ${name} outside src/web`] : [];
  });
  if (home === "lib") return wrong;

  for (const { module, line } of cratePaths(code, modulePath)) {
    const allowed = MAY_USE[home]?.includes(module) ?? !MUST_NOT_USE[home]?.includes(module);
    if (!allowed) wrong.push(`src/${path}:${line}: ${home} uses ${module}`);
  }
  return wrong;
}

/**
 * The same for a file of src/js.
 * @param {string} name without its ending
 * @param {string} source
 * @returns {string[]}
 */
export function importViolations(name, source) {
  const allowed = MAY_IMPORT[name];
  if (!allowed) return [`src/js/${name}.js: is not in the map`];
  const imported = [...source.matchAll(/\bfrom\s+["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g)].map(([, from, bare]) => from ?? bare);
  return imported
    .filter((path) => !allowed.some((other) => path === `./${other}.js`))
    .map((path) => `src/js/${name}.js: imports ${path}`);
}

async function main() {
  const all = await filesBelow(inRoot("src"));
  const files = all.filter((file) => file.endsWith(".rs"));
  const wrong = [];
  for (const file of files) {
    const path = relative(inRoot("src"), file).replaceAll("\\", "/");
    wrong.push(...violations(path, await readFile(file, "utf8")));
  }
  const scripts = all.filter((file) => file.endsWith(".js"));
  for (const file of scripts) wrong.push(...importViolations(basename(file, ".js"), await readFile(file, "utf8")));
  if (wrong.length) {
    throw new Problem(
      `${wrong.length} uses go against the architecture; move the code, or the rule in scripts/check-architecture.mjs.`,
      {
        details: wrong.join("\n"),
      },
    );
  }
  say(`  ${files.length + scripts.length} source files keep to the architecture.`);
}

if (isMain(import.meta.url)) await runMain(main);
