// `npm run demo`: the pass over the API in the terminal, and nothing else.
import { build } from "./build.mjs";
import { cloudFrom, openTarget } from "./lib/target.mjs";
import { isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";
import { runPass } from "./lib/pass.mjs";

/** What the pass wants of the simulator: samples quickly enough to watch, and daylight, since a plant at night says 0. */
export const SIMULATOR = { samplesPerSecond: 4, startHour: 10 };

async function main() {
  cloudFrom(process.env); // What is missing is told before the build, not after it.
  await build();
  const target = await openTarget(SIMULATOR);
  try {
    await runPass(target);
  } finally {
    await target.close();
  }
}

if (isMain(import.meta.url)) await runMain(main);
