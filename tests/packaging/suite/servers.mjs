/** Server programs built into one file or executable, which run without node_modules. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloud, project, tool } from "../lib/consumer.mjs";
import { BUN, NODES, run, runTool, skipRuntimes } from "../lib/runtimes.mjs";

/** A folder with no packages above it. @param {import("node:test").TestContext} t */
async function elsewhere(t) {
  const folder = await mkdtemp(join(tmpdir(), "ardexa-alone-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const KINDS = [
  { format: "cjs", entry: "require.cjs", out: "out.cjs" },
  { format: "cjs", entry: "import.mjs", out: "out.cjs" },
  { format: "esm", entry: "import.mjs", out: "out.mjs" },
];

/** esbuild's ES modules have no `require`, which `ws` needs for Node's modules; Node 20 needs `ws`. */
const lacksWebSocket = (format, { name }) => format === "esm" && name.startsWith("Node 20");

export function serverTests() {
  for (const { format, entry, out } of KINDS) {
    project(
      `esbuild for Node, ${entry} as ${format}`,
      ["exercise.mjs", ["servers/main.mjs", "import.mjs"], ["servers/main.cjs", "require.cjs"]],
      async (t, folder) => {
        const { build } = await tool("esbuild");
        const { warnings } = await build({
          entryPoints: [join(folder, entry)],
          outfile: join(folder, out),
          bundle: true,
          platform: "node",
          format,
          logLevel: "silent",
        });
        assert.deepEqual(warnings, []);
        const alone = await elsewhere(t);
        await cp(join(folder, out), join(alone, out));
        for (const runtime of NODES) {
          const { given, check } = await cloud(t);
          const told = run(t, runtime, alone, out, given);
          if (lacksWebSocket(format, runtime))
            await assert.rejects(told, /webSocket: is required: this platform has no WebSocket/);
          else check(await told);
        }
      },
      { skip: skipRuntimes },
    );
  }

  project(
    "Bun, one executable",
    ["exercise.mjs", "servers/main.mjs"],
    async (t, folder) => {
      const alone = await elsewhere(t);
      const program = join(alone, "program");
      await runTool(t, BUN.file(), ["build", "--compile", "main.mjs", "--outfile", program], folder);
      const { given, check } = await cloud(t);
      const { stdout } = await runTool(t, program, [], alone, { GIVEN: JSON.stringify(given) });
      check(JSON.parse(stdout));
    },
    { skip: skipRuntimes },
  );

  // The older version has no `WeakRef`.
  for (const [date, weak] of [
    ["2024-01-01", "undefined"],
    ["2026-01-01", "function"],
  ]) {
    project(
      `Cloudflare Workers of ${date}`,
      ["exercise.mjs", "workerd/worker.js"],
      async (t, folder) => {
        const dist = join(folder, "dist");
        const [{ build }, { Miniflare }] = await Promise.all(["esbuild", "miniflare"].map(tool));
        // The build that wrangler makes.
        const { warnings } = await build({
          entryPoints: [join(folder, "worker.js")],
          outdir: dist,
          bundle: true,
          format: "esm",
          conditions: ["workerd", "worker", "browser"],
          loader: { ".wasm": "copy" },
          logLevel: "silent",
        });
        assert.deepEqual(warnings, []);
        const files = (await readdir(dist)).sort((one) => (one === "worker.js" ? -1 : 1));
        const modules = await Promise.all(
          files.map(async (file) => ({
            type: file.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
            path: join(dist, file),
            contents: await readFile(join(dist, file)),
          })),
        );
        const { given, check } = await cloud(t);
        const worker = new Miniflare({ compatibilityDate: date, modulesRoot: dist, modules });
        t.after(() => worker.dispose());
        const response = await worker.dispatchFetch("http://localhost/", {
          method: "POST",
          body: JSON.stringify(given),
        });
        const answered = await response.text();
        assert.equal(response.status, 200, answered);
        const { told, bytes, weak: had } = JSON.parse(answered);
        assert.equal(had, weak);
        assert.equal(bytes.code, "invalid-argument");
        assert.match(bytes.message, /import the \.wasm file and pass it to init\(\)/);
        check(told);
      },
      { skip: skipRuntimes },
    );
  }
}
