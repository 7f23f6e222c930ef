// Runs the program, from its arguments to the exit code.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { Context } from "./context.js";
import { EXIT, EXIT_CODES, exitCodeOf, sentenceFor, UsageError } from "./exit.js";
import { listenForInterrupts, unless } from "./interrupt.js";
import { refuseToken, withConnection } from "./options.js";
import { Output } from "./output.js";
import { addCompletion, asksForCompletion, complete } from "./commands/completion.js";
import { addApplyConfig } from "./commands/apply-config.js";
import { addCmd } from "./commands/cmd.js";
import { addDevices } from "./commands/devices.js";
import { addFeed } from "./commands/feed.js";
import { addRefreshMeta } from "./commands/refresh-meta.js";
import { addSendArdexactl } from "./commands/send-ardexactl.js";
import { addSendArdpkg } from "./commands/send-ardpkg.js";
import { addSources } from "./commands/sources.js";
import { addTestConfig } from "./commands/test-config.js";
import { addUpgrade } from "./commands/upgrade.js";
import { addWatch } from "./commands/watch.js";

const COMMANDS = [
  addDevices,
  addSources,
  addCmd,
  addFeed,
  addWatch,
  addTestConfig,
  addApplyConfig,
  addRefreshMeta,
  addUpgrade,
  addSendArdexactl,
  addSendArdpkg,
];
const HELP = /** @type {const} */ (["-h, --help", "show help"]);
/** How long an interrupted command may take to shut down. */
const LEAVE_MS = 5_000;

const MORE = `
Environment:
  ARDEXA_URL        cloud URL, for example https://app.ardexa.com
  ARDEXA_WORKGROUP  workgroup ID
  ARDEXA_TOKEN      API token with the Control Devices privilege; there is no option for it
  ARDEXA_PROFILE    profile from ardexa.json, which is in the current directory or in ardexa/ in
                    your configuration directory
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                    proxy for connections to the cloud
  NO_COLOR          disable colours

Exit codes:
${EXIT_CODES.map(([code, when]) => `  ${code.padEnd(5)}${when}`).join("\n")}
  With one device, cmd exits with the exit code of the command itself.

Examples:
  $ ardexa cmd e37efa74-08bc-49c1-b5a2-5fe7ccb533ec -- uptime
  $ ardexa feed e37efa74-08bc-49c1-b5a2-5fe7ccb533ec -t solar -s inverter-01 -f "AC Power"
  $ ardexa help feed`;

/** @param {string[]} argv without node and the script */
export async function main(argv) {
  const output = new Output({ stdout: process.stdout, stderr: process.stderr, env: process.env });
  const interrupts = listenForInterrupts();
  const context = new Context({ output, signal: interrupts.signal, env: process.env, stdin: process.stdin });

  // After an interrupt everything ends by itself, unless it waits for something that never settles.
  const late = afterwards(interrupts.signal);

  /** @type {number} */
  let exitCode = EXIT.ok;
  try {
    if (!asksForCompletion(argv)) refuseToken(argv);
    exitCode = (await unless(late, run(argv, context))) ?? EXIT.ok;
  } catch (error) {
    if (interrupts.exitCode() === undefined) {
      output.endBlock();
      output.say(sentenceFor(error, context.known));
      exitCode = exitCodeOf(error);
    }
  }
  output.endBlock();
  await unless(
    late,
    context.close().then(() => output.flush()),
  );
  if (output.failure && interrupts.exitCode() === undefined) {
    output.say(output.failure.message);
    exitCode = EXIT.failed;
  }
  process.exit(interrupts.exitCode() ?? exitCode);
}

/** A signal that fires `LEAVE_MS` after the given one. @param {AbortSignal} signal */
function afterwards(signal) {
  const later = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => later.abort(), LEAVE_MS), { once: true });
  return later.signal;
}

/** @param {string[]} argv @param {Context} context @returns {Promise<number>} the exit code */
async function run(argv, context) {
  /** @type {number} */
  let exitCode = EXIT.ok;
  const program = makeProgram(context, (work) => async (...args) => {
    exitCode = (await work(context, ...args)) ?? EXIT.ok;
  });
  if (asksForCompletion(argv)) {
    await complete(program, argv, context);
    return exitCode;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(wrongUsage(program, argv, error));
  }
  return exitCode;
}

/** @param {Context} context @param {import("./context.js").Action} action */
function makeProgram(context, action) {
  const program = new Command("ardexa")
    .description("Run commands, stream live data, and configure and upgrade devices in the Ardexa cloud.")
    .version(version(), "--version", "show the version")
    .helpOption(...HELP)
    .addHelpText("after", MORE)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void context.output.data(text), writeErr: () => {} });
  for (const add of COMMANDS) withConnection(add(program, action)).helpOption(...HELP);
  addCompletion(program, action).helpOption(...HELP);
  return program;
}

/** @param {Command} program @param {string[]} argv @param {CommanderError} error */
function wrongUsage(program, argv, error) {
  const command = program.commands.find((one) => one.name() === argv[0]);
  const help = command ? `ardexa ${command.name()} --help` : "ardexa --help";
  if (error.code === "commander.help") return `no command given; see ${help}`;
  const said = error.message
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  const late =
    !command && error.code === "commander.unknownOption" ? " before the command (options must follow it)" : "";
  return `${said}${late}; see ${help}`;
}

function version() {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
