/** Reduces samples for a chart to the minimum and maximum of each pixel's interval. */
import type { Series } from "ardexa-client";

export interface Gap {
  from: number;
  to: number;
  lost: boolean;
}
export interface Reduced {
  times: number[];
  /** The minima and maxima of each column; null breaks the line, undefined is skipped. */
  columns: { low: (number | null | undefined)[]; high: (number | null | undefined)[] }[];
  /** Visible intervals without a sample. */
  silences: Gap[];
  /** Number of times that have a value. */
  filled: number;
}

/** The part of a series that is drawn and exported; for a log also the interval between rows. */
export type Samples = Pick<Series, "length" | "total" | "columns" | "times" | "values" | "last" | "minMax"> & {
  readonly stepMs?: number;
};

/** One line of a chart: a column of a feed, with one series per connection. */
export interface Line {
  segments: readonly Samples[];
  column: number;
}

/** An empty result for `reduce` to write into. */
export const nothing = (): Reduced => ({ times: [], columns: [], silences: [], filled: 0 });

/** A pause counts as a silence if it is this many times the usual interval, and at least SILENCE_MS. */
const SILENCE_FACTOR = 6;
const SILENCE_MS = 3_000;

/**
 * @param pixels width of the plot
 * @param breaks gaps at which the line is always broken
 * @param now the time up to which a silence can be detected
 * @param into the previous result: its arrays are reused, since new arrays in each frame would make the
 * garbage collector interrupt panning
 */
export function reduce(
  drawn: readonly Line[],
  { from, to }: { from: number; to: number },
  pixels: number,
  breaks: readonly Gap[],
  now: number,
  into: Reduced,
): Reduced {
  // Interval boundaries are the same in each frame; otherwise the picture would shake as it moves.
  const width = niceWidth((to - from) / Math.max(1, pixels));
  const start = Math.floor(from / width) * width;
  const buckets = Math.max(1, Math.ceil((to - start) / width) + 1);
  const end = start + buckets * width;

  const tables = drawn.map(({ segments, column }) => merged(segments, column, buckets, start, end));
  const { times } = into;
  const lines = drawn.map((_, n) => into.columns[n] ?? { low: [], high: [] });
  Object.assign(into, { columns: lines, silences: [], filled: 0 });
  let count = 0;
  const usual = Math.max(0, ...drawn.map(({ segments }) => usualInterval(segments)));
  const long = Math.max(SILENCE_MS, usual * SILENCE_FACTOR, width * 2.5);
  const log = logOf(drawn);
  let last: number | undefined;
  for (let bucket = 0; bucket < buckets; bucket++) {
    if (!tables.some((table) => !Number.isNaN(table[bucket * 3 + 1]))) continue;
    const time = start + bucket * width;
    if (last !== undefined) {
      const silent = time - last > (last <= log.untilMs ? Math.max(long, log.stepMs * SILENCE_FACTOR) : long);
      const isBroken = breaks.some((gap) => gap.from < time && gap.to > last!);
      if (silent && !isBroken) into.silences.push({ from: last, to: time, lost: false });
      if (silent || isBroken) {
        times[count] = (last + time) / 2;
        for (const { low, high } of lines) low[count] = high[count] = null;
        count++;
      }
    }
    last = time;
    times[count] = time;
    into.filled++;
    lines.forEach(({ low, high }, n) => {
      const min = tables[n]?.[bucket * 3 + 1] ?? NaN;
      low[count] = Number.isNaN(min) ? undefined : min;
      high[count] = Number.isNaN(min) ? undefined : tables[n]![bucket * 3 + 2];
    });
    count++;
  }
  for (const { low, high } of lines) low.length = high.length = count;
  times.length = count;
  const newest = drawn.reduce<number | undefined>((latest, { segments }) => {
    const at = segments.at(-1)?.last?.()?.[0];
    return at !== undefined && (latest === undefined || at > latest) ? at : latest;
  }, undefined);
  const present = Math.min(to, now);
  // A silence can be detected only if the usual interval is known.
  if (newest !== undefined && usual > 0 && present - newest > long && !breaks.some((gap) => gap.to > newest))
    into.silences.push({ from: newest, to: present, lost: false });
  return into;
}

/** Until when the lines come from logs, whose rows are further apart than samples. */
function logOf(drawn: readonly Line[]): { untilMs: number; stepMs: number } {
  const log = { untilMs: -Infinity, stepMs: 0 };
  for (const {
    segments: [first],
  } of drawn) {
    if (first?.stepMs === undefined) continue;
    log.stepMs = Math.max(log.stepMs, first.stepMs);
    log.untilMs = Math.max(log.untilMs, first.last()?.[0] ?? -Infinity);
  }
  return log;
}

/** Rounds up to 1, 2 or 5 times a power of ten, so that panning and time do not change the width. */
function niceWidth(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  const part = ms / power;
  return ([1, 2, 5].find((step) => part <= step) ?? 10) * power;
}

function merged(
  segments: readonly Samples[],
  column: number,
  buckets: number,
  fromMs: number,
  toMs: number,
): Float64Array {
  let all: Float64Array | undefined;
  for (const series of segments) {
    if (series.length === 0 || column >= series.columns) continue;
    const table = series.minMax(buckets, { column, fromMs, toMs });
    if (!all) {
      all = table;
      continue;
    }
    for (let at = 1; at < all.length; at += 3) {
      const [low, high] = [table[at]!, table[at + 1]!];
      if (Number.isNaN(low)) continue;
      if (!(all[at]! <= low)) all[at] = low;
      if (!(all[at + 1]! >= high)) all[at + 1] = high;
    }
  }
  return all ?? new Float64Array(buckets * 3).fill(NaN);
}

const intervals = new WeakMap<Samples, { total: number; since: number; at: number; usual: number }>();

/** The recent interval between samples, in milliseconds. */
function usualInterval(segments: readonly Samples[]): number {
  const series = segments.at(-1);
  if (!series) return 0;
  const now = series.last?.()?.[0] ?? 0;
  const known = intervals.get(series);
  if (!known) {
    intervals.set(series, { total: series.total, since: now, at: now, usual: 0 });
    return 0;
  }
  const more = series.total - known.total;
  // A pause does not change the usual interval: only periods with several samples count.
  if (more >= 5)
    Object.assign(known, {
      total: series.total,
      since: now,
      usual: Math.min((now - known.since) / more, known.usual ? known.usual * 2 : Infinity),
    });
  return known.usual;
}
