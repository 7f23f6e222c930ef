/** The content of a panel: one feed and its drawn columns, or several feeds of one kind for comparison. */
import { computed, signal } from "@preact/signals";
import type { ArdexaClient, FeedRequest } from "ardexa-client";
import type { App } from "../../app";
import { value } from "../../figures";
import { freshId } from "../../ui/ids";
import { plural } from "../../words";
import { isFromZero } from "./axis";
import type { ChartLook } from "./chart";
import { LiveFeed } from "./feed";
import type { History } from "./history";
import type { Drawn } from "./redraw";
import type { Line } from "./reduce";
import { statusOf } from "./status";
import type { Status } from "./status";
import type { TimeWindow } from "./time-window";

export const MAX_LINES = 8;

/** The stored form: a feed and its drawn columns, or with others of its kind for comparison. */
export interface PanelSettings {
  request: FeedRequest;
  columns: number[];
  others?: FeedRequest[];
  isFromZero?: boolean;
}

/** Draws a panel while it is on the page. */
export interface Picture extends Drawn {
  readonly isVisible: boolean;
  /** Called when a sample arrives. */
  touch(): void;
}

export class Panel {
  readonly id = freshId("panel");
  readonly request: FeedRequest;
  readonly feeds: readonly LiveFeed[];
  readonly isComparison: boolean;
  /** The columns that are drawn. */
  readonly columns = signal<readonly number[]>([0]);
  /** The number of columns in a sample. */
  readonly columnCount = signal(1);
  /** The newest value, formatted. */
  readonly current = signal("–");
  /** Updated once a second while visible. */
  readonly status = signal<Status>({
    pace: "",
    age: "",
    isStale: false,
    gaps: undefined,
    message: "",
    rows: [],
    orderedMs: 0,
  });
  readonly history = signal<History | undefined>(undefined);
  readonly isStale = computed(() => this.status.value.isStale);
  /** Why there is nothing to show, after an error. */
  readonly problem = computed(() => this.feeds.find(({ problem }) => problem.value)?.problem.value ?? "");
  readonly units = computed(() => this.#unitOf(this.columns.value[0] ?? 0));
  readonly isBoolean = computed(() => this.#field(this.columns.value[0] ?? 0)?.type === "bool");
  readonly isFromZero = computed(() => this.#fromZero.value ?? isFromZero(this.units.value));
  /** The names of a feed's values. */
  readonly names = computed(() => this.#names());
  /** The device or devices. */
  readonly who = computed(() =>
    this.devices.length > 1 ? plural(this.devices.length, "device") : this.#app.fleet.nameOf(this.request.deviceId),
  );
  readonly path: string;
  /** The chart's settings as a string: a different string needs a new chart. */
  readonly look = computed(() => JSON.stringify(this.#look()));
  picture: Picture | undefined;
  readonly #app: App;
  readonly #fromZero = signal<boolean | undefined>(undefined);
  /** Most decimals shown so far, so that the value does not jump. */
  #digits = 0;

  constructor(
    { request, columns, others = [], isFromZero: fromZero }: PanelSettings,
    app: App,
    readonly window: TimeWindow,
    readonly onChange: () => void,
  ) {
    this.#app = app;
    this.request = request;
    this.isComparison = others.length > 0;
    this.path = `${request.table} / ${this.isComparison ? plural(others.length + 1, "source") : request.source}`;
    this.columns.value = columns;
    this.#fromZero.value = fromZero;
    this.feeds = [request, ...others].map((one) => new LiveFeed(one, app, window, () => this.picture?.touch()));
  }

  get name(): string {
    return this.request.field ?? this.request.source;
  }

  get received(): number {
    return this.feeds.reduce((sum, feed) => sum + feed.received, 0);
  }

  get perSecond(): number {
    return this.feeds.reduce((sum, feed) => sum + feed.perSecond, 0);
  }

  get isEnded(): boolean {
    return this.feeds.some(({ isEnded }) => isEnded);
  }

  get devices(): string[] {
    return [...new Set(this.feeds.map(({ request }) => request.deviceId))];
  }

  settings(): PanelSettings {
    const others = this.feeds.slice(1).map(({ request }) => request);
    const fromZero = this.#fromZero.peek();
    return {
      request: this.request,
      columns: [...this.columns.peek()],
      ...(others.length > 0 && { others }),
      ...(fromZero !== undefined && { isFromZero: fromZero }),
    };
  }

  open(client: ArdexaClient | undefined, capacity = 1_048_576): void {
    for (const feed of this.feeds) void feed.open(client, capacity);
  }

  lose(): void {
    for (const feed of this.feeds) feed.lose();
  }

  end(): void {
    for (const feed of this.feeds) feed.end();
  }

  async stop(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  /** Called once a second: updates what changes without a sample. */
  tick(nowMs: number): void {
    for (const feed of this.feeds) feed.measure(nowMs);
    if (this.picture?.isVisible) this.status.value = statusOf(this, this.#app, nowMs, this.status.peek());
  }

  /** Applies the newest samples; called at most once per frame. */
  refresh(): void {
    const [feed] = this.feeds;
    if (!this.isComparison) this.columnCount.value = Math.max(1, feed?.segments.at(-1)?.columns ?? 1);
    const number = feed?.valueOf(this.columns.peek()[0] ?? 0);
    // A missing cell keeps the previous value.
    if (number !== undefined) this.current.value = this.isBoolean.peek() ? String(number !== 0) : this.#steady(number);
    else if (feed?.text !== undefined) this.current.value = feed.text;
  }

  switchZero(): void {
    this.#fromZero.value = !this.isFromZero.peek();
    this.onChange();
  }

  /** Shows or hides a column. @returns a message for the user, or an empty string */
  draw(column: number, isDrawn: boolean): string {
    const before = this.columns.peek();
    const next = isDrawn ? [...before, column].sort((a, b) => a - b) : before.filter((other) => other !== column);
    if (next.length === 0) return "Keep at least one column.";
    if (next.length > MAX_LINES) return `A chart shows at most ${MAX_LINES} columns. Clear another one first.`;
    // Different units never share an axis: columns with another unit than the new one are hidden.
    const alike = isDrawn ? next.filter((one) => this.#unitOf(one) === this.#unitOf(column)) : next;
    this.columns.value = alike;
    this.onChange();
    return alike.length < next.length ? "Columns with another unit were hidden: a chart has one unit." : "";
  }

  lines(): Line[] {
    if (this.isComparison) return this.feeds.map(({ all }) => ({ segments: all, column: 0 }));
    return this.columns.peek().map((column) => ({ segments: this.feeds[0]?.all ?? [], column }));
  }

  /** The name that distinguishes a feed from the others compared. */
  nameOf({ request: { deviceId, source } }: LiveFeed): string {
    return this.devices.length === 1 ? source : `${this.#app.fleet.nameOf(deviceId)} ${source}`;
  }

  #look(): ChartLook {
    const names = this.isComparison
      ? this.feeds.map((feed) => this.nameOf(feed))
      : this.columns.value.map((column) => this.names.value[column] ?? "");
    return { names, unit: this.units.value, isFromZero: this.isFromZero.value, isBoolean: this.isBoolean.value };
  }

  #names(): string[] {
    const { field, source } = this.request;
    if (field !== undefined) return [field];
    const count = this.columnCount.value;
    const known = this.#app.fleet.sourceOf(this.request)?.fields ?? [];
    if (count === 1 && known.length === 0) return [source];
    return Array.from({ length: count }, (_, n) => known[n]?.name ?? `Column ${n + 1}`);
  }

  #field(column: number) {
    const known = this.#app.fleet.sourceOf(this.request);
    const { field } = this.request;
    return field === undefined
      ? (known?.fields[column] ?? known)
      : (known?.fields.find(({ name }) => name === field) ?? known);
  }

  #unitOf(column: number): string {
    return this.#field(column)?.units ?? "";
  }

  #steady(number: number): string {
    const text = value(number, this.#digits);
    if (!Number.isInteger(number))
      this.#digits = Math.max(this.#digits, /[.,](\d{1,4})$/.exec(value(number))?.[1]?.length ?? 0);
    return text;
  }
}
