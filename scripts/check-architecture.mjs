// The rules of the crate, checked on the source: JavaScript is known to src/runtime and src/bindings alone,
// arrows between the folders point one way ({bindings, api} → runtime → client → {device, series,
// socket} → engine), files use each other in no circle and are short, and there is little JavaScript written by hand,
// none of which imports anything.
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { codeOnly, cratePaths } from "./lib/rust-source.mjs";
import { fileCircles } from "./lib/rust-circles.mjs";
import { filesBelow } from "./lib/fingerprint.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

/** What each folder may use of the crate. A name that is not here, such as a re-export of the root's, is refused. */
const MAY_USE = /** @type {Record<string, string[]>} */ ({
  engine: ["engine", "time", "json", "base64"],
  socket: ["socket", "engine", "time", "json", "sorted", "text"],
});

/** What the folders that are not so strict must not use. */
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

/** The folders that exist on wasm32 alone. */
const KNOW_JAVASCRIPT = ["runtime", "bindings"];

/** Lines of a source file, its tests apart. */
const MOST_LINES = 400;

/** Lines of JavaScript in src/, all files together. */
const MOST_JAVASCRIPT = 200;

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
 * The same for the JavaScript in src/.
 * @param {Record<string, string>} sources by their paths relative to src/
 * @returns {string[]}
 */
export function scriptViolations(sources) {
  const wrong = [];
  let lines = 0;
  for (const [path, source] of Object.entries(sources)) {
    lines += source.trimEnd().split("\n").length;
    if (!path.startsWith("bindings/js/")) wrong.push(`src/${path}: JavaScript outside src/bindings/js`);
    if (!source.startsWith("// @ts-check\n// JavaScript because "))
      wrong.push(`src/${path}: does not begin with // @ts-check and a line that says why it is JavaScript`);
    // A type's import is a comment.
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (/\bimport\b/.test(code)) wrong.push(`src/${path}: imports something`);
  }
  if (lines > MOST_JAVASCRIPT) wrong.push(`src/: ${lines} lines of JavaScript, ${MOST_JAVASCRIPT} at most`);
  return wrong;
}

/**
 * What is wrong with a file's length.
 * @param {string} path relative to src/, with forward slashes
 * @param {string} source
 * @returns {string | undefined}
 */
export function tooLong(path, source) {
  if (path.endsWith("_tests.rs")) return undefined;
  const lines = source.replace(/#\[cfg\(test\)\]\s*mod\s+\w+\s*\{[\s\S]*$/, "").trimEnd().split("\n").length;
  return lines > MOST_LINES ? `src/${path}: ${lines} lines, ${MOST_LINES} at most without tests` : undefined;
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
  for (const circle of fileCircles(rust)) wrong.push(`src/: a circle of files: ${circle.join(", ")}`);
  const scripts = all.filter((file) => file.endsWith(".js"));
  /** @type {Record<string, string>} */
  const sources = {};
  for (const file of scripts) sources[relative(inRoot("src"), file).replaceAll("\\", "/")] = await readFile(file, "utf8");
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
