/**
 * The repository's tests of what depends on the platform: sockets, signals, pipes, terminals. Each Node version runs
 * them against the installed package.
 */
import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { installed, project } from "../lib/consumer.mjs";
import { NODES, runTool } from "../lib/runtimes.mjs";

const testFiles = (/** @type {string[]} */ folder, /** @type {string[]} */ names) =>
  names.map((name) => inRoot(...folder, `${name}.test.mjs`));
const SUITES = {
  "the recipes": testFiles(
    ["tests", "recipes"],
    ["renew-token", "fleet-command", "feed-to-csv", "deviating-source", "sse-server"],
  ),
  "messages, the live table and the terminal": testFiles(["tests", "node", "cli"], ["sentences", "table", "terminal"]),
};
/** Far above the 20 s that the recipes take on an idle machine. */
const PATIENCE_MS = 240_000;

export function ownTests() {
  for (const runtime of NODES) {
    for (const [what, files] of Object.entries(SUITES)) {
      project(
        `${runtime.name}: ${what}`,
        [],
        async (t, folder) => {
          const node = runtime.file();
          // The command line finds Node on the PATH.
          const env = {
            PATH: [dirname(node), process.env.PATH].join(delimiter),
            TESTED_PACKAGE: installed(),
            TMPDIR: folder,
          };
          const args = ["--test", "--test-concurrency=1", "--test-reporter=tap", ...files];
          const { stdout } = await runTool(t, node, args, folder, env, PATIENCE_MS);
          const count = (/** @type {string} */ name) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(stdout)?.[1]);
          assert.ok(count("pass") > files.length, stdout);
          if (process.platform === "linux") assert.equal(count("skipped"), 0, stdout);
        },
        { ...runtime, timeout: PATIENCE_MS },
      );
    }
  }
}
