/**
 * The picture of one feed, or of several of one kind beside each other: chart, current values, gaps. It is drawn many
 * times a second on a canvas, so its few elements are made by hand; what it shows is in `LiveFeed`.
 */
import type { ArdexaClient, FeedRequest } from "ardexa-client";
import type { App } from "../../app";
import { h, setText } from "../../dom";
import { clock, plural, rate, span, value } from "../../words";
import { isFromZero } from "./axis";
import type { Chart } from "./chart";
import { FAR, byDeviation } from "./compare";
import { csvParts, saveCsv } from "./csv";
import { LiveFeed } from "./feed";
import { forget, redraw } from "./redraw";
import { nothing, reduce } from "./reduce";
import type { Gap, Line } from "./reduce";
import type { TimeWindow } from "./time-window";

const MAX_LINES = 8;
/** No eye follows figures that change more often; nor charts. */
const TILE_PACE_MS = 250;
const MIN_PACE_MS = 33;
/** How often the compared are put into order again. */
const ORDER_MS = 5_000;

/** As it is kept: one feed with the columns that are drawn, or with others of its kind beside it. */
export interface PanelSettings { request: FeedRequest; columns: number[]; others?: FeedRequest[]; isFromZero?: boolean }
export interface PanelHooks { onRemove(panel: Panel): void; onChange(): void }

let chartModule: typeof import("./chart") | undefined;

export class Panel {
  readonly element: HTMLElement;
  readonly request: FeedRequest;
  readonly feeds: LiveFeed[];
  columns: number[];
  isVisible = false;
  #app: App;
  #window: TimeWindow;
  #chart: Chart | undefined;
  #fromZero: boolean | undefined;
  /** When the picture will have moved by a pixel. */
  #dueMs = 0;
  /** Decimals that the value has had. */
  #digits = 0;
  #reduced = nothing();
  #parts = parts();
  #orderedMs = 0;

