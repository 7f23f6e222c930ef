// Checks the crate's architecture rules on the source: only src/runtime and src/bindings use JavaScript, dependencies
// between folders point one way ({bindings, api} → runtime → client → {device, series, socket} → engine), files are
// short and have no circular dependencies, a folder's mod.rs lists its files, and there is little hand-written
// JavaScript, none of which imports anything.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { codeOnly, cratePaths } from "./lib/rust-source.mjs";
import { fileCircles } from "./lib/rust-circles.mjs";
import { filesBelow } from "./lib/fingerprint.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

/** The modules that each folder may use. Other names, such as re-exports of the crate root, are rejected. */
const MAY_USE = /** @type {Record<string, string[]>} */ ({
  engine: ["engine", "time", "json", "base64"],
  socket: ["socket", "engine", "time", "json", "sorted", "text"],
});

/** The modules that the less strict folders must not use. */
const MUST_NOT_USE = /** @type {Record<string, string[]>} */ ({
  bindings: ["api", "native"],
  api: ["bindings", "engine"],
  native: ["bindings", "runtime", "api", "series"],
  runtime: ["bindings", "api", "native", "series"],
  client: ["runtime", "bindings", "api", "native"],
  device: ["engine", "socket", "client", "runtime", "bindings", "api", "native"],
  series: ["engine", "socket", "client", "runtime", "bindings", "api", "native"],
  time: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
  json: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
  sorted: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
  bytes: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
  base64: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
  text: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
  index: ["engine", "socket", "device", "series", "client", "runtime", "bindings", "api", "native"],
});

/** The folders that exist only on wasm32. */
const KNOW_JAVASCRIPT = ["runtime", "bindings"];

/** Maximum lines of a source file, without its tests. */
const MOST_LINES = 400;

/** Maximum lines of JavaScript in src/, over all files. */
const MOST_JAVASCRIPT = 200;

const JAVASCRIPT = /\b(wasm_bindgen(?:_futures)?|serde_wasm_bindgen|js_sys|web_sys|gloo\w*)\b/;

/**
 * Returns the problems of one source file.
 * @param {string} path relative to src/, with forward slashes
 * @param {string} source
 * @returns {string[]} "path:line: problem"
 */
export function violations(path, source) {
  const code = codeOnly(source);
  const parts = path.replace(/\.rs$/, "").split("/");
  const modulePath = parts.at(-1) === "mod" ? parts.slice(0, -1) : parts;
  const home = modulePath[0];
  const wrong = code.split("\n").flatMap((line, index) => {
    const name = KNOW_JAVASCRIPT.includes(home) ? undefined : JAVASCRIPT.exec(line)?.[1];
    return name ? [`src/${path}:${index + 1}: ${name} outside src/runtime and src/bindings`] : [];
  });
  if (home === "lib") return wrong;

  for (const { module, line } of cratePaths(code, modulePath)) {
    const allowed = MAY_USE[home]?.includes(module) ?? !MUST_NOT_USE[home]?.includes(module);
    if (!allowed) wrong.push(`src/${path}:${line}: ${home} uses ${module}`);
  }
  return wrong;
}

/**
 * Returns the problems of the JavaScript in src/.
 * @param {Record<string, string>} sources by path relative to src/
 * @returns {string[]}
 */
export function scriptViolations(sources) {
  const wrong = [];
  let lines = 0;
  for (const [path, source] of Object.entries(sources)) {
    lines += source.trimEnd().split("\n").length;
    if (!path.startsWith("bindings/js/")) wrong.push(`src/${path}: JavaScript outside src/bindings/js`);
    if (!source.startsWith("// @ts-check\n// In JavaScript because "))
      wrong.push(`src/${path}: does not begin with // @ts-check and a line that says why it is JavaScript`);
    // Type imports are comments.
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (/\bimport\b/.test(code)) wrong.push(`src/${path}: imports something`);
  }
  if (lines > MOST_JAVASCRIPT) wrong.push(`src/: ${lines} lines of JavaScript, ${MOST_JAVASCRIPT} at most`);
  return wrong;
}

/**
 * Returns the problem if a file is too long.
 * @param {string} path relative to src/, with forward slashes
 * @param {string} source
 * @returns {string | undefined}
 */
export function tooLong(path, source) {
  if (path.endsWith("_tests.rs")) return undefined;
  const lines = source
    .replace(/#\[cfg\(test\)\]\s*mod\s+\w+\s*\{[\s\S]*$/, "")
    .trimEnd()
    .split("\n").length;
  return lines > MOST_LINES ? `src/${path}: ${lines} lines, ${MOST_LINES} at most without tests` : undefined;
}

/**
 * Returns the files that the documentation of their folder's mod.rs does not list.
 * @param {Record<string, string>} sources by path relative to src/, with forward slashes
 * @returns {string[]}
 */
export function unlistedFiles(sources) {
  return Object.keys(sources).flatMap((path) => {
    const { folder = "", name = "" } = /^(?<folder>.+)\/(?<name>[^/]+)$/.exec(path)?.groups ?? {};
    const head = sources[`${folder}/mod.rs`]?.split("\n").filter((line) => line.startsWith("//!"));
    const isListed =
      name === "mod.rs" || name.endsWith("_tests.rs") || head?.some((line) => line.includes(`\`${name}\``));
    return !head || isListed ? [] : [`src/${path}: not in the table of files in src/${folder}/mod.rs`];
  });
}

async function main() {
  const all = await filesBelow(inRoot("src"));
  const files = all.filter((file) => file.endsWith(".rs"));
  const wrong = [];
  /** @type {Record<string, string>} */
  const rust = {};
  for (const file of files) {
    const path = relative(inRoot("src"), file).replaceAll("\\", "/");
    rust[path] = await readFile(file, "utf8");
    wrong.push(...violations(path, rust[path]));
    const long = tooLong(path, rust[path]);
    if (long) wrong.push(long);
  }
  wrong.push(...unlistedFiles(rust));
  for (const circle of fileCircles(rust)) wrong.push(`src/: a circle of files: ${circle.join(", ")}`);
  const scripts = all.filter((file) => file.endsWith(".js"));
  /** @type {Record<string, string>} */
  const sources = {};
  for (const file of scripts)
    sources[relative(inRoot("src"), file).replaceAll("\\", "/")] = await readFile(file, "utf8");
  wrong.push(...scriptViolations(sources));
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
