// Child processes that either inherit the terminal or have their output captured to show on failure.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "./problem.mjs";
import { isShared, output } from "./output.mjs";
import { progress } from "./progress.mjs";
import { root } from "./paths.mjs";

const TAIL_LINES = 30;

/** A third of the processor time of a program at the usual priority, 0, if there is not enough for both. */
const YIELDING = 5;

/**
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd] default: the repository's root
 */

/**
 * Runs a program that inherits the terminal, or writes in the turn of its step.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions & { isYielding?: boolean }} [options] `isYielding`: other programs get processor time first
 * @returns {Promise<number>} its exit code
 */
export function inherit(program, args, { env = process.env, cwd = root, isYielding = false } = {}) {
  return new Promise((resolve, reject) => {
    const how = isShared() ? "pipe" : "inherit";
    const child = spawn(program, args, { env, cwd, stdio: ["ignore", how, how] });
    // Inherited by the processes that it starts.
    if (isYielding && child.pid) setPriority(child.pid, YIELDING);
    const write = output();
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", write);
    child.on("error", (error) => reject(new Problem(`${program} could not be started: ${error.message}.`)));
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/**
 * Runs a program and captures its output.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions & { onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture(program, args, { env = process.env, cwd = root, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let partial = "";
    /** @param {string} text */
    const take = (text) => {
      output += text;
      if (!onLine) return;
      const lines = (partial + text).split(/\r?\n|\r/);
      partial = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (error) => reject(new Problem(`${program} could not be started: ${error.message}.`)));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs a long step behind a progress line; a failure shows the tool's last lines and becomes a `Problem`.
 * @param {string} label
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions & { remedy?: (output: string) => string }} [options] `remedy`: the sentence for a failure
 */
export async function step(label, program, args, { remedy, ...options } = {}) {
  const line = progress(label);
  /** @type {{ code: number, output: string }} */
  let result;
  try {
    result = await capture(program, args, {
      ...options,
      onLine: (text) => {
        const now = nowDoing(text);
        if (now) line.update(now);
      },
    });
  } catch (error) {
    line.fail();
    throw error;
  }
  if (result.code !== 0) {
    line.fail();
    const sentence = networkSentence(label, result.output) ?? remedy?.(result.output);
    throw new Problem(sentence ?? `${label} failed with exit code ${result.code}; its last lines are above.`, {
      details: tail(result.output),
    });
  }
  line.done();
  return result.output;
}

/**
 * The first line of a program's output, or `undefined` if it cannot be run.
 * @param {string} program
 * @param {string[]} [args]
 * @param {RunOptions} [options]
 */
export function ask(program, args = ["--version"], { env = process.env, cwd = root } = {}) {
  const result = spawnSync(program, args, { env, cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return result.status === 0 ? result.stdout.split("\n", 1)[0].trim() : undefined;
}

/**
 * How to start npm: from the file that this npm runs from, since `npm` on Windows is a script that needs a shell.
 * @returns {{ program: string, args: string[] }}
 */
export function npm() {
  const beside = join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js");
  const file = [process.env.npm_execpath, beside].find((path) => path?.endsWith("npm-cli.js") && existsSync(path));
  return file ? { program: process.execPath, args: [file] } : { program: "npm", args: [] };
}

/** The current activity according to a line of a tool's output. @param {string} line */
function nowDoing(line) {
  const match =
    /^\s*(Compiling|Downloading|Downloaded|Installing|Updating|Optimizing|Get|Unpacking|Setting up)\b:?\s*(.*)$/.exec(
      line,
    );
  return match ? `${match[1]} ${match[2]}`.trim().slice(0, 60) : undefined;
}

/** Error messages of npm, cargo, rustup and apt-get when there is no network. */
const NO_NETWORK = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ETIMEDOUT",
  "ENETUNREACH",
  "could not resolve host",
  "couldn't resolve host",
  "failed to download from",
  "could not download file",
  "Temporary failure resolving",
  "Network is unreachable",
].map((sign) => sign.toLowerCase());

/** @param {string} label @param {string} output */
function networkSentence(label, output) {
  const told = output.toLowerCase();
  if (!NO_NETWORK.some((sign) => told.includes(sign))) return undefined;
  return `${label}: the network could not be reached; connect (or set HTTPS_PROXY) and run the same command again.`;
}

/** @param {string} output */
function tail(output) {
  return output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}
