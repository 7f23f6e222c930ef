/** Runs a file of `child/` in its own process and returns its report. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ownPort } from "../../lib/own-port.mjs";

/** A child that hangs fails with its output instead of hanging the run. */
const CHILD_TIMEOUT_MS = 180_000;

/**
 * @param {import("node:test").TestContext} t @param {string} name of the file @param {string[]} [args]
 * @returns {Promise<any>} what the file passed to `report`
 */
export function child(t, name, args = []) {
  const file = fileURLToPath(new URL(`../child/${name}.mjs`, import.meta.url));
  const running = spawn(process.execPath, ["--expose-gc", "--no-warnings", file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: CHILD_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  t.after(() => running.kill("SIGKILL"));
  let out = "",
    problems = "";
  running.stdout.setEncoding("utf8").on("data", (chunk) => (out += chunk));
  running.stderr.setEncoding("utf8").on("data", (chunk) => (problems += chunk));
  return new Promise((resolve, reject) => {
    running.once("error", reject);
    running.once("close", (code, signal) => {
      const line = out.split("\n").find((found) => found.startsWith("report "));
      if (code === 0 && line) resolve(JSON.parse(line.slice(7)));
      else reject(new Error(`${name} ${args.join(" ")} ended with ${signal ?? code}\n${out}${problems}`));
    });
  });
}

/**
 * A simulator in its own process.
 * @typedef {{url: string, port: number, token: string, workgroup: string, devices: string[]}} Address
 *
 * @param {import("node:test").TestContext} t
 * @param {import("../../../../www/simulator/options.mjs").SimulatorOptions} [options]
 */
export async function serverProcess(t, { port, ...options } = {}) {
  const file = fileURLToPath(new URL("../child/server.mjs", import.meta.url));
  const running = spawn(process.execPath, [file, String(port ?? (await ownPort())), JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => running.once("close", resolve));
  const kill = () => (running.kill("SIGKILL"), ended);
  t.after(kill);
  const line = await new Promise((resolve, reject) => {
    let out = "";
    running.stdout.setEncoding("utf8").on("data", (chunk) => (out += chunk).includes("\n") && resolve(out));
    running.once("close", () => reject(new Error("the server has exited")));
  });
  /** @type {Address} */
  const address = JSON.parse(line);
  return { ...address, kill, freeze: () => running.kill("SIGSTOP"), thaw: () => running.kill("SIGCONT") };
}
