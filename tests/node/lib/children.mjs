/** Runs programs of a consumer, each in its own process: checks whether they exit, and captures their output. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folder } from "./consumer.mjs";

/** Ample for such a program on a busy machine, and shorter than any of the client's long timeouts. */
const PATIENCE_MS = 20_000;
let count = 0;

/**
 * @typedef {object} Outcome
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {boolean} hung whether it had to be killed
 * @property {number} ms
 */

/**
 * Runs a program until it exits.
 * @param {import("node:test").TestContext} t
 * @param {string} text an ES module; it reads its input, as JSON, from `process.env.INPUT`
 * @param {unknown} [input]
 * @param {{kind?: "mjs" | "cjs", execPath?: string, flags?: string[]}} [options] `flags`: for Node
 * @returns {Promise<Outcome>}
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
