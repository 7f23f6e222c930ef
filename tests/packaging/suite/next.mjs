/** Next.js without configuration for the package: a route handler, a server component, a client page. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { cloud, LIMIT_MS, project, toolPath } from "../lib/consumer.mjs";
import { HERE, runTool, skipRuntimes } from "../lib/runtimes.mjs";
import { runPage } from "../lib/site.mjs";

const PACKAGES = ["next", "react", "react-dom"];
const NEXT = ["node_modules", "next", "dist", "bin", "next"];
const ENV = { NEXT_TELEMETRY_DISABLED: "1", CI: "true" };
const BUILD_MS = 3 * LIMIT_MS;

/**
 * Starts the built application.
 * @param {import("node:test").TestContext} t
 * @param {string} folder
 * @returns {Promise<string>} its URL
 */
async function started(t, folder) {
  const child = spawn(HERE.file(), [join(folder, ...NEXT), "start", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...ENV },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let printed = "";
  return new Promise((resolve, reject) => {
    const look = (chunk) => {
      printed += chunk;
      const [, port] = /127\.0\.0\.1:(\d+)[^]*Ready/.exec(printed) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}/`);
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`next start exited with ${code}:\n${printed}`)));
  });
}

export function nextTests() {
  for (const bundler of ["turbopack", "webpack"]) {
    project(
      `Next.js, ${bundler}`,
      ["exercise.mjs", "next/next.config.mjs", "next/app"],
      async (t, folder) => {
        await mkdir(join(folder, "node_modules"));
        for (const name of PACKAGES) await symlink(toolPath(name), join(folder, "node_modules", name), "junction");
        await runTool(t, HERE.file(), [join(folder, ...NEXT), "build", `--${bundler}`], folder, ENV, BUILD_MS);
        const site = await started(t, folder);

        const { given, check } = await cloud(t);
        const response = await fetch(new URL("api/run", site), { method: "POST", body: JSON.stringify(given) });
        const answered = await response.text();
        assert.equal(response.status, 200, answered);
        check(JSON.parse(answered));

        const page = await (await fetch(new URL("server", site))).text();
        assert.match(page, /made on the server: (<!-- -->)?idle/);

        const second = await cloud(t);
        const { told, loaded } = await runPage(t, `${site}client`, second.given);
        second.check(told);
        assert.equal(loaded.filter((name) => name.endsWith(".wasm")).length, 1, String(loaded));
      },
      { timeout: BUILD_MS, skip: skipRuntimes },
    );
  }
}
