/** A feed for charts: its series, gaps and sample rate, independent of how it is drawn. */
import { signal } from "@preact/signals";
import type { ArdexaClient, Feed, FeedRequest, Series } from "ardexa-client";
import type { App } from "../../app";
import { sentence } from "../../words";
import type { Gap, Samples } from "./reduce";
import type { TimeWindow } from "./time-window";

const MOST_GAPS = 200;
/** A value older than this many usual intervals, and older than STALE_MS, is stale. */
const STALE_FACTOR = 6;
const STALE_MS = 5_000;

export class LiveFeed {
  /** One series per connection, in order. */
  readonly segments: Series[] = [];
  readonly gaps: Gap[] = [];
  askedMs = Date.now();
  /** When the newest sample arrived, by this computer's clock. */
  heardMs: number | undefined;
  /** Why the feed could not be opened. */
  readonly problem = signal("");
  /** Samples from before the first segment, read from the device's own log. */
  history: Samples | undefined;
  isEnded = false;
  /** The newest value of a feed of strings. */
  text: string | undefined;
  perSecond = 0;
  #opening = false;
  #measured = { atMs: Date.now(), total: 0 };
  /** Time of the newest sample before the current outage. */
  #lostMs: number | undefined;
  #texts: Feed | undefined;

  constructor(
    readonly request: FeedRequest,
    readonly app: App,
    readonly window: TimeWindow,
    readonly onChange: () => void,
  ) {}

  /** All samples, oldest first. */
  get all(): readonly Samples[] {
    return this.history ? [this.history, ...this.segments] : this.segments;
  }

  get received(): number {
    return this.segments.reduce((sum, { total }) => sum + total, 0);
  }

  get lastMs(): number | undefined {
    return this.segments.at(-1)?.last?.()?.[0];
  }

  valueOf(column: number): number | undefined {
    const last = this.segments.at(-1);
    const number = last?.columns ? last.last?.(Math.min(column, last.columns - 1))?.[1] : undefined;
    return number === undefined || Number.isNaN(number) ? undefined : number;
  }

  /** Whether the value is out of date. */
  isStale(nowMs: number): boolean {
    if (this.heardMs === undefined) return false;
    const isConnected = this.app.session.state.peek().phase === "connected";
    if (!isConnected || this.app.fleet.devices.get(this.request.deviceId)?.online === false) return true;
    return (
      nowMs - this.heardMs > Math.max(STALE_MS, this.perSecond > 0 ? (STALE_FACTOR * 1_000) / this.perSecond : STALE_MS)
    );
  }

  /** Opens the feed, or reopens it after the connection has ended. */
  async open(client: ArdexaClient | undefined, capacity: number): Promise<void> {
    if (!client || this.#opening || (this.segments.length > 0 && !this.isEnded)) return;
    this.#opening = true;
    this.isEnded = false;
    this.askedMs = Date.now();
    this.problem.value = "";
    this.onChange();
    try {
      const before = this.lastMs;
      const series = await client.series(this.request, {
        capacity,
        onUpdate: (now) => this.#updated(now),
        onGap: ({ fromMs, toMs }) => this.#gap(fromMs, toMs),
      });
      this.segments.push(series);
      if (before !== undefined) this.#gap(before, Date.now());
    } catch (error) {
      this.isEnded = true;
      this.problem.value = sentence(error);
    } finally {
      this.#opening = false;
      this.onChange();
    }
  }

  /** Called when the connection is lost: the gap starts at the newest sample and lasts until the feed resumes. */
  lose(): void {
    this.#lostMs ??= this.lastMs;
  }

  /** Called when the connection has ended; received samples are kept. */
  end(): void {
    this.lose();
    this.isEnded = true;
    this.#texts = undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([this.segments.at(-1)?.stop(), this.#texts?.stop()]).catch(() => {});
  }

  /** The gap that is still growing, if any. */
  growing(nowMs: number): Gap[] {
    return this.#lostMs === undefined ? [] : [{ from: this.#lostMs, to: nowMs, lost: true }];
  }

  measure(nowMs: number): void {
    const { received } = this;
    this.perSecond = ((received - this.#measured.total) / Math.max(1, nowMs - this.#measured.atMs)) * 1_000;
    this.#measured = { atMs: nowMs, total: received };
  }

  #updated(series: Series): void {
    const last = series.last?.();
    if (last) {
      this.window.heard(last[0]!);
      this.heardMs = Date.now();
      this.app.fleet.heard(this.request.deviceId);
    }
    if (series.columns === 1 && series.total < 20 && last && Number.isNaN(last[1]) && !this.#texts)
      void this.#followTexts();
    this.onChange();
  }

  /** Strings cannot be drawn, so the newest is shown. A numeric feed may also start with a missing value. */
  async #followTexts(): Promise<void> {
    const client = this.app.session.client.peek();
    this.#texts = await client
      ?.feed(this.request, ({ value }) => {
        if (value === null || typeof value === "number" || typeof value === "boolean") return;
        this.text = typeof value === "string" ? value : JSON.stringify(value);
        this.onChange();
      })
      .catch(() => undefined);
  }

  #gap(fromMs: number | undefined, toMs: number): void {
    this.#lostMs = undefined;
    this.gaps.push({ from: fromMs ?? toMs, to: toMs, lost: true });
    if (this.gaps.length > MOST_GAPS) this.gaps.shift();
    this.onChange();
  }
}
