// `ardexa devices`: the cloud's list of the workgroup's devices.
import { rememberDevices } from "../catalog-cache.js";
import { printRows, sayIssues } from "../columns.js";
import { EXIT } from "../exit.js";
import { withExamples, withTimeout } from "../options.js";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addDevices(program, action) {
  const command = program
    .command("devices")
    .summary("list the devices of the workgroup")
    .description(
      "Lists the devices of the workgroup with the cloud's REST API: ID, state, name and number of sources. " +
        "The names are cached for shell completion. Based on public documentation; not tested with a real cloud.",
    );
  withTimeout(command, "30s");
  withExamples(
    command,
    "ardexa devices",
    "ardexa devices --json | jq -r 'select(.online) | .id' > devices.txt",
    "ardexa devices --json | jq -r '.sources[] | [.table, .source] | @tsv' | sort -u",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {Record<string, any>} options */
async function run(context, options) {
  const { output, env } = context;
  const { url, workgroup } = context.settings(options).client;
  const { devices, issues } = await list(context, options);
  rememberDevices({ env, url, workgroup }, devices);
  if (options.json) {
    for (const { raw: _, sources, ...device } of devices)
      await output.json({ ...device, sources: sources.map(withoutRaw) });
    for (const issue of issues) await output.json({ issue });
  } else {
    const rows = devices.map(({ id, online, name = "", sources }) => [
      id,
      stateOf(online),
      name,
      String(sources.length),
    ]);
    if (rows.length) await printRows(output, ["device", "state", "name", "sources"], rows);
    else output.say("no devices in this workgroup, or the token has no access to them");
    sayIssues(output, issues);
  }
  return EXIT.ok;
}

/** @param {import("../context.js").Context} context @param {Record<string, any>} options */
async function list(context, options) {
  const { client, proxy } = context.settings(options);
  const { url, workgroup, token, allowInsecure } = client;
  const { listDevices } = await import("../../catalog-node.js");
  try {
    return await listDevices({
      ...{ url, workgroup, token, allowInsecure },
      signal: context.signal,
      timeoutMs: options.timeout,
      ...(proxy && { fetch: (address, init) => proxy.fetch(address, init) }),
    });
  } catch (thrown) {
    const { code } = /** @type {import("ardexa-client").ArdexaError} */ (thrown);
    const error = code === "unreachable" ? (proxy?.failure ?? thrown) : thrown;
    await context.failed(options, error);
    throw error;
  }
}

/** @param {boolean | undefined} online */
const stateOf = (online) => (online === undefined ? "unknown" : online ? "online" : "offline");

/** A scenario may contain data that does not belong in a file that users share. @param {any} source */
export const withoutRaw = ({ raw: _, ...source }) => source;
