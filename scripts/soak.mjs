// `npm run soak -- --minutes N --seed S`: level memory over many samples and restarts; see tests/node/endurance/.
import { build } from "./build.mjs";
import { durationFrom, load, verdict } from "./lib/duration.mjs";
import { isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

async function main() {
  const { ms, seed } = durationFrom(process.argv.slice(2), 10);
  await build();
  // Loaded before the package, since it captures the module's memory on instantiation.
  await load("tests", "node", "lib", "wasm-memory.mjs");
  const { ArdexaClient } = await load("pkg", "node.js");
  const { soak } = await load("tests", "node", "endurance", "soak.mjs");
  say(`soaking for ${ms / 60_000} minutes, seed ${seed}`);
  const began = Date.now();
  const result = await soak({
    ArdexaClient,
    ms,
    seed,
    say: (/** @type {string} */ line) =>
      say(`${String(Math.round((Date.now() - began) / 1_000)).padStart(4)} s ${line}`),
  });
  return verdict("soak", result, seed);
}

if (isMain(import.meta.url)) await runMain(main);
