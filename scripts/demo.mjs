// `npm run demo`: runs only the pass over the API in the terminal.
import { build } from "./build.mjs";
import { cloudFrom, openTarget } from "./lib/target.mjs";
import { isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";
import { runPass } from "./lib/pass.mjs";

/** Simulator settings for the pass: samples fast enough to watch, and daylight, since a plant reports 0 at night. */
export const SIMULATOR = { samplesPerSecond: 4, startHour: 10 };

async function main() {
  cloudFrom(process.env); // Reports missing settings before the build.
  await build();
  const target = await openTarget(SIMULATOR);
  try {
    await runPass(target);
  } finally {
    await target.close();
  }
}

if (isMain(import.meta.url)) await runMain(main);
