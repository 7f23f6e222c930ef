/** Runs a file of `child/` in a process of its own, and gives what it reports. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A child that hangs is a failure with its output, not a run without an end. */
const CHILD_TIMEOUT_MS = 180_000;

/**
 * @param {import("node:test").TestContext} t @param {string} name of the file @param {string[]} [args]
 * @returns {Promise<any>} what the file gave to `report`
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
  running.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  running.stderr.setEncoding("utf8").on("data", (text) => (problems += text));
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
 * A simulator in a process of its own.
 * @param {import("node:test").TestContext} t @param {{port?: number} & Record<string, unknown>} [options] of the simulator
 */
export async function serverProcess(t, { port = 0, ...options } = {}) {
  const file = fileURLToPath(new URL("../child/server.mjs", import.meta.url));
  const running = spawn(process.execPath, [file, String(port), JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => running.once("close", resolve));
  const kill = () => (running.kill("SIGKILL"), ended);
  t.after(kill);
  const line = await new Promise((resolve, reject) => {
    let out = "";
    running.stdout.setEncoding("utf8").on("data", (text) => (out += text).includes("\n") && resolve(out));
    running.once("close", () => reject(new Error("the server has ended")));
  });
  return { ...JSON.parse(line), kill, freeze: () => running.kill("SIGSTOP"), thaw: () => running.kill("SIGCONT") };
}
