// `ardexa test-config <device> <file>`.
import { readConfig } from "../config.js";
import { forEachDevice } from "../fleet.js";
import { withExamples, withTimeout } from "../options.js";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addTestConfig(program, action) {
  const command = program
    .command("test-config")
    .summary("check a configuration on a device")
    .description(
      "Makes the device check a configuration (JSON or YAML) without applying it. The API tests objects only, so YAML is converted to an object; aliases and merge keys (<<) are resolved.",
    )
    .argument("<device>", "device ID")
    .argument("<file>", "configuration file, or - for standard input");
  withTimeout(command, "30s");
  withExamples(
    command,
    "ardexa test-config e37efa74-08bc-49c1-b5a2-5fe7ccb533ec plant.yaml",
    "generate-config | ardexa test-config e37efa74-08bc-49c1-b5a2-5fe7ccb533ec -",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {string} word @param {string} file @param {Record<string, any>} options */
async function run(context, word, file, options) {
  const devices = context.devices([word], options);
  const [device] = devices;
  context.settings(options);
  const config = await readConfig(file, context.stdin, { asObject: true });
  return forEachDevice(context, {
    devices,
    parallel: 1,
    options,
    advice: `correct ${config.name}, or check the device ID and that the device is online`,
    ask: (client) => client.testConfig(device, config.object, { timeoutMs: options.timeout }),
    tell: () =>
      options.json
        ? context.output.json({ device, result: "success" })
        : context.output.say(`${context.nameOf(device)}: ${config.name} is valid; use apply-config to apply it`),
  });
}