  constructor(settings: PanelSettings, app: App, window: TimeWindow, hooks: PanelHooks) {
    const { request, columns, others = [] } = settings;
    this.request = request;
    this.columns = columns;
    this.#fromZero = settings.isFromZero;
    this.#app = app;
    this.#window = window;
    this.feeds = [request, ...others].map((one) => new LiveFeed(one, app, window, () => this.#changed()));
    const { value: current, unit, csv, zero, remove, chips, legend, chart, overlay, again, readout, pace, age, gaps, sub } = this.#parts;
    const name = this.name;
    csv.setAttribute("aria-label", `Export ${name} as CSV`);
    remove.setAttribute("aria-label", `Remove ${name}`);
    zero.setAttribute("aria-label", `Axis from 0 for ${name}`);
    csv.addEventListener("click", () => this.exportCsv());
    remove.addEventListener("click", () => hooks.onRemove(this));
    again.addEventListener("click", () => this.open(app.session.client.value));
    zero.addEventListener("click", () => {
      this.#fromZero = !this.#isFromZero();
      this.restyle();
      hooks.onChange();
    });
    this.element = h("article", { class: others.length > 0 ? "panel is-comparison" : "panel" },
      h("header", {}, h("div", { class: "title" }, h("h3", {}, name), sub), h("div", { class: "current" }, current, " ", unit), zero, csv, remove),
      chips, h("div", { class: "plot" }, chart, overlay), legend, h("footer", {}, readout, age, gaps, pace));
    legend.hidden = others.length === 0;
    current.hidden = unit.hidden = others.length > 0;
    this.relabel();
    chips.addEventListener("change", (event) => {
      const box = event.target as HTMLInputElement;
      const column = Number(box.value);
      const next = box.checked ? [...this.columns, column].sort((a, b) => a - b) : this.columns.filter((other) => other !== column);
      const units = new Set(next.map((one) => this.#unit(one)));
      const wrong = next.length === 0 ? "At least one column is drawn." : next.length > MAX_LINES ? `At most ${MAX_LINES} columns are drawn at once.` : "";
      if (wrong) {
        box.checked = !box.checked;
        readout.textContent = wrong;
        return;
      }
      // Different units never share an axis: the new one stays, those of another unit go.
      this.columns = units.size > 1 ? next.filter((one) => this.#unit(one) === this.#unit(column)) : next;
      for (const other of chips.querySelectorAll("input")) other.checked = this.columns.includes(Number(other.value));
      unit.textContent = this.#unit();
      readout.textContent = units.size > 1 ? "Columns of another unit are no longer drawn: an axis has one unit." : "";
      this.#paintColumns();
      this.restyle();
      hooks.onChange();
    });
  }

  get name(): string {
    return this.request.field ?? this.request.source;
  }

  settings(): PanelSettings {
    const others = this.feeds.slice(1).map(({ request }) => request);
    return { request: this.request, columns: this.columns, ...(others.length > 0 && { others }), ...(this.#fromZero !== undefined && { isFromZero: this.#fromZero }) };
  }

  isOf(deviceId: string): boolean {
    return this.feeds.some(({ request }) => request.deviceId === deviceId);
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

  /** Names and units may become known later than the feed. */
  relabel(): void {
    const { table, source, deviceId } = this.request;
    const { sub, chart, unit, value: current, zero } = this.#parts;
    const devices = [...new Set(this.feeds.map(({ request }) => request.deviceId))];
    const who = devices.length > 1 ? plural(devices.length, "device") : this.#app.fleet.nameOf(deviceId);
    const where = this.feeds.length > 1 ? `${who} · ${table} / ${plural(this.feeds.length, "source")}` : `${who} · ${table} / ${source}`;
    const units = this.#unit();
    if (sub.textContent === where && unit.textContent === units) return;
    sub.textContent = where;
    sub.title = `${where}\n${devices.join("\n")}`;
    this.element.setAttribute("aria-label", `${this.name}, ${where}`);
    chart.setAttribute("aria-label", `Chart of ${this.name}, ${where}`);
    current.setAttribute("aria-label", `Current value of ${this.name}`);
    unit.textContent = units;
    zero.hidden = !isFromZero(units);
    this.#parts.chips.replaceChildren();
    this.restyle();
  }

  open(client: ArdexaClient | undefined, capacity = 1_048_576): void {
    this.#parts.overlay.hidden = true;
    for (const feed of this.feeds) void feed.open(client, capacity);
  }

  lose(): void {
    for (const feed of this.feeds) feed.lose();
  }

  end(): void {
    for (const feed of this.feeds) feed.end();
  }

  async remove(): Promise<void> {
    this.hide();
    await Promise.all(this.feeds.map((feed) => feed.stop()));
  }

  /** Takes it off the page; its feeds go on until it is removed. */
  hide(): void {
    forget(this);
    this.#chart?.destroy();
    this.#chart = undefined;
    this.isVisible = false;
    this.element.remove();
  }

  /** Colours and lines have changed: the chart is made again. */
  restyle(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#parts.zero.setAttribute("aria-pressed", String(this.#isFromZero()));
    redraw(this);
  }

  /** The names of a feed's values. */
  names(): string[] {
    const { field, source } = this.request;
    if (field !== undefined) return [field];
    const count = Math.max(1, this.feeds[0]?.segments.at(-1)?.columns ?? 1);
    const known = this.#app.fleet.sourceOf(this.request)?.fields ?? [];
    if (count === 1 && known.length === 0) return [source];
    return Array.from({ length: count }, (_, n) => known[n]?.name ?? `Column ${n + 1}`);
  }

  exportCsv(): void {
    const { fleet } = this.#app;
    if (this.feeds.length > 1) return saveCsv(`${this.name} comparison`, [...longCsv(fleet, [this])]);
    saveCsv(`${fleet.nameOf(this.request.deviceId)} ${this.request.source} ${this.request.field ?? ""}`, csvParts(this.feeds[0]?.segments ?? [], this.names()));
  }

  draw(): void {
    if (!this.isVisible || !this.element.isConnected) return;
    this.#listColumns();
    this.#showValue();
    const { chart } = this.#parts;
    this.#dueMs = performance.now() + TILE_PACE_MS;
    if (chart.clientHeight === 0) return; // tiles only
    if (!this.#chart) {
      const make = chartModule?.Chart;
      if (!make) return void import("./chart").then((module) => ((chartModule = module), redraw(this)));
      this.#chart = new make(chart, { names: this.#lineNames(), unit: this.#unit(), isFromZero: this.#isFromZero(), isBoolean: this.#isBoolean() }, this.#window, {
        onHover: (text) => setText(this.#parts.readout, text),
        onResize: () => redraw(this),
      });
    }
    const shown = this.#window.range();
    const { from, to } = shown;
    this.#dueMs = performance.now() + Math.max(MIN_PACE_MS, (to - from) / this.#chart.pixels);
    const gaps = this.#gaps(this.#window.isLive ? to : Date.now());
    const reduced = reduce(this.#lines(), shown, this.#chart.pixels, gaps, this.#window.now(), this.#reduced);
    this.#chart.draw(reduced, [...reduced.silences, ...gaps], from, to);
  }

  /** Once a second: what changes without a sample. */
  tick(nowMs: number): void {
    for (const feed of this.feeds) feed.measure(nowMs);
    if (!this.isVisible) return;
    const { pace, age } = this.#parts;
    const { received } = this;
    setText(pace, `${rate(this.perSecond)}/s · ${plural(received, "sample")}`);
    const stale = this.feeds.filter((feed) => feed.isStale(nowMs));
    this.element.classList.toggle("is-stale", stale.length === this.feeds.length);
    const oldest = Math.min(...stale.map(({ heardMs }) => heardMs ?? nowMs));
    setText(age, stale.length === 0 ? "" : this.feeds.length > 1 && stale.length < this.feeds.length ? `${stale.length} not current` : `${span(nowMs - oldest)} old`);
    this.#listGaps(nowMs);
    if (this.feeds.length > 1) this.#listCompared(nowMs);
    this.#showOverlay(nowMs);
  }

  #showOverlay(nowMs: number): void {
    const { overlay, message, again } = this.#parts;
    const [feed] = this.feeds;
    const problem = this.feeds.find((one) => one.problem)?.problem ?? "";
    overlay.classList.toggle("is-problem", problem !== "");
    again.hidden = problem === "";
    const isText = feed?.text !== undefined;
    overlay.hidden = problem === "" && this.received > 0 && !isText;
    if (problem) setText(message, problem);
    else if (this.received === 0 && this.isEnded) setText(message, `Not connected. ${this.#path()} starts once the page is connected.`);
    else if (isText) setText(message, "This feed sends text, which has no chart. The newest is above.");
    else if (this.received === 0) setText(message, this.#waitingText(nowMs));
  }

  #waitingText(nowMs: number): string {
    const isOffline = this.#app.fleet.devices.get(this.request.deviceId)?.online === false;
    return `Waiting for ${this.#path()} for ${span(nowMs - (this.feeds[0]?.askedMs ?? nowMs))}.${isOffline ? " The device is offline; samples come once it is back." : ""}`;
  }

  #path(): string {
    const { table, source, field } = this.request;
    return [table, source, field].filter(Boolean).join(" / ");
  }

  #changed(): void {
    if (this.feeds.some(({ problem }) => problem)) this.#showOverlay(Date.now());
    // The picture moves by pixels: what comes sooner waits for the next sample, or for the tick.
    if (this.isVisible && this.#window.isLive && performance.now() >= this.#dueMs) redraw(this);
  }

  #lines(): Line[] {
    return this.feeds.length > 1 ? this.feeds.map(({ segments }) => ({ segments, column: 0 })) : this.columns.map((column) => ({ segments: this.feeds[0]?.segments ?? [], column }));
  }

  #lineNames(): string[] {
    if (this.feeds.length > 1) return this.feeds.map((feed) => this.#nameOf(feed));
    const all = this.names();
    return this.columns.map((column) => all[column] ?? "");
  }

  /** How one of the compared is told from the others. */
  #nameOf({ request: { deviceId, source } }: LiveFeed): string {
    const isOne = this.feeds.every(({ request }) => request.deviceId === deviceId);
    return isOne ? source : `${this.#app.fleet.nameOf(deviceId)} ${source}`;
  }

  /** What is lost, and what is not back yet; of several feeds only where all of them are silent. */
  #gaps(nowMs: number): Gap[] {
    const [feed] = this.feeds;
    return feed ? [...feed.gaps, ...feed.growing(nowMs)] : [];
  }

  #listGaps(nowMs: number): void {
    const { gaps } = this.#parts;
    const device = this.#app.fleet.devices.get(this.request.deviceId);
    const all = this.#gaps(nowMs);
    const last = all.at(-1);
    const text = device?.online === false ? `▲ device offline${device.changedMs === undefined ? "" : ` for ${span(nowMs - device.changedMs)}`}` : last ? `▲ ${plural(all.length, "gap")}, last ${span(last.to - last.from)}` : "";
    setText(gaps, text);
    gaps.title = all.slice(-20).map(({ from, to }) => `${clock(from)} to ${clock(to)}: ${span(to - from)}`).join("\n");
    gaps.disabled = last === undefined;
    gaps.hidden = text === "";
    gaps.onclick = () => last && this.#window.choose(last.from - (last.to - last.from), last.to + (last.to - last.from));
  }

  #listCompared(nowMs: number): void {
    if (nowMs - this.#orderedMs < ORDER_MS && this.#parts.legend.childElementCount > 0) return;
    this.#orderedMs = nowMs;
    const unit = this.#unit();
    const rows = byDeviation(this.feeds.map((feed, n) => ({ n, name: this.#nameOf(feed), value: feed.isStale(nowMs) ? undefined : feed.valueOf(0) })));
    this.#parts.legend.replaceChildren(
      ...rows.map(({ n, name, value: number, part }) => {
        const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
        swatch.style.background = `var(--series-${(n % MAX_LINES) + 1})`;
        const deviation = part === undefined ? "" : `${part >= 0 ? "+" : "−"}${Math.abs(part * 100).toFixed(1)} %`;
        return h("li", { class: part !== undefined && Math.abs(part) > FAR ? "is-far" : "" }, swatch, h("span", { class: "name" }, name), h("span", { class: "num" }, number === undefined ? "not current" : `${value(number)} ${unit}`), h("span", { class: "num part" }, deviation));
      }),
    );
  }

  #showValue(): void {
    const { value: shown } = this.#parts;
    const [feed] = this.feeds;
    const number = feed?.valueOf(this.columns[0] ?? 0);
    // One missing cell is no reason to blink.
    if (number !== undefined) {
      if (this.#isBoolean()) return setText(shown, number === 0 ? "false" : "true");
      const text = value(number, this.#digits);
      this.#digits = Math.max(this.#digits, /[.,](\d{1,4})$/.test(value(number)) && !Number.isInteger(number) ? (value(number).match(/\d+$/)?.[0].length ?? 0) : 0);
      setText(shown, text);
    } else if (feed?.text !== undefined) setText(shown, feed.text);
    shown.title = shown.textContent ?? "";
  }

  #listColumns(): void {
    const { chips } = this.#parts;
    const names = this.names();
    if (this.request.field !== undefined || names.length < 2 || chips.childElementCount === names.length) return;
    this.columns = this.columns.filter((column) => column < names.length);
    chips.replaceChildren(...names.map((name, column) => h("label", {}, h("input", { type: "checkbox", value: String(column), checked: this.columns.includes(column) }), name)));
    chips.hidden = false;
    this.#paintColumns();
    this.restyle();
  }

  /** Each drawn column's box has the colour of its line. */
  #paintColumns(): void {
    for (const box of this.#parts.chips.querySelectorAll("input")) {
      const line = this.columns.indexOf(Number(box.value));
      box.style.accentColor = line < 0 ? "" : `var(--series-${(line % MAX_LINES) + 1})`;
    }
  }

  #field(column: number) {
    const known = this.#app.fleet.sourceOf(this.request);
    const { field } = this.request;
    return field === undefined ? known?.fields[column] ?? known : known?.fields.find(({ name }) => name === field) ?? known;
  }

  #unit(column = this.columns[0] ?? 0): string {
    return this.#field(column)?.units ?? "";
  }

  #isBoolean(): boolean {
    return this.#field(this.columns[0] ?? 0)?.type === "bool";
  }

  #isFromZero(): boolean {
    return this.#fromZero ?? isFromZero(this.#unit());
  }
}

