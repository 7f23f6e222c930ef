// `ardexa upgrade <device>…`: prints each step as it arrives.
import { plain } from "../exit.js";
import { forEachDevice } from "../fleet.js";
import { withExamples, withParallel, withTimeout } from "../options.js";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addUpgrade(program, action) {
  const command = program
    .command("upgrade")
    .summary("upgrade the agents of devices")
    .description("Upgrades the agent of each device and prints each step.")
    .argument("<device...>", "device IDs");
  withTimeout(withParallel(command), "5m", "each step");
  withExamples(
    command,
    "ardexa upgrade e37efa74-08bc-49c1-b5a2-5fe7ccb533ec",
    "ardexa upgrade $(cat devices.txt) --parallel 4 --json",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {string[]} words @param {Record<string, any>} options */
async function run(context, words, options) {
  const devices = context.devices(words, options);
  const { output } = context;
  /** @param {string} device @param {import("ardexa-client").UpgradeStep} step */
  const step = (device, { status, complete }) => {
    if (options.json) return output.json({ device, status, complete });
    return output.data(`${devices.length > 1 ? `${context.nameOf(device)}: ` : ""}${plain(status)}\n`);
  };
  return forEachDevice(context, {
    devices,
    parallel: options.parallel,
    options,
    advice: "check the device ID, that the device is online, and its log, then run the command again",
    ask: (client, device) =>
      client.doUpgrade(device, { timeoutMs: options.timeout, onProgress: (one) => void step(device, one) }),
    tell: () => {},
  });
}
