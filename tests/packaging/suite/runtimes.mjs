/** The package in Node of several versions, Bun and Deno. */
import assert from "node:assert/strict";
import { cloud, project } from "../lib/consumer.mjs";
import { BUN, DENO, NODES, run } from "../lib/runtimes.mjs";
import { silentCloud } from "../lib/silent-cloud.mjs";

const WAYS = {
  "by import": "import.mjs",
  "by require": "require.cjs",
  "inline by import": "inline-import.mjs",
  "inline by require": "inline-require.cjs",
};

export function runtimeTests() {
  for (const runtime of [...NODES, BUN, DENO]) {
    for (const [way, file] of Object.entries(WAYS)) {
      project(`${runtime.name} ${way}`, ["exercise.mjs", `node/${file}`], async (t, folder) => {
        const { given, check } = await cloud(t);
        check(await run(t, runtime, folder, file, given));
      }, runtime);
    }
  }

  for (const runtime of [...NODES, BUN, DENO]) {
    project(`${runtime.name} has stacks that begin at the caller's line`, ["node/stack.mjs"], async (t, folder) => {
      const { given } = await cloud(t);
      for (const [name, { first, inner, all }] of Object.entries(await run(t, runtime, folder, "stack.mjs", given)))
        assert.deepEqual({ first, inner }, { first: true, inner: [] }, `${name}:\n${all.join("\n")}`);
    }, runtime);
  }

  // As AWS Lambda runs it: a CommonJS file may not `require` an ES module.
  for (const runtime of NODES) {
    for (const [way, file] of Object.entries(WAYS)) {
      project(`${runtime.name} ${way}, as on Lambda`, ["exercise.mjs", `node/${file}`], async (t, folder) => {
        const { given, check } = await cloud(t);
        check(await run(t, runtime, folder, file, given, { flags: ["--no-experimental-require-module"] }));
      }, runtime);
    }
  }

  // Deno's own WebSocket cannot be cut.
  for (const [runtime, withPackage] of /** @type {const} */ ([...NODES.map((node) => [node, false]), [BUN, false], [DENO, true]])) {
    const name = `${runtime.name} ${withPackage ? "with the package ws " : ""}ends after close(), whose server never answers it`;
    project(name, ["node/close.mjs"], async (t, folder) => {
      const options = await silentCloud(t);
      assert.deepEqual(await run(t, runtime, folder, "close.mjs", { options, withPackage }), { state: "closed" });
    }, runtime);
  }
}
