// `ardexa cmd <device>… -- <command>`.
import { EXIT, UsageError } from "../exit.js";
import { forEachDevice } from "../fleet.js";
import { withExamples, withParallel, withTimeout } from "../options.js";

const USAGE = "ardexa cmd <device>… -- <command>";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addCmd(program, action) {
  const command = program
    .command("cmd")
    .summary("run a command on devices")
    .usage("[options] <device>… -- <command>")
    .description(
      "Runs a command in the remote shell of each device. Its output goes to stdout and stderr; with several devices, each line begins with the device. " +
        "The words after -- are joined with spaces; quote what the device's shell should interpret. " +
        "With one device, the exit code is that of the command.",
    )
    .argument("[words...]", "device IDs, then -- and the command");
  withTimeout(withParallel(command), "5m");
  withExamples(
    command,
    "ardexa cmd e37efa74-08bc-49c1-b5a2-5fe7ccb533ec -- uptime",
    "ardexa cmd $(cat devices.txt) --parallel 32 -- 'df -h / | tail -1'",
    "ardexa cmd $(cat devices.txt) --json -- uname -r | jq -r '[.device, .stdout] | @tsv'",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {string[]} words @param {Record<string, any>} options @param {import("commander").Command} command */
async function run(context, words, options, command) {
  const { given, cmd } = split(words, /** @type {any} */ (command.parent).rawArgs);
  const devices = context.devices(given, options);
  const { output } = context;
  const several = devices.length > 1;
  return forEachDevice(context, {
    devices,
    parallel: options.parallel,
    options,
    advice: "check the device ID, that the device is online, and that the token has the Control Devices privilege",
    ask: (client, device) => client.cmd(device, cmd, { timeoutMs: options.timeout }),
    async tell(device, { stdout, stderr, returnCode }) {
      if (options.json) {
        await output.json({ device, returnCode, stdout, stderr });
        return several ? oneIfNot(returnCode) : exitCode(returnCode);
      }
      const name = context.nameOf(device);
      if (stderr) output.raw(several ? prefixed(name, stderr) : stderr);
      if (stdout) await output.data(several ? prefixed(name, stdout) : stdout);
      if (several && returnCode !== 0) output.say(`${name}: exit code ${returnCode}`);
      return several ? oneIfNot(returnCode) : exitCode(returnCode);
    },
  });
}

/** @param {string[]} words @param {string[]} raw all arguments, including -- */
function split(words, raw) {
  const mark = raw.indexOf("--");
  if (mark < 0) throw new UsageError(`the command must follow --; usage: ${USAGE}`);
  const command = raw.slice(mark + 1);
  // `words` has the devices and the command, without the `--`.
  const given = words.slice(0, words.length - command.length);
  if (given.length === 0) throw new UsageError(`no device before --; usage: ${USAGE}`);
  const cmd = command.join(" ");
  if (cmd.trim() === "") throw new UsageError(`no command after --; usage: ${USAGE}`);
  return { given, cmd };
}

/** @param {number} returnCode */
const oneIfNot = (returnCode) => (returnCode === 0 ? EXIT.ok : EXIT.failed);

/** Passes on a valid process exit code; anything else is a failure. @param {number} returnCode */
const exitCode = (returnCode) =>
  Number.isInteger(returnCode) && returnCode >= 0 && returnCode <= 255 ? returnCode : EXIT.failed;

/** @param {string} device @param {string} text */
const prefixed = (device, text) =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `${device}: ${line}\n`)
    .join("");
