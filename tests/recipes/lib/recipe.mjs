/** Runs a recipe as a user would: copied into a folder with the installed package, as a process. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { folder } from "../../node/lib/consumer.mjs";

/** Other packages that the recipes' comments say to install. */
for (const name of ["express", "mqtt", "socket.io-client"])
  symlinkSync(inRoot("node_modules", name), join(folder, "node_modules", name), "junction");

/** Creates a folder for a test's files. @param {import("node:test").TestContext} t */
export function scratch(t) {
  const made = mkdtempSync(join(tmpdir(), "ardexa-recipe-"));
  t.after(() => rmSync(made, { recursive: true, force: true, maxRetries: 3 }));
  return made;
}

/**
 * @param {import("node:test").TestContext} t
 * @param {string} file below www/recipes; a file in a folder is copied with the whole folder
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, stdin?: string | null }} [options] stdin: null leaves it open
 */
export function start(t, file, args, { env = {}, stdin } = {}) {
  const [top] = file.split("/");
  if (!existsSync(join(folder, top))) cpSync(inRoot("www", "recipes", top), join(folder, top), { recursive: true });
  return run(t, join(folder, file), args, { env, stdin });
}

/** @param {import("node:test").TestContext} t @param {string} path @param {string[]} args @param {{ env?: Record<string, string>, stdin?: string | null }} options */
export function run(t, path, args, { env = {}, stdin } = {}) {
  const child = spawn(process.execPath, [path, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (output.stderr += chunk));
  child.stdin.on("error", () => {}); // it may exit before it reads
  if (stdin !== null) child.stdin.end(stdin);
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  t.after(async () => {
    child.kill("SIGKILL");
    await ended.catch(() => {});
  });
  return { child, output, ended };
}

/** @param {{ url: string, workgroup: string, token: string }} sim */
export const cloudOf = ({ url, workgroup, token }) => ({
  ARDEXA_URL: url,
  ARDEXA_WORKGROUP: workgroup,
  ARDEXA_TOKEN: token,
});
