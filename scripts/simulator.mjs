// `npm run simulator`: the simulated cloud alone, for a client that runs elsewhere on this machine.
import { ensure } from "./setup.mjs";
import { isMain } from "./lib/paths.mjs";
import { portFrom, untilStopped } from "./lib/stop.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { bold, dim, say } from "./lib/progress.mjs";
import { startSimulator } from "./lib/target.mjs";

const FLAP_MS = 20_000;

async function main() {
  const port = portFrom(process.argv.slice(2)) ?? 0;
  if (!(port <= 65_535)) throw new Problem("--port wants a number from 0 to 65535.");
  await ensure({ npm: true });
  const stopped = untilStopped();
  const simulator = await startSimulator({ port, quiet: false, flapEveryMs: FLAP_MS }).catch((error) => {
    throw error.code === "EADDRINUSE" ? new Problem(`Port ${port} is taken; name another with --port.`) : error;
  });
  say(`url        ${bold(simulator.url)}`);
  say(`workgroup  ${simulator.workgroup}`);
  say(`token      ${simulator.token}`);
  say("devices");
  for (const { id, name } of simulator.devices) say(`  ${id}  ${name}`);
  say(dim("\nCtrl-C ends it."));
  await stopped;
  await simulator.close();
}

if (isMain(import.meta.url)) await runMain(main);
