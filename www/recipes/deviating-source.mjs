// Finds the source that deviates most from its neighbours: of one field, the mean of the newest rows of every log that
// has it, beside the median of all; a line for each, the furthest off first.
//
//   node deviating-source.mjs "AC Power"
//   node deviating-source.mjs "AC Power" 30        # the mean of 30 rows, not of 15
//
// Asks the cloud which devices there are, and each that is online for its logs, by commands that only read. ARDEXA_URL,
// ARDEXA_WORKGROUP and ARDEXA_TOKEN name the cloud. Exit code: 1 where no value could be read, 2 for a wrong call.
import { connect } from "ardexa-client";
import { askDevice, listDevices } from "ardexa-client/catalog";

const AT_ONCE = 10;

const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } = process.env;
const [name, count = "15"] = process.argv.slice(2);
if (!name || !/^[1-9]\d*$/.test(count) || !url || !workgroup || !token) {
  console.error("Say the field's name, and a number of rows if it is not 15; set ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN.");
  process.exit(2);
}

const { devices } = await listDevices({ url, workgroup, token });
// Where the cloud does not say, the device is asked: that tells.
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
      if (numbers.length) found.push({ device: device.name ?? device.id, source, units: fields[at].units ?? "", value: mean(numbers) });
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

// What is of other units is no neighbour.
const middle = new Map();
for (const { units } of found) middle.set(units, median(found.filter((one) => one.units === units).map(({ value }) => value)));
const share = ({ value, units }) => (middle.get(units) === 0 ? 0 : value / middle.get(units) - 1);
for (const one of found.toSorted((a, b) => Math.abs(share(b)) - Math.abs(share(a)))) {
  const percent = share(one) * 100;
  console.log([`${percent < 0 ? "" : "+"}${percent.toFixed(1)} %`, `${one.value.toPrecision(6)} ${one.units}`.trim(), one.source, one.device].join("\t"));
}
if (!found.length) console.error(`no log has a value of ${name}; look at the names that \`ardexa sources\` prints`);
process.exitCode = found.length ? 0 : 1;
