// Shared by the commands that send one request and receive "complete".
import { forEachDevice } from "../fleet.js";
import { withExamples, withParallel, withTimeout } from "../options.js";

const ADVICE = "check the device ID, that the device is online, and that the token has the Control Devices privilege";

/**
 * @typedef {import("commander").Command} Command
 * @typedef {(program: Command, action: import("../context.js").Action) => Command} Add
 * @typedef {"refreshMeta" | "sendArdexactl" | "sendArdpkg"} Method
 */

/**
 * @param {import("commander").Command} program @param {import("../context.js").Action} action
 * @param {{ name: string, summary: string, description: string, method: Method, done: string }} what
 */
export function addSimple(program, action, { name, summary, description, method, done }) {
  const command = program.command(name).summary(summary).description(description).argument("<device...>", "device IDs");
  withTimeout(withParallel(command), "30s");
  withExamples(command, `ardexa ${name} e37efa74-08bc-49c1-b5a2-5fe7ccb533ec`);
  return command.action(
    action((context, words, options) =>
      forEachDevice(context, {
        devices: context.devices(words, options),
        parallel: options.parallel,
        options,
        advice: ADVICE,
        ask: (client, device) => client[method](device, { timeoutMs: options.timeout }),
        tell: (device) =>
          options.json
            ? context.output.json({ device, complete: true })
            : context.output.say(`${context.nameOf(device)}: ${done}`),
      }),
    ),
  );
}
