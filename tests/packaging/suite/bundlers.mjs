/** The package built by each bundler, opened in Chromium under the strict policy. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cloud, installed, project, tool } from "../lib/consumer.mjs";
import { runPage, runSite } from "../lib/site.mjs";

const MODULE_PAGE = ["pages/module.html", "index.html"];
const CLASSIC_PAGE = ["pages/classic.html", "index.html"];
const app = (name, page) => ["exercise.mjs", [`pages/${name}.js`, "main.js"], page];

const APP = [...app("app", MODULE_PAGE), "pages/worker.js"];
const WAYS = ["page", "worker"];
const wasmOf = (files) => files.filter((name) => name.endsWith(".wasm"));

/** Asserts that the build in `dist/` works, with the module as a separate file or included. */
async function works(t, folder, { ways = ["page"], modules = 1 } = {}) {
  const dist = join(folder, "dist");
  if (!existsSync(join(dist, "index.html"))) await cp(join(folder, "index.html"), join(dist, "index.html"));
  for (const way of ways) {
    const { given, check } = await cloud(t);
    const { told, loaded } = await runSite(t, { "/": dist }, given, way);
    check(told);
    assert.equal(wasmOf(loaded).length, modules, `${way}: ${loaded}`);
  }
  const built = await readdir(dist, { recursive: true });
  assert.equal(wasmOf(built).length, modules, String(built));
}

async function webpack(options) {
  const { default: run } = await tool("webpack");
  const stats = await promisify(run)({ mode: "production", ...options });
  assert.deepEqual(stats.compilation.errors.map(String), []);
}

export function bundlerTests() {
  project("Vite, built", APP, async (t, folder) => {
    const { build } = await tool("vite");
    // The worker is built as modules, like the page.
    await build({ root: folder, configFile: false, logLevel: "error", worker: { format: "es" } });
    await works(t, folder, { ways: WAYS });
  });

  project("Vite, in development", APP, async (t, folder) => {
    const { createServer } = await tool("vite");
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: "error",
      server: { host: "127.0.0.1", port: 0 },
    });
    t.after(() => server.close());
    await server.listen();
    const { port } = server.httpServer.address();
    for (const way of WAYS) {
      const { given, check } = await cloud(t);
      check((await runPage(t, `http://127.0.0.1:${port}/`, given, way)).told);
    }
  });

  project("webpack 5", [...app("app", CLASSIC_PAGE), "pages/worker.js"], async (t, folder) => {
    await webpack({ context: folder, entry: "./main.js", output: { path: join(folder, "dist") } });
    await works(t, folder, { ways: WAYS });
  });

  project("Rollup", app("plain-app", MODULE_PAGE), async (t, folder) => {
    const [{ rollup }, { nodeResolve }, { importMetaAssets }] = await Promise.all(
      ["rollup", "@rollup/plugin-node-resolve", "@web/rollup-plugin-import-meta-assets"].map(tool),
    );
    const bundle = await rollup({
      input: join(folder, "main.js"),
      plugins: [nodeResolve({ browser: true }), importMetaAssets()],
      onwarn: ({ message }) => assert.fail(message),
    });
    await bundle.write({ dir: join(folder, "dist"), format: "es" });
    await bundle.close();
    await works(t, folder);
  });

  project("esbuild, with the module as a file", app("esbuild-app", MODULE_PAGE), async (t, folder) => {
    const { build } = await tool("esbuild");
    const { warnings } = await build({
      entryPoints: [join(folder, "main.js")],
      outdir: join(folder, "dist"),
      bundle: true,
      format: "esm",
      minify: true,
      loader: { ".wasm": "file" },
      logLevel: "silent",
    });
    assert.deepEqual(warnings, []);
    await works(t, folder);
  });

  project(
    "esbuild, inline, classic scripts",
    [...app("inline-app", CLASSIC_PAGE), ["pages/inline-worker.js", "worker.js"]],
    async (t, folder) => {
      const { build } = await tool("esbuild");
      const { warnings } = await build({
        entryPoints: ["main.js", "worker.js"].map((file) => join(folder, file)),
        outdir: join(folder, "dist"),
        bundle: true,
        format: "iife",
        minify: true,
        logLevel: "silent",
      });
      assert.deepEqual(warnings, []);
      await works(t, folder, { ways: WAYS, modules: 0 });
    },
  );

  project("webpack 5, inline", app("inline-app", CLASSIC_PAGE), async (t, folder) => {
    await webpack({ context: folder, entry: "./main.js", output: { path: join(folder, "dist") } });
    await works(t, folder, { modules: 0 });
  });

  project("Vite, inline", app("plain-app", MODULE_PAGE), async (t, folder) => {
    const { build } = await tool("vite");
    const alias = [{ find: /^ardexa-client$/, replacement: "ardexa-client/inline" }];
    await build({ root: folder, configFile: false, logLevel: "error", resolve: { alias } });
    await works(t, folder, { modules: 0 });
  });

  project("no bundler, inline", app("one-file", MODULE_PAGE), async (t, folder) => {
    const { given, check } = await cloud(t);
    await cp(installed("inline.js"), join(folder, "inline.js"));
    const { told, loaded } = await runSite(t, { "/": folder }, given);
    check(told);
    assert.deepEqual(loaded, ["", "main.js", "inline.js", "exercise.mjs"]);
  });
}
