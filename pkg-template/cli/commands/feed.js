// `ardexa feed <device>…`: samples as ndjson, as CSV, or as a live table.
import { EXIT, exitCodeOf, failureLine, sentenceFor, UsageError } from "../exit.js";
import { Option } from "commander";
import { csvWriter, liveWriter, ndjsonWriter } from "../formats.js";
import { name, withEnd, withExamples, withTimeout } from "../options.js";
import { untilDone } from "../streams.js";

/** @typedef {import("ardexa-client").FeedRequest} FeedRequest */

/** Number of samples queued for a slow reader. */
const QUEUE = 65_536;

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addFeed(program, action) {
  const command = program
    .command("feed")
    .summary("stream live data")
    .description(
      "Prints the samples of one source of each device as they arrive. The feed resumes after a lost connection, and gaps are reported on stderr.",
    )
    .argument("<device...>", "device IDs")
    .requiredOption("-t, --table <name>", "table", name)
    .requiredOption("-s, --source <name>", "source in the table", name)
    .option("-f, --field <name>", "one field of a CSV source (default: all)", name)
    .addOption(
      new Option(
        "--format <format>",
        "output format; live is a table that updates in place (default: live on a terminal, otherwise ndjson)",
      ).choices(["ndjson", "csv", "live"]),
    );
  command.option("--bom", "begin CSV with a byte-order mark, so that Excel recognises UTF-8");
  withTimeout(withEnd(command, "samples"), "30s", "opening a feed");
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
    nameOf: (/** @type {string} */ device) => context.nameOf(device),
    table,
    source,
    field,
    bom: options.bom,
  });
  /** @type {number[]} */
  const codes = [];
  let lossReported = false;

  const requests = devices.map((deviceId) => ({ deviceId, table, source, ...(field !== undefined && { field }) }));
  const opened = await Promise.all(requests.map((request) => open(request)));
  end.start();
  const over = Promise.all(opened.map((feed) => feed && follow(feed)));
  // If no feed is left, there is nothing to wait for.
  void over.then(() => end.now());
  await end.done;
  await Promise.all([...context.feeds].map((feed) => feed.stop()));
  await over;
  writer.end();
  tellLosses();
  const failed = codes.filter((code) => code !== EXIT.ok);
  return failed.every((code) => code === failed[0]) ? (failed[0] ?? EXIT.ok) : EXIT.failed;

  /** @param {FeedRequest} request */
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

  /** Writes a feed's samples until it ends or the count is reached. @param {import("ardexa-client").Feed} feed */
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

  /** @param {FeedRequest} request @param {unknown} thrown */
  function failure({ deviceId }, thrown) {
    if (end.over) return;
    // All feeds share one connection, so its end is reported once.
    const error = connection.because(thrown);
    codes.push(exitCodeOf(error));
    if (options.json) void output.json(failureLine(deviceId, error));
    if (connection.over && lossReported) return;
    lossReported = Boolean(connection.over);
    const advice = "check the device ID, table, source and field";
    const sentence = sentenceFor(error, { ...context.known, advice });
    output.say(devices.length > 1 && !lossReported ? `${context.nameOf(deviceId)}: ${sentence}` : sentence);
  }

  /** @param {FeedRequest} request @param {import("ardexa-client").FeedGap} gap */
  function tellGap({ deviceId }, { fromMs, toMs }) {
    writer.gap?.(deviceId);
    const from = fromMs === undefined ? "the start" : new Date(fromMs).toISOString();
    output.say(
      `${context.nameOf(deviceId)}: samples from ${from} to ${new Date(toMs).toISOString()} are missing; the feed continues`,
    );
  }

  function tellLosses() {
    const dropped = opened.reduce((sum, feed) => sum + (feed?.dropped ?? 0), 0);
    if (dropped)
      output.say(
        `${dropped} samples were dropped because they were not read fast enough; read faster, or write to a file`,
      );
    const received = opened.reduce((sum, feed) => sum + (feed?.received ?? 0), 0);
    if (received === 0 && end.intended && !context.signal.aborted && opened.some(Boolean))
      output.say("no samples received; check that the device is online and that the source has data, or wait longer");
  }
}

/**
 * @param {Record<string, any>} options @param {import("../output.js").Output} output
 * @returns {"ndjson" | "csv" | "live"}
 */
function formatOf({ bom, format, json }, output) {
  if (json && format && format !== "ndjson") throw new UsageError(`--json and --format ${format} cannot be combined`);
  if (bom && (json || format !== "csv")) throw new UsageError("--bom requires --format csv");
  const live = output.canDraw(output.stdout);
  if (format === "live" && !live)
    throw new UsageError("--format live requires a terminal as standard output; use --format ndjson or csv");
  return json ? "ndjson" : (format ?? (live ? "live" : "ndjson"));
}
