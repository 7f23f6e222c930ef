/** Watched power by site, table and field: the current sum, its history, and which source deviates. */
import { signal } from "@preact/signals";
import { readLog } from "ardexa-client/catalog";
import type { App } from "../../app";
import type { Kind } from "../../model/kinds";
import { tick } from "../../signals";
import { byDeviation } from "../live/compare";
import type { Deviation } from "../live/compare";
import { LiveFeed } from "../live/feed";
import type { Gap } from "../live/reduce";
import { TimeWindow } from "../live/time-window";

export interface Point {
  ms: number;
  sum: number;
}

const CAPACITY = 4_096;
const MOST_POINTS = 1_440;
const BUCKET_MS = 300_000;
/** Tolerance for the timer, which fires about once a second. */
const JITTER_MS = 500;

export class PowerWatch {
  readonly feeds: LiveFeed[];
  readonly received: Point[] = [];
  /** Points from today's logs, and what could not be read. */
  readonly log = signal<{ points: Point[]; trouble: string[] } | undefined>(undefined);
  readonly isReading = signal(false);
  readonly sinceMs = Date.now();
  /** Changes once a second. */
  readonly turn = signal(0);
  /** Interval between received points; doubled when there are too many. */
  #stepMs = 1_000;
  #stops: (() => void)[];

  constructor(
    readonly app: App,
    readonly kind: Kind,
  ) {
    const window = new TimeWindow();
    this.feeds = kind.requests.map((request) => new LiveFeed(request, app, window, () => {}));
    let turns = 0;
    this.#stops = [
      app.session.state.subscribe(({ phase }) => {
        for (const feed of this.feeds) {
          if (phase === "connected") void feed.open(app.session.client.peek(), CAPACITY);
          else if (phase === "waiting") feed.lose();
          else if (phase === "ended") feed.end();
        }
      }),
      tick.on((nowMs) => turns++ % 4 === 0 && this.#measure(nowMs)),
    ];
  }

  /** The current sum of all sources with a fresh value; undefined if there is none. */
  sum(nowMs: number): { sum: number; count: number } | undefined {
    const values = this.feeds.flatMap((feed) => (feed.isStale(nowMs) ? [] : (feed.valueOf(0) ?? [])));
    return values.length === 0
      ? undefined
      : { sum: values.reduce((sum, value) => sum + value, 0), count: values.length };
  }

  /** Points from today's logs, then received ones: two parts, because their intervals differ. */
  curve(): Point[][] {
    const [first] = this.received;
    const log = this.log.value?.points ?? [];
    return [first ? log.filter(({ ms }) => ms < first.ms) : log, this.received];
  }

  deviations(nowMs: number): Deviation[] {
    return byDeviation(
      this.feeds.map((feed, n) => ({
        n,
        name: `${this.app.fleet.nameOf(feed.request.deviceId)} ${feed.request.source}`,
        value: feed.isStale(nowMs) ? undefined : feed.valueOf(0),
      })),
    );
  }

  gaps(nowMs: number): { name: string; gap: Gap }[] {
    return this.feeds.flatMap((feed) =>
      [...feed.gaps, ...feed.growing(nowMs)].map((gap) => ({
        name: `${this.app.fleet.nameOf(feed.request.deviceId)} ${feed.request.source}`,
        gap,
      })),
    );
  }

  /** Reads today's logs on the devices with read-only commands. Never rejects. */
  async readToday(): Promise<void> {
    const client = this.app.session.client.peek();
    if (!client || this.isReading.value) return;
    this.isReading.value = true;
    const buckets = new Map<number, Map<string, { sum: number; count: number }>>();
    const trouble: string[] = [];
    for (const { deviceId, table, source, field } of this.kind.requests) {
      try {
        const { rows, issues } = await readLog(
          client,
          deviceId,
          this.app.fleet.sourceOf({ deviceId, table, source }) ?? { table, source },
        );
        trouble.push(...issues.map(({ message }) => `${this.app.fleet.nameOf(deviceId)} ${source}: ${message}`));
        const column = rows?.values[rows.fields.findIndex(({ name }) => name === field)];
        rows?.times.forEach((ms, row) => {
          const value = column?.[row];
          if (typeof value !== "number") return;
          const at = Math.floor(ms / BUCKET_MS) * BUCKET_MS;
          const bucket = buckets.get(at) ?? new Map<string, { sum: number; count: number }>();
          const mean = bucket.get(deviceId + source) ?? { sum: 0, count: 0 };
          bucket.set(deviceId + source, { sum: mean.sum + value, count: mean.count + 1 });
          buckets.set(at, bucket);
        });
      } catch (error) {
        trouble.push(`${this.app.fleet.nameOf(deviceId)} ${source}: ${(error as Error).message}`);
      }
    }
    const points = [...buckets]
      .map(([ms, means]) => ({ ms, sum: [...means.values()].reduce((sum, mean) => sum + mean.sum / mean.count, 0) }))
      .sort((a, b) => a.ms - b.ms);
    this.log.value = { points, trouble };
    this.isReading.value = false;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    for (const feed of this.feeds) void feed.stop();
  }

  #measure(nowMs: number): void {
    for (const feed of this.feeds) feed.measure(nowMs);
    const now = this.sum(nowMs);
    // A sum over only some of the sources would show a false dip.
    const isDue = nowMs - (this.received.at(-1)?.ms ?? 0) > this.#stepMs - JITTER_MS;
    if (isDue && now?.count === this.feeds.length) this.received.push({ ms: nowMs, sum: now.sum });
    if (this.received.length > MOST_POINTS) {
      this.received.splice(0, this.received.length, ...this.received.filter((_, n) => n % 2 === 0));
      this.#stepMs *= 2;
    }
    this.turn.value++;
  }
}
