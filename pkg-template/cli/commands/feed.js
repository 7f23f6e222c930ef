// `ardexa feed <device>…`: samples as ndjson, as CSV, or as a live table.
import { EXIT, exitCodeOf, failureLine, sentenceFor, UsageError } from "../exit.js";
import { Option } from "commander";
import { csvWriter, liveWriter, ndjsonWriter } from "../formats.js";
import { name, withEnd, withExamples, withTimeout } from "../options.js";
import { untilDone } from "../streams.js";

/** Number of samples queued for a slow reader. */
const QUEUE = 65_536;

/** @param {import("commander").Command} program @param {Function} action */
export function addFeed(program, action) {
  const command = program
    .command("feed")
    .summary("print live data")
    .description(
      "Prints the samples of one source of each device as they come. A lost connection does not end it; what was missed is told on stderr.",
    )
    .argument("<device...>", "IDs of devices")
    .requiredOption("-t, --table <name>", "the table", name)
    .requiredOption("-s, --source <name>", "the source within the table", name)
    .option("-f, --field <name>", "one field of a CSV source (default: all of them)", name)
    .addOption(
      new Option(
        "--format <format>",
        "ndjson, csv, or live: a table that is drawn anew (default: live on a terminal, else ndjson)",
      ).choices(["ndjson", "csv", "live"]),
    );
  command.option("--bom", "begin CSV with a byte-order mark, by which Excel knows UTF-8");
  withTimeout(withEnd(command, "samples"), "30s, for the opening of a feed");
  withExamples(
    command,
    'ardexa feed e37efa74-08bc-49c1-b5a2-5fe7ccb533ec -t solar -s inverter-01 -f "AC Power"',
    "ardexa feed $(cat devices.txt) -t solar -s inverter-01 --format csv --for 10m > power.csv",
    "ardexa feed e37efa74-08bc-49c1-b5a2-5fe7ccb533ec -t system -s cpu_usage --json | jq .value",
  );
  return command.action(action(run));
}

/** @param {import("../context.js").Context} context @param {string[]} words @param {Record<string, any>} options */
async function run(context, words, options) {
  const { output } = context;
  const devices = context.devices(words, options);
  const format = formatOf(options, output);
  const end = untilDone(context, options);
  const connection = await context.connect(options, { stays: true, devices });
  const { table, source, field } = options;
  const writer = { ndjson: ndjsonWriter, csv: csvWriter, live: liveWriter }[format](output, {
    devices,
    nameOf: (device) => context.nameOf(device),
    table,
    source,
    field,
    bom: options.bom,
  });
  const codes = [];
  let told = false;

  const requests = devices.map((deviceId) => ({ deviceId, table, source, ...(field !== undefined && { field }) }));
  const opened = await Promise.all(requests.map((request) => open(request)));
  end.start();
  const over = Promise.all(opened.filter(Boolean).map(follow));
  // If no feed is left, there is nothing to wait for.
  void over.then(() => end.now());
  await end.done;
  await Promise.all([...context.feeds].map((feed) => feed.stop()));
  await over;
  writer.end();
  tellLosses();
  const failed = codes.filter((code) => code !== EXIT.ok);
  return failed.every((code) => code === failed[0]) ? (failed[0] ?? EXIT.ok) : EXIT.failed;

  async function open(request) {
    try {
      const feed = await connection.client.feed(request, {
        queue: QUEUE,
        timeoutMs: options.timeout,
        onGap: (gap) => tellGap(request, gap),
      });
      context.feeds.add(feed);
      return feed;
    } catch (error) {
      failure(request, error);
    }
  }

  /** Writes a feed's samples until it ends or the count is reached. */
  async function follow(feed) {
    try {
      for await (const sample of feed) {
        if (!end.take()) break;
        await writer.sample(sample);
        end.took();
      }
    } catch (error) {
      failure(feed.request, error);
    }
  }

  function failure({ deviceId }, thrown) {
    if (end.over) return;
    // All feeds share one connection, so its end is reported once.
    const error = connection.because(thrown);
    codes.push(exitCodeOf(error));
    if (options.json) void output.json(failureLine(deviceId, error));
    if (connection.over && told) return;
    told = Boolean(connection.over);
    const advice = "check the device's ID, the table, the source and the field";
    const sentence = sentenceFor(error, { ...context.known, advice });
    output.say(devices.length > 1 && !told ? `${context.nameOf(deviceId)}: ${sentence}` : sentence);
  }

  function tellGap({ deviceId }, { fromMs, toMs }) {
    writer.gap?.(deviceId);
    const from = fromMs === undefined ? "the start" : new Date(fromMs).toISOString();
    output.say(
      `${context.nameOf(deviceId)}: the samples from ${from} to ${new Date(toMs).toISOString()} are missing; the feed goes on`,
    );
  }

  function tellLosses() {
    const dropped = opened.reduce((sum, feed) => sum + (feed?.dropped ?? 0), 0);
    if (dropped)
      output.say(
        `${dropped} samples were dropped, since they were not read fast enough; write to a file, or read faster`,
      );
    const received = opened.reduce((sum, feed) => sum + (feed?.received ?? 0), 0);
    if (received === 0 && end.intended && !context.signal.aborted && opened.some(Boolean))
      output.say(
        "no sample came in that time; check that the device is online and that the source has data, or wait longer",
      );
  }
}

/** @param {Record<string, any>} options @param {import("../output.js").Output} output */
function formatOf({ bom, format, json }, output) {
  if (json && format && format !== "ndjson")
    throw new UsageError(`--json and --format ${format} contradict each other; give one of them`);
  if (bom && (json || format !== "csv"))
    throw new UsageError("--bom is for CSV alone; give --format csv with it, or leave it out");
  const live = output.canDraw(output.stdout);
  if (format === "live" && !live)
    throw new UsageError("--format live needs a terminal as standard output; give --format ndjson or csv");
  return json ? "ndjson" : (format ?? (live ? "live" : "ndjson"));
}
