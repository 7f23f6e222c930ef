/** Programs of a consumer's, each in a process of its own: whether they end by themselves, and what they say. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folder } from "./consumer.mjs";

/** Far above what such a program needs on a busy machine, and below any of the client's own long deadlines. */
const PATIENCE_MS = 20_000;
let count = 0;

/**
 * Runs a program's text to its end.
 * @param {import("node:test").TestContext} t
 * @param {string} text an ES module; what it needs comes as `process.env.INPUT`, JSON
 * @param {unknown} [input]
 * @param {{kind?: "mjs" | "cjs", execPath?: string, flags?: string[]}} [options] `flags`: of Node's own
 */
export function runProgram(t, text, input = {}, { kind = "mjs", execPath = process.execPath, flags = [] } = {}) {
  const file = join(folder, `program-${++count}.${kind}`);
  writeFileSync(file, text);
  const child = spawn(execPath, [...flags, file], {
    cwd: folder,
    env: { PATH: process.env.PATH, INPUT: JSON.stringify(input) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const started = Date.now();
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, PATIENCE_MS);
    child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr, hung, ms: Date.now() - started });
    });
  });
}
