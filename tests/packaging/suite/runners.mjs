/** Test runners, configured only to run ES modules: they load the package like any other. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cloud, project, toolPath } from "../lib/consumer.mjs";
import { NODES, runTool } from "../lib/runtimes.mjs";

/** @type {(string | [string, string])[]} */
const SOURCES = ["runners/main.test.js", ["exercise.mjs", "exercise.js"]];

export function runnerTests() {
  for (const environment of ["node", "jsdom"]) {
    for (const { name, file, skip } of NODES) {
      project(
        `Jest with babel-jest, ${environment}, ${name}`,
        SOURCES,
        async (t, folder) => {
          const preset = [toolPath("@babel", "preset-env"), { targets: { node: "current" } }];
          await writeFile(join(folder, "babel.config.json"), JSON.stringify({ presets: [preset] }));
          const env = environment === "node" ? "node" : toolPath("jest-environment-jsdom", "build", "index.js");
          await works(t, folder, file(), [
            toolPath("jest", "bin", "jest.js"),
            "--rootDir",
            folder,
            "--env",
            env,
            "--no-cache",
          ]);
        },
        { skip },
      );
    }
  }

  for (const { name, file, skip } of NODES) {
    project(
      `Vitest, ${name}`,
      SOURCES,
      async (t, folder) => {
        await works(t, folder, file(), [toolPath("vitest", "vitest.mjs"), "run", "--root", folder, "--globals"]);
      },
      { skip },
    );
  }
}

/** @param {import("node:test").TestContext} t @param {string} folder @param {string} node @param {string[]} args */
async function works(t, folder, node, args) {
  const { given, check } = await cloud(t);
  const told = join(folder, "told.json");
  await runTool(t, node, args, folder, { GIVEN: JSON.stringify(given), TOLD: told, CI: "true" });
  check(JSON.parse(await readFile(told, "utf8")));
}
