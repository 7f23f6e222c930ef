// Finds the source that deviates most from its peers. For one field, compares the mean of each log's newest rows with
// the median of all logs that have the field. Prints one line per source, the largest deviation first.
//
//   node deviating-source.mjs "AC Power"
//   node deviating-source.mjs "AC Power" 30        # the mean of 30 rows, not of 15
//
// Lists the devices from the cloud, then reads the logs of each online device with read-only commands. ARDEXA_URL,
// ARDEXA_WORKGROUP and ARDEXA_TOKEN select the cloud. Exit code: 1 if no value could be read, 2 on a usage error.
import { connect } from "ardexa-client";
import { askDevice, listDevices } from "ardexa-client/catalog";

const AT_ONCE = 10;

const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } = process.env;
const [name, count = "15"] = process.argv.slice(2);
if (!name || !/^[1-9]\d*$/.test(count) || !url || !workgroup || !token) {
  console.error(
    "Pass the field's name and, if not 15, the number of rows; set ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN.",
  );
  process.exit(2);
}

const { devices } = await listDevices({ url, workgroup, token });
// `online` is undefined if the cloud does not report it; then asking the device settles it.
const waiting = devices.filter(({ online }) => online !== false);
const client = await connect({ url, workgroup, token });
const found = [];

async function worker() {
  for (let device = waiting.shift(); device; device = waiting.shift()) {
    const { rows, issues } = await askDevice(client, device.id, { config: false, rows: Number(count) });
    for (const { message } of issues) console.error(`${device.name ?? device.id}: ${message}`);
    for (const { source, fields, values } of rows) {
      const at = fields.findIndex((field) => field.name === name);
      const numbers = (values[at] ?? []).filter((value) => typeof value === "number");
      if (numbers.length)
        found.push({ device: device.name ?? device.id, source, units: fields[at].units ?? "", value: mean(numbers) });
    }
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker));
await client.close();

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Only sources with the same units are compared.
const middle = new Map();
for (const { units } of found)
  middle.set(units, median(found.filter((one) => one.units === units).map(({ value }) => value)));
const share = ({ value, units }) => (middle.get(units) === 0 ? 0 : value / middle.get(units) - 1);
for (const one of found.toSorted((a, b) => Math.abs(share(b)) - Math.abs(share(a)))) {
  const percent = share(one) * 100;
  console.log(
    [
      `${percent < 0 ? "" : "+"}${percent.toFixed(1)} %`,
      `${one.value.toPrecision(6)} ${one.units}`.trim(),
      one.source,
      one.device,
    ].join("\t"),
  );
}
if (!found.length) console.error(`no log has a value of ${name}; \`ardexa sources\` prints the available names`);
process.exitCode = found.length ? 0 : 1;
