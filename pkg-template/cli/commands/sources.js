// `ardexa sources <device>`: the sources that a device offers for feeds.
import { rememberSources } from "../catalog-cache.js";
import { printRows, sayIssues } from "../columns.js";
import { EXIT, exitCodeOf } from "../exit.js";
import { withExamples, withTimeout } from "../options.js";
import { withoutRaw } from "./devices.js";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addSources(program, action) {
  const command = program
    .command("sources")
    .summary("list the tables, sources and fields of a device")
    .description(
      "Lists the sources of the device: table, source, type, units and fields. Reads the agent's configuration and the first line of its logs " +
        "with read-only commands in the remote shell. The names are cached for shell completion. " +
        "Based on public documentation; not tested with a real agent.",
    )
    .argument("<device>", "device ID");
  withTimeout(command, "1m");
  withExamples(
    command,
    "ardexa sources e37efa74-08bc-49c1-b5a2-5fe7ccb533ec",
    "ardexa sources e37efa74-08bc-49c1-b5a2-5fe7ccb533ec --json | jq -r '.sources[] | .table + \" \" + .source'",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {string} word @param {Record<string, any>} options */
async function run(context, word, options) {
  const { output, env } = context;
  const [device] = context.devices([word], options);
  const { url, workgroup } = context.settings(options).client;
  const connection = await context.connect(options, { stays: false, devices: [device] });
  const { askDevice } = await import("../../catalog-node.js");
  let answer;
  try {
    answer = await askDevice(connection.client, device, { timeoutMs: options.timeout });
  } catch (thrown) {
    const error = connection.because(thrown);
    await context.failed(options, error, [device]);
    throw error;
  }
  const { answered, sources, issues, name, shell } = answer;
  if (answered) rememberSources({ env, url, workgroup }, answer);
  if (options.json) {
    const about = { ...(name !== undefined && { name }), ...(shell && { shell }) };
    await output.json({ device, answered, ...about, sources: sources.map(withoutRaw), issues });
  } else {
    const rows = sources.map(({ table, source, type = "", units = "", fields }) => [
      table,
      source,
      type,
      units,
      fieldsOf(fields),
    ]);
    if (rows.length) await printRows(output, ["table", "source", "type", "units", "fields"], rows);
    else if (answered) output.say("no sources found");
    sayIssues(output, issues);
  }
  return answered ? EXIT.ok : exitCodeOf({ code: issues[0]?.code });
}

/** @param {readonly import("../../catalog.js").CatalogField[]} fields */
const fieldsOf = (fields) => fields.map(({ name, units }) => (units ? `${name} (${units})` : name)).join(", ");
