/** The command line as a consumer has it, run as a process, with pipes or on a terminal. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulator } from "../lib/cloud.mjs";
import { folder } from "../lib/consumer.mjs";
import { until } from "../lib/until.mjs";

const PACKAGE = join(folder, "node_modules", "ardexa-client");
const BIN = join(folder, "node_modules", ".bin");
/** Far above what a command needs on a busy machine, below the test's own limit. */
const PATIENCE_MS = 25_000;

/** Its names, as npm links them. */
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

/** A simulated cloud, and the environment that names it. */
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

/** A folder with files of these names and texts; it goes with the test. */
export function files(t, texts = {}) {
  const path = mkdtempSync(join(tmpdir(), "ardexa-cli-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(path, name), text);
  return path;
}

/**
 * Starts a command. What it says grows in `stdout` and `stderr`; `ended` gives how it ended, and fails where it does not.
 * @param {import("node:test").TestContext} t
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, input?: string | null, bin?: string, read?: boolean }} [options]
 *   input: null leaves stdin open; read: false leaves stdout alone
 */
export function start(t, args, { env = {}, cwd = folder, input = "", bin = "ardexa", read = true } = {}) {
  return watched(t, spawn(join(BIN, bin), args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: "pipe" }), {
    input,
    read,
  });
}

/** Runs a command to its end. */
export const run = (t, args, options) => start(t, args, options).ended;

/**
 * The same on a terminal of its own; `stdout` then holds everything on its screen.
 * @param {string} redirect what the shell adds, for example `2>/dev/null`
 * @param {string} program another one than the command line, which it finds on its path
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

/** Why there is no terminal here; false where there is. Every Debian has `script`; elsewhere its options differ. */
export function noTerminal() {
  const found = spawnSync("script", ["--version"], { encoding: "utf8" });
  if (/util-linux/.test(found.stdout ?? "")) return false;
  const why = "no terminal to test on: `script` of util-linux is missing (on Debian: apt-get install bsdutils)";
  if (process.platform === "linux") throw new Error(why);
  return why;
}

function watched(t, child, { input, read }) {
  t.after(() => child.kill("SIGKILL"));
  const process = { child, stdout: "", stderr: "", ended: Promise.resolve() };
  if (read) child.stdout.setEncoding("utf8").on("data", (chunk) => (process.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (process.stderr += chunk));
  child.stdin.on("error", () => {}); // it may end before it has read all
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
  process.ended.catch(() => {}); // whoever awaits it sees it
  return process;
}

/** Waits until a process has said something. */
export const says = (process, stream, pattern) =>
  until(
    () => pattern.test(process[stream]),
    `${pattern} in ${stream}; it says ${process.stdout.slice(-300)} / ${process.stderr.slice(-300)}`,
  );

/** The lines of ndjson. */
export const parsed = (text) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
