// `npm run simulator`: runs only the simulated cloud, for a client elsewhere on this machine. Installs what is needed
// first; the rest, flags included, is www/simulator/cli.mjs.
import { ensure } from "./setup.mjs";
import { isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";

async function main() {
  await ensure({ npm: true });
  await import("../www/simulator/cli.mjs");
}

if (isMain(import.meta.url)) await runMain(main);
