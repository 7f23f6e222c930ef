// `npm run flap -- --minutes N --seed S`: one client on a constantly failing network; see tests/node/endurance/.
import { build } from "./build.mjs";
import { durationFrom, load, verdict } from "./lib/duration.mjs";
import { isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

async function main() {
  const { ms, seed } = durationFrom(process.argv.slice(2), 2);
  await build();
  const { ArdexaClient } = await load("pkg", "node.js");
  const { flap } = await load("tests", "node", "endurance", "flap.mjs");
  say(`flapping for ${ms / 60_000} minutes, seed ${seed}`);
  const began = Date.now();
  const result = await flap({
    ArdexaClient,
    ms,
    seed,
    say: (/** @type {string} */ line) => say(`${Math.round((Date.now() - began) / 1_000)} s: ${line}`),
  });
  return verdict("flap", result, seed);
}

if (isMain(import.meta.url)) await runMain(main);