/** Several panels as one file: a line for each value, with where it is from. */
export function* longCsv(fleet: App["fleet"], panels: readonly Panel[]): Generator<string> {
  yield "time,device,device_id,table,source,field,value\r\n";
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  for (const panel of panels) {
    for (const { request: { deviceId, table, source, field }, segments } of panel.feeds) {
      const names = field === undefined ? panel.names() : [field];
      for (const series of segments) {
        const times = series.times();
        for (const [column, name] of names.entries()) {
          if (column >= series.columns) continue;
          const where = [fleet.nameOf(deviceId), deviceId, table, source, name].map(quoted).join(",");
          const values = series.values(column);
          let rows: string[] = [];
          for (const [row, time] of times.entries()) {
            const number = values[row];
            if (number === undefined || Number.isNaN(number) || Number.isNaN(time)) continue;
            rows.push(`${new Date(time).toISOString()},${where},${number}\r\n`);
            if (rows.length === 10_000) yield rows.splice(0).join("");
          }
          yield rows.join("");
        }
      }
    }
  }
}

function parts() {
  const message = h("span", { role: "status" });
  const again = h("button", { type: "button", hidden: true }, "Try again");
  return {
    sub: h("small", {}),
    value: h("output", { class: "num", "aria-label": "Current value" }, "–"),
    unit: h("small", {}),
    zero: h("button", { type: "button", class: "icon", title: "Axis from zero", hidden: true }, "0"),
    csv: h("button", { type: "button", class: "icon", title: "Export as CSV" }, "⤓"),
    remove: h("button", { type: "button", class: "icon", title: "Remove" }, "×"),
    chips: h("div", { class: "columns", role: "group", "aria-label": "Columns drawn", hidden: true }),
    legend: h("ol", { class: "legend", "aria-label": "Compared, the deviating one first", tabIndex: 0 }),
    chart: h("div", { class: "chart", role: "group", tabIndex: 0 }),
    overlay: h("div", { class: "overlay", hidden: true }, message, again),
    message,
    again,
    readout: h("span", { class: "num readout" }),
    age: h("span", { class: "num age" }),
    gaps: h("button", { type: "button", class: "quiet num gaps", hidden: true }),
    pace: h("span", { class: "num pace" }),
  };
}
