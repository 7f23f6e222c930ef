// `npm start`: builds, demonstrates the API in the terminal, then serves the dashboard until Ctrl-C.
//
// The page reads its connection settings from /config.json. They include the simulator's token, which grants access
// only to the simulator. A real cloud's token is never included: it controls devices, so it stays in this process's
// memory, and the user enters one in the page. The server listens on loopback and rejects other host names and sites.
import { build } from "./build.mjs";
import { buildDashboard } from "./dashboard.mjs";
import { cloudFrom, openTarget } from "./lib/target.mjs";
import { isMain } from "./lib/paths.mjs";
import { portFrom, untilStopped } from "./lib/stop.mjs";
import { Problem, report, runMain } from "./lib/problem.mjs";
import { runPass } from "./lib/pass.mjs";
import { serve } from "./lib/serve.mjs";
import { SIMULATOR } from "./demo.mjs";
import { bold, dim, say } from "./lib/progress.mjs";

/** Lets the page show devices going online and offline. */
const FLAP_MS = 20_000;

async function main() {
  const port = portFrom(process.argv.slice(2));
  if (port !== undefined && !(port <= 65_535)) throw new Problem("--port wants a number from 0 to 65535.");
  cloudFrom(process.env);
  await build();
  const page = await buildDashboard();

  const stopped = untilStopped();
  const target = await openTarget({ ...SIMULATOR, flapEveryMs: FLAP_MS });
  /** @type {Awaited<ReturnType<typeof serve>> | undefined} */
  let site;
  try {
    const shown = await Promise.race([show(target).then(() => true), stopped]);
    if (!shown) return;
    const { url, workgroup, token, simulated } = target;
    const config = {
      url,
      workgroup,
      ...(simulated && { token }),
      get devices() {
        return target.devices;
      },
    };
    site = await serve({
      port,
      folders: { "/": page },
      json: { "/config.json": config },
    });
    say(
      `\n  The dashboard is at ${bold(site.url)}${simulated ? ", on the simulator" : ""}.  ${dim("Ctrl-C ends it.")}`,
    );
    await stopped;
    say("\n  Ending.");
  } finally {
    await site?.close();
    await target.close();
  }
}

/**
 * A simulator that does not answer is a bug; a real cloud may still answer once the page has another token.
 * @param {import("./lib/target.mjs").Target} target
 */
async function show(target) {
  try {
    await runPass(target);
  } catch (error) {
    if (target.simulated) throw error;
    report(error);
  }
}

if (isMain(import.meta.url)) {
  await runMain(main);
  // Requests still pending after Ctrl-C are dropped.
  process.exit();
}
