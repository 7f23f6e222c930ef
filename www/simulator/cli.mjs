#!/usr/bin/env node
/** `npm run simulator`: starts the simulator, prints how to reach it, and stops on Ctrl-C. */
import { parseArgs } from "node:util";
import { startSimulator } from "./index.mjs";
import { CHOICES } from "./options.mjs";

const HELP = `An Ardexa cloud to develop and test against.

  --port N         default 8787; 0 for any free one
  --host NAME      default 127.0.0.1
  --devices N      default 12
  --rate N         samples a second of a feed, default 1
  --flap SECONDS   interval at which a device goes online or offline, default never
  --generation N   socket.io server generation: 4 (default), 3 or 2
  --hour N         hour of the plant's day at startup, default 10
  --directory WORD response of the list of devices: ${CHOICES.directory.join(", ")}; default devices
  --no-cors        pages of other origins may not read the list of devices
  --agent WORD     the agents' files: ${CHOICES.agentFiles.join(", ")}; default usual
  --quiet-cloud    no broadcasts
  --help
`;

const FLAGS = Object.fromEntries(
  ["port", "host", "devices", "rate", "flap", "generation", "hour", "directory", "agent"].map((name) => [
    name,
    { type: /** @type {const} */ ("string") },
  ]),
);

/** @param {Record<string, string | boolean | undefined>} flags @param {string} name @param {number} [otherwise] */
function number(flags, name, otherwise) {
  if (flags[name] === undefined) return otherwise;
  const value = Number(flags[name]);
  if (!(value >= 0)) throw new TypeError(`--${name} needs a number, not '${flags[name]}'`);
  return value;
}

async function main() {
  /** @type {{values: Record<string, string | boolean | undefined>}} */
  const { values } = parseArgs({
    options: {
      ...FLAGS,
      "no-cors": { type: "boolean" },
      "quiet-cloud": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const generation = /** @type {2 | 3 | 4} */ (number(values, "generation", 4));
  const sim = await startSimulator({
    port: number(values, "port", 8787),
    host: /** @type {string | undefined} */ (values.host),
    devices: number(values, "devices"),
    samplesPerSecond: number(values, "rate"),
    flapEveryMs: (number(values, "flap") ?? 0) * 1_000,
    startHour: number(values, "hour"),
    generation,
    directory: /** @type {import("./options.mjs").DirectoryAnswer | undefined} */ (values.directory),
    directoryCors: !values["no-cors"],
    agentFiles: /** @type {import("./fleet.mjs").Device["agentFiles"] | undefined} */ (values.agent),
    quietCloud: Boolean(values["quiet-cloud"]),
    quiet: false,
  });
  const rows = sim.devices.map(
    (d) =>
      `  ${d.id}  ${d.online ? "online " : "offline"}  ${d.name.padEnd(28)}${d.tables.map((t) => t.name).join(", ")}`,
  );
  process.stdout.write(`Ardexa simulator (socket.io ${generation})

  url        ${sim.url}
  workgroup  ${sim.workgroup}
  token      ${sim.token}
  read-only  ${sim.readOnlyToken}

${rows.join("\n")}

Press Ctrl-C to stop.
`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void sim.close());
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
