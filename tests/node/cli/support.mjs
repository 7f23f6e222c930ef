/** Runs the command line as a consumer installs it, as a process with pipes or on a terminal. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulator } from "../lib/cloud.mjs";
import { folder } from "../lib/consumer.mjs";
import { until } from "../lib/until.mjs";

const PACKAGE = join(folder, "node_modules", "ardexa-client");
const BIN = join(folder, "node_modules", ".bin");
/** Far above what a command needs on a busy machine, below the time limit of a test. */
const PATIENCE_MS = 25_000;

/** The names of the command, as npm links them. */
export const { bin: NAMES, version: VERSION } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
mkdirSync(BIN);
for (const [name, file] of Object.entries(NAMES))
  symlinkSync(join("..", "ardexa-client", String(file)), join(BIN, name));

export const COMMANDS = [
  "devices",
  "sources",
  "cmd",
  "feed",
  "watch",
  "test-config",
  "apply-config",
  "refresh-meta",
  "upgrade",
  "send-ardexactl",
  "send-ardpkg",
];

/** A simulated cloud, and the environment variables for it. */
export async function cloud(t, options) {
  const sim = await simulator(t, options);
  return {
    sim,
    env: environment(sim),
    ids: sim.devices.filter((device) => device.online).map(({ id }) => id),
    offline: sim.devices.find((device) => !device.online).id,
  };
}

export const environment = ({ url, workgroup, token }) => ({
  ARDEXA_URL: url,
  ARDEXA_WORKGROUP: workgroup,
  ARDEXA_TOKEN: token,
});

/**
 * A temporary folder with these files, removed after the test.
 * @param {TestContext} t
 * @param {Record<string, string | Uint8Array>} contents by file name
 */
export function files(t, contents = {}) {
  const path = mkdtempSync(join(tmpdir(), "ardexa-cli-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(path, name), content);
  return path;
}

/**
 * @typedef {import("node:test").TestContext} TestContext
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string }} Result
 * @typedef {object} Running
 * @property {import("node:child_process").ChildProcessWithoutNullStreams} child
 * @property {string} stdout its output so far
 * @property {string} stderr its errors so far
 * @property {Promise<Result>} ended rejects if the command does not end in time
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env]
 * @property {string} [cwd]
 * @property {string | null} [input] null leaves stdin open
 * @property {string} [bin] one of `NAMES`
 * @property {boolean} [read] false leaves stdout unread
 */

/**
 * Starts a command.
 * @param {TestContext} t
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export function start(t, args, { env = {}, cwd = folder, input = "", bin = "ardexa", read = true } = {}) {
  return watched(t, spawn(join(BIN, bin), args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: "pipe" }), {
    input,
    read,
  });
}

/**
 * Runs a command to its end.
 * @param {TestContext} t
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export const run = (t, args, options) => start(t, args, options).ended;

/**
 * Starts a command on a pseudo-terminal; `stdout` then holds everything written to the screen.
 * @param {TestContext} t
 * @param {string[]} args
 * @param {object} options
 * @param {Record<string, string>} [options.env]
 * @param {string} [options.cwd]
 * @param {string} [options.redirect] appended to the shell's command line, for example `2>/dev/null`
 * @param {number} [options.columns]
 * @param {number} [options.rows]
 * @param {string} [options.program] another program, which finds `ardexa` on its path
 */
export function onTerminal(
  t,
  args,
  { env = {}, cwd = folder, redirect = "", columns = 100, rows = 30, program = join(BIN, "ardexa") } = {},
) {
  const line = `stty cols ${columns} rows ${rows}; exec '${program}' ${args.map((arg) => `'${arg}'`).join(" ")} ${redirect}`;
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
    cwd,
    env: { PATH: `${BIN}:${process.env.PATH}`, SHELL: "/bin/sh", TERM: "xterm", ...env },
    stdio: "pipe",
  });
  return watched(t, child, { input: null, read: true });
}

/** Returns why there is no terminal here, or false. Every Debian has `script`; its options differ elsewhere. */
export function noTerminal() {
  const found = spawnSync("script", ["--version"], { encoding: "utf8" });
  if (/util-linux/.test(found.stdout ?? "")) return false;
  const why = "no terminal to test on: `script` of util-linux is missing (on Debian: apt-get install bsdutils)";
  if (process.platform === "linux") throw new Error(why);
  return why;
}

/** @returns {Running} */
function watched(t, child, { input, read }) {
  t.after(() => child.kill("SIGKILL"));
  /** @type {Running} */
  const process = { child, stdout: "", stderr: "", ended: undefined };
  if (read) child.stdout.setEncoding("utf8").on("data", (chunk) => (process.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (process.stderr += chunk));
  child.stdin.on("error", () => {}); // the command may end before it has read everything
  if (input !== null) child.stdin.end(input);
  process.ended = new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(
        new Error(
          `did not end within ${PATIENCE_MS} ms; stdout: ${process.stdout.slice(-500)}; stderr: ${process.stderr.slice(-500)}`,
        ),
      );
    }, PATIENCE_MS);
    child.once("error", reject);
    child.once(read ? "close" : "exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: process.stdout, stderr: process.stderr });
    });
  });
  process.ended.catch(() => {}); // reported where it is awaited
  return process;
}

/**
 * Waits until a process has written something.
 * @param {Running} process
 * @param {"stdout" | "stderr"} stream
 * @param {RegExp} pattern
 */
export const says = (process, stream, pattern) =>
  until(
    () => pattern.test(process[stream]),
    `${pattern} in ${stream}; it wrote ${process.stdout.slice(-300)} / ${process.stderr.slice(-300)}`,
  );

/** Parses ndjson. */
export const parsed = (text) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
