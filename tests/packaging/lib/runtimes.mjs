/** The runtimes that npm provides for one system, and how to run a program in them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { toolPath } from "./consumer.mjs";

/** Far above what these programs need, including a wait of 2 s for a server. */
const PATIENCE_MS = 60_000;

const SYSTEM = `${process.platform} ${process.arch}`;

/** The `skip` of `project`: why npm has no runtimes for this system, or false. */
export const skipRuntimes =
  SYSTEM === "linux x64" ? false : `npm provides it only for Linux x64, and this is ${SYSTEM}`;

/** A file of a runtime. @param {...string} parts */
const program =
  (...parts) =>
  () => {
    const file = toolPath(...parts);
    // npm skips optional packages that it cannot install.
    assert.ok(existsSync(file), `${file} is missing; remove ${toolPath("..")} and run the tests again to install it`);
    return file;
  };

/** @typedef {{ name: string, file: () => string, args: string[], skip: string | false }} Runtime */

/** @type {Runtime} */
export const HERE = { name: `Node ${process.versions.node}`, file: () => process.execPath, args: [], skip: false };

/** @type {Runtime[]} */
export const NODES = [
  // The oldest that package.json allows.
  { name: "Node 20.19.0", file: program("node-20", "bin", "node"), args: [], skip: skipRuntimes },
  { name: "Node 22", file: program("node-22", "bin", "node"), args: [], skip: skipRuntimes },
  { name: "Node 24", file: program("node-24", "bin", "node"), args: [], skip: skipRuntimes },
];
if (skipRuntimes) NODES.unshift(HERE);

/** @type {Runtime} */
export const BUN = {
  name: "Bun",
  file: program("@oven", "bun-linux-x64", "bin", "bun"),
  args: ["run"],
  skip: skipRuntimes,
};

/** @type {Runtime} With the permissions that the package needs, and the environment for the test's arguments. */
export const DENO = {
  name: "Deno",
  file: program("@deno", "linux-x64-glibc", "deno"),
  args: ["run", "--no-prompt", "--node-modules-dir=manual", "--allow-read", "--allow-env", "--allow-net=127.0.0.1"],
  skip: skipRuntimes,
};

/** @typedef {{ env?: Record<string, string>, flags?: string[] }} RunOptions `flags`: the runtime's own */

/**
 * Runs a program, which must exit successfully by itself and print nothing to stderr.
 * @param {import("node:test").TestContext} t
 * @param {Runtime} runtime
 * @param {string} folder
 * @param {string} program
 * @param {unknown} given the program's input
 * @param {RunOptions} [options]
 * @returns {Promise<any>} the JSON that it printed
 */
export async function run(t, { file, args }, folder, program, given, { env = {}, flags = [] } = {}) {
  const environment = { DENO_DIR: folder, DENO_NO_UPDATE_CHECK: "1", GIVEN: JSON.stringify(given), ...env };
  const { stdout, stderr } = await runTool(t, file(), [...args, ...flags, program], folder, environment);
  assert.equal(stderr, "", stdout);
  return JSON.parse(stdout);
}

/**
 * Runs a program, which must exit successfully by itself.
 * @param {import("node:test").TestContext} t
 * @param {string} execPath
 * @param {string[]} args
 * @param {string} folder
 * @param {Record<string, string>} [env]
 * @param {number} [patienceMs]
 */
export async function runTool(t, execPath, args, folder, env = {}, patienceMs = PATIENCE_MS) {
  const child = spawn(execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk));
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, patienceMs);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  assert.equal(hung, false, `did not exit by itself:\n${stdout}${stderr}`);
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${stdout}${stderr}`);
  return { stdout, stderr };
}
