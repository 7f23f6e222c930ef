// `ardexa watch`: prints the cloud's broadcasts as they arrive.
import { EXIT, plain } from "../exit.js";
import { withEnd, withExamples } from "../options.js";
import { untilDone } from "../streams.js";

/** @typedef {import("ardexa-client").ClientEvents} ClientEvents */
/** @typedef {"device:stateChange" | "device:new" | "device:metaChange"} Name */

/**
 * For each event, the device and its state.
 * @type {{ [N in Name]: (event: ClientEvents[N]) => [string, string] }}
 */
const EVENTS = {
  "device:stateChange": ({ deviceId, cn, online }) => [deviceId ?? cn, online ? "online" : "offline"],
  "device:new": ({ id, online }) => [id, online ? "new, online" : "new"],
  "device:metaChange": ({ id }) => [id, "configuration changed"],
};

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addWatch(program, action) {
  const command = program
    .command("watch")
    .summary("print device events of the workgroup")
    .description(
      "Prints the cloud's broadcasts: devices that go online or offline, are new, or have a changed configuration. Each line has the time, the device and the event, separated by tabs.",
    );
  withEnd(command, "events");
  withExamples(command, "ardexa watch", "ardexa watch --json --for 1h > events.ndjson");
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {Record<string, any>} options */
async function run(context, options) {
  const { output } = context;
  const end = untilDone(context, options);
  const connection = await context.connect(options, { stays: true }, (client) => {
    const events = /** @type {[Name, (event: any) => [string, string]][]} */ (Object.entries(EVENTS));
    for (const [event, describe] of events) {
      client.on(event, (payload) => {
        if (!end.take()) return;
        const time = new Date().toISOString();
        if (options.json) void output.json({ time, event, ...payload });
        else {
          const [device, news] = describe(payload);
          void output.data(`${[time, context.nameOf(device), news].map(plain).join("\t")}\n`);
        }
        end.took();
      });
    }
    client.on("disconnect", ({ willReconnect }) => willReconnect || end.now());
    client.on("connect_error", ({ willRetry }) => willRetry || end.now());
  });
  end.start();
  if (output.canDraw(output.stderr)) output.say("watching for events; press Ctrl-C to stop");
  await end.done;
  if (connection.over && !end.intended) {
    await context.failed(options, connection.over);
    throw connection.over;
  }
  return EXIT.ok;
}
