// Follows one feed and writes it as CSV, until Ctrl-C or until the reader closes the pipe.
//
//   node feed-to-csv.mjs DEVICE TABLE SOURCE [FIELD] > inverter.csv
//   node feed-to-csv.mjs DEVICE TABLE SOURCE | head -n 100
//
// ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN select the cloud. Gaps and lost samples are reported on stderr.
import { pipeline } from "node:stream/promises";
import { connect } from "ardexa-client";

const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } = process.env;
const [deviceId, table, source, field] = process.argv.slice(2);
if (!source || !url || !workgroup || !token) {
  console.error("Pass DEVICE TABLE SOURCE [FIELD], and set ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN.");
  process.exit(2);
}

const client = await connect({ url, workgroup, token });
const time = (ms) => (ms === undefined ? "the start" : new Date(ms).toISOString());
const feed = await client.feed(
  { deviceId, table, source, ...(field && { field }) },
  {
    queue: 10_000, // samples buffered for a slow reader; beyond that the oldest are dropped and counted
    onGap: ({ fromMs, toMs }) => console.error(`gap: no samples from ${time(fromMs)} to ${time(toMs)}`),
  },
);
process.once("SIGINT", () => feed.stop());

/** RFC 4180: quotes a value that contains a comma, a quote or a line break. */
function cell(value) {
  const text =
    value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
const row = (values) => `${values.map(cell).join(",")}\r\n`;

async function* rows() {
  let begun = false;
  for await (const { event_time, messageId, value } of feed) {
    const values = Array.isArray(value) ? value : [value];
    // Samples do not carry field names, so the columns are numbered in the order of the device's configuration.
    if (!begun) {
      begun = true;
      yield row(["event_time", "messageId", ...(field ? [field] : values.map((_, index) => `value${index + 1}`))]);
    }
    yield row([event_time, messageId, ...values]);
  }
}

try {
  await pipeline(rows(), process.stdout); // applies the reader's backpressure
} catch (error) {
  if (error.code !== "EPIPE") throw error; // the reader closed the pipe: a normal end
} finally {
  if (feed.dropped) console.error(`${feed.dropped} samples were lost: the reader was too slow`);
  await client.close();
}
