/** Today's samples from before the page was opened, read from the devices' own logs. */
import type { ArdexaClient, FeedRequest } from "ardexa-client";
import { readLog } from "ardexa-client/catalog";
import type { LogRows } from "ardexa-client/catalog";
import type { App } from "../../app";
import { clock, sentence } from "../../words";
import type { LiveFeed } from "./feed";
import type { Panel } from "./panel";
import type { Samples } from "./reduce";

/** The result of reading today's logs: since when a panel has data, and a line for each log. */
export interface History {
  isReading: boolean;
  fromMs: number | undefined;
  lines: readonly string[];
}

/** Rows of a log in the form that charts use: the same min/max table as a series. */
class LogSamples implements Samples {
  /** The median interval between rows. */
  readonly stepMs: number;
  readonly #times: Float64Array;
  readonly #columns: readonly Float64Array[];

  constructor(times: readonly number[], columns: readonly (readonly unknown[])[]) {
    this.#times = Float64Array.from(times);
    const steps = times
      .slice(1)
      .map((time, row) => time - (times[row] ?? time))
      .sort((a, b) => a - b);
    this.stepMs = steps[steps.length >> 1] ?? 0;
    this.#columns = columns.map((cells) => Float64Array.from(times, (_, row) => numberOf(cells[row])));
  }

  get length(): number {
    return this.#times.length;
  }

  get total(): number {
    return this.length;
  }

  get columns(): number {
    return this.#columns.length;
  }

  times(): Float64Array {
    return this.#times.slice();
  }

  values(column = 0): Float64Array {
    return this.#columns[column]?.slice() ?? new Float64Array();
  }

  last(column = 0): Float64Array | undefined {
    const row = this.length - 1;
    return row < 0 ? undefined : Float64Array.of(this.#times[row] ?? NaN, this.#columns[column]?.[row] ?? NaN);
  }

  minMax(
    buckets: number,
    {
      column = 0,
      fromMs = this.#times[0] ?? 0,
      toMs = this.#times.at(-1) ?? 0,
    }: { column?: number; fromMs?: number; toMs?: number } = {},
  ): Float64Array {
    const table = new Float64Array(buckets * 3).fill(NaN);
    const width = (toMs - fromMs) / buckets;
    for (let bucket = 0; bucket < buckets; bucket++) table[bucket * 3] = fromMs + bucket * width;
    const values = this.#columns[column];
    this.#times.forEach((time, row) => {
      const number = values?.[row] ?? NaN;
      const bucket = Math.floor((time - fromMs) / width);
      if (Number.isNaN(number) || bucket < 0 || bucket >= buckets) return;
      const [low, high] = [bucket * 3 + 1, bucket * 3 + 2];
      if (!(table[low]! <= number)) table[low] = number;
      if (!(table[high]! >= number)) table[high] = number;
    });
    return table;
  }
}

const numberOf = (cell: unknown) => (typeof cell === "number" || typeof cell === "boolean" ? Number(cell) : NaN);

/** Reads today's earlier samples of these panels with read-only commands, one log after another. Never rejects. */
export async function readToday(app: App, panels: readonly Panel[]): Promise<void> {
  const client = app.session.client.peek();
  if (!client) return;
  const logs = new Map<string, { request: FeedRequest; feeds: Set<LiveFeed>; panels: Set<Panel> }>();
  for (const panel of panels) {
    for (const feed of panel.feeds) {
      const { deviceId, table, source } = feed.request;
      const key = JSON.stringify([deviceId, table, source]);
      const log = logs.get(key) ?? { request: feed.request, feeds: new Set<LiveFeed>(), panels: new Set<Panel>() };
      log.feeds.add(feed);
      log.panels.add(panel);
      logs.set(key, log);
    }
  }
  for (const panel of panels) panel.history.value = { isReading: true, fromMs: undefined, lines: [] };
  for (const { request, feeds, panels: those } of logs.values()) {
    const { fromMs, line } = await readInto(app, client, request, feeds);
    for (const { history } of those) {
      const { fromMs: other, lines } = history.peek() ?? { fromMs: undefined, lines: [] };
      history.value = {
        isReading: true,
        fromMs: fromMs === undefined ? other : Math.min(fromMs, other ?? Infinity),
        lines: [...lines, line],
      };
    }
  }
  for (const { history } of panels)
    history.value = { fromMs: undefined, lines: [], ...history.peek(), isReading: false };
}

async function readInto(
  app: App,
  client: ArdexaClient,
  request: FeedRequest,
  feeds: ReadonlySet<LiveFeed>,
): Promise<{ fromMs?: number; line: string }> {
  const { deviceId, table, source } = request;
  const name = `${app.fleet.nameOf(deviceId)} ${source}`;
  try {
    const { rows, issues } = await readLog(client, deviceId, app.fleet.sourceOf(request) ?? { table, source });
    const [fromMs] = rows?.times ?? [];
    if (!rows || fromMs === undefined)
      return {
        line: `The log of ${name} could not be read: ${issues.map(({ message }) => message).join("; ") || "it has no rows"}.`,
      };
    for (const feed of feeds) feed.history = before(feed, rows, app);
    return {
      fromMs,
      line: `Log of ${name} from ${clock(fromMs)}${rows.truncated ? "; older rows were not read" : ""}.`,
    };
  } catch (error) {
    return { line: `The log of ${name} could not be read: ${sentence(error)}` };
  }
}

/** The rows from before the first received sample; from there on the feed is more detailed than the log. */
function before({ request, segments }: LiveFeed, { times, values, fields }: LogRows, { fleet }: App): LogSamples {
  const firstMs = segments.find(({ length }) => length > 0)?.times()[0] ?? Infinity;
  const kept = times.filter((time) => time < firstMs).length;
  const known = fleet.sourceOf(request)?.fields ?? fields;
  const names = request.field === undefined ? known.map(({ name }) => name) : [request.field];
  return new LogSamples(
    times.slice(0, kept),
    names.map((name) => values[fields.findIndex((field) => field.name === name)] ?? []),
  );
}
