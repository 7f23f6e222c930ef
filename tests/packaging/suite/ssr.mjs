/** Server-side rendering: the package can be imported and used without a browser. */
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cloud, installed, project, tool } from "../lib/consumer.mjs";
import { HERE, run } from "../lib/runtimes.mjs";

/** @type {(string | [string, string])[]} */
const SERVER = ["exercise.mjs", ["ssr/server.js", "server.js"]];
const href = (path) => pathToFileURL(path).href;

/** @param {string} folder @param {Record<string, any>} options @returns {Promise<string>} the URL of the built file */
async function viteServer(folder, { ssr, ...options }) {
  const { build } = await tool("vite");
  const input = join(folder, "server.js");
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    ssr,
    build: { ssr: input, outDir: "dist" },
    ...options,
  });
  const [file] = (await readdir(join(folder, "dist"))).filter((name) => /^server\.m?js$/.test(name));
  return href(join(folder, "dist", file));
}

export function ssrTests() {
  // In Node's entries the constructor loads the module.
  for (const [name, early] of Object.entries({
    "index.js": "not-connected",
    "inline.js": "not-connected",
    "node.js": "idle",
    "node.cjs": "idle",
  })) {
    project(`importing ${name} has no side effects`, ["ssr/bare.mjs"], async (t, folder) => {
      const told = await run(t, HERE, folder, "bare.mjs", { file: href(installed(name)) });
      assert.deepEqual(told, { early, kinds: ["function", "function"], added: [] });
    });
  }

  project("index.js on a server says how to configure the build", ["ssr/misplaced.mjs"], async (t, folder) => {
    const { given } = await cloud(t);
    const told = await run(t, HERE, folder, "misplaced.mjs", { file: href(installed("index.js")), given });
    assert.deepEqual([told.name, told.code], ["ArdexaError", "unreachable"]);
    assert.match(
      told.message,
      /import "ardexa-client\/inline" or .*Next\.js: serverExternalPackages: \["ardexa-client"\]/,
    );
  });

  project("Vite, server build", [...SERVER, "ssr/main.mjs"], async (t, folder) => {
    const { given, check } = await cloud(t);
    const file = await viteServer(folder, {});
    check(await run(t, HERE, folder, "main.mjs", { file, given }));
  });

  project(
    "Vite, server build for the edge that includes the package",
    [...SERVER, "ssr/bare.mjs"],
    async (t, folder) => {
      await writeFile(join(folder, "package.json"), '{"type":"module"}');
      const file = await viteServer(folder, { ssr: { target: "webworker", noExternal: true } });
      const told = await run(t, HERE, folder, "bare.mjs", { file });
      assert.deepEqual(told, { early: "not-connected", kinds: ["function", "function"], added: [] });
    },
  );

  for (const entry of ["ardexa-client", "ardexa-client/inline"]) {
    project(`Vite, server build that includes ${entry}`, [...SERVER, "ssr/main.mjs"], async (t, folder) => {
      const { given, check } = await cloud(t);
      const alias = [{ find: /^ardexa-client$/, replacement: entry }];
      const file = await viteServer(folder, { ssr: { noExternal: true }, resolve: { alias } });
      check(await run(t, HERE, folder, "main.mjs", { file, given }));
    });
  }
}
