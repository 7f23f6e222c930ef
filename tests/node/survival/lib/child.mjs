/** Runs a file of `child/` in a process of its own, and gives what it reports. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * @param {import("node:test").TestContext} t @param {string} name of the file @param {string[]} [args]
 * @returns {Promise<any>} what the file gave to `report`
 */
export function child(t, name, args = []) {
  const file = fileURLToPath(new URL(`../child/${name}.mjs`, import.meta.url));
  const running = spawn(process.execPath, ["--expose-gc", "--no-warnings", file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => running.kill("SIGKILL"));
  let out = "", problems = "";
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
