// `ardexa apply-config <device> <file>`: asks for confirmation.
import { createInterface } from "node:readline";
import { readConfig } from "../config.js";
import { EXIT, UsageError } from "../exit.js";
import { forEachDevice } from "../fleet.js";
import { withExamples, withTimeout } from "../options.js";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addApplyConfig(program, action) {
  const command = program
    .command("apply-config")
    .summary("apply a configuration to a device")
    .description(
      "Saves a configuration (JSON or YAML) on the device and restarts its agent, after a confirmation prompt. YAML is sent unchanged.",
    )
    .argument("<device>", "device ID")
    .argument("<file>", "configuration file, or - for standard input")
    .option("-y, --yes", "skip the confirmation prompt");
  withTimeout(command, "30s");
  withExamples(
    command,
    "ardexa apply-config e37efa74-08bc-49c1-b5a2-5fe7ccb533ec plant.yaml",
    "generate-config | ardexa apply-config e37efa74-08bc-49c1-b5a2-5fe7ccb533ec - --yes",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {string} word @param {string} file @param {Record<string, any>} options */
async function run(context, word, file, options) {
  const devices = context.devices([word], options);
  const [device] = devices;
  const settings = context.settings(options);
  if (!options.yes && (file === "-" || !context.stdin.isTTY)) {
    const why = file === "-" ? "the configuration is read from standard input" : "standard input is not a terminal";
    throw new UsageError(`${why}, so there can be no confirmation prompt; use --yes to skip it`);
  }
  const config = await readConfig(file, context.stdin, { asObject: false });
  if (!options.yes) {
    const lines = config.text.trimEnd().split("\n").length;
    const name = context.nameOf(device);
    const target = name === device ? device : `${name} (${device})`;
    const question = `Apply ${config.name} (${config.kind}, ${lines} lines) to ${target} in workgroup ${settings.client.workgroup} and restart its agent? [y/N] `;
    if (!(await confirmed(context, question))) {
      if (!context.signal.aborted) context.output.say("cancelled; nothing was sent");
      return EXIT.failed;
    }
  }
  return forEachDevice(context, {
    devices,
    parallel: 1,
    options,
    advice: `correct ${config.name}, or check the device ID and that the device is online`,
    ask: (client) =>
      config.kind === "YAML"
        ? client.applyYamlConfig(device, config.text, { timeoutMs: options.timeout })
        : client.applyConfig(device, config.object, { timeoutMs: options.timeout }),
    tell: () =>
      options.json
        ? context.output.json({ device, result: "success" })
        : context.output.say(`${context.nameOf(device)}: ${config.name} was applied; the agent is restarting`),
  });
}

/** Only `y` and `yes` confirm; end of input means no. @param {import("../context.js").Context} context @param {string} question */
function confirmed({ stdin, output, signal }, question) {
  return new Promise((resolve) => {
    // Not as a terminal: readline would handle Ctrl-C itself.
    const lines = createInterface({ input: stdin, terminal: false });
    const answer = (/** @type {boolean} */ yes) => {
      resolve(yes); // the first call counts; closing resolves too
      lines.close();
    };
    const unanswered = () => {
      output.raw("\n");
      answer(false);
    };
    lines.once("line", (line) => {
      lines.off("close", unanswered);
      answer(/^\s*y(es)?\s*$/i.test(line));
    });
    lines.once("close", unanswered);
    signal.addEventListener("abort", () => lines.close(), { once: true });
    output.raw(question);
  });
}
