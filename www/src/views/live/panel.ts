/** One feed: its chart, its current value, its rate and its gaps. */
import type { ArdexaClient, Feed, FeedRequest, Series } from "ardexa-client";
import type { App } from "../../app";
import { h, setText } from "../../dom";
import { plural, rate, sentence, span, value } from "../../words";
import type { Chart } from "./chart";
import { csvParts, saveCsv } from "./csv";
import { forget, redraw } from "./redraw";
import { nothing, reduce } from "./reduce";
import type { Gap } from "./reduce";
import type { TimeWindow } from "./time-window";

const MAX_LINES = 8;
/** No eye follows figures that change more often; nor charts. */
const TILE_PACE_MS = 250;
const MIN_PACE_MS = 33;
const NAME = (request: FeedRequest) => request.field ?? `${request.source}`;

export interface PanelSettings { request: FeedRequest; columns: number[] }
export interface PanelHooks { onRemove(panel: Panel): void; onChange(): void }

export class Panel {
  readonly element: HTMLElement;
  readonly request: FeedRequest;
  readonly segments: Series[] = [];
  /** Lines of an array feed that are drawn. */
  columns: number[];
  isVisible = false;
  #app: App;
  #window: TimeWindow;
  #chart: Chart | undefined;
  #gaps: Gap[] = [];
  #askedMs = Date.now();
  #ended = false;
  #opening = false;
  #text: Feed | undefined;
  #lastText: string | undefined;
  /** When the picture will have moved by a pixel. */
  #dueMs = 0;
  /** Decimals that the value has had. */
  #digits = 0;
  #rate = { atMs: Date.now(), total: 0, perSecond: 0 };
  #reduced = nothing();
  #parts = parts();

  constructor({ request, columns }: PanelSettings, app: App, window: TimeWindow, hooks: PanelHooks) {
    this.request = request;
    this.columns = columns;
    this.#app = app;
    this.#window = window;
    const { value, unit, csv, remove, chips, chart, overlay, again, readout, pace, gaps, sub } = this.#parts;
    const name = NAME(request);
    csv.setAttribute("aria-label", `Export ${name} as CSV`);
    remove.setAttribute("aria-label", `Remove ${name}`);
    csv.addEventListener("click", () => this.exportCsv());
    remove.addEventListener("click", () => hooks.onRemove(this));
    again.addEventListener("click", () => void this.open(app.session.client.value));
    this.element = h("article", { class: "panel" },
      h("header", {}, h("div", { class: "title" }, h("h3", {}, name), sub), h("div", { class: "current" }, value, " ", unit), csv, remove),
      chips, h("div", { class: "plot" }, chart, overlay), h("footer", {}, readout, gaps, pace));
    this.relabel();
    chips.addEventListener("change", (event) => {
      const box = event.target as HTMLInputElement;
      const column = Number(box.value);
      const next = box.checked ? [...this.columns, column].sort((a, b) => a - b) : this.columns.filter((other) => other !== column);
      if (next.length === 0 || next.length > MAX_LINES) {
        box.checked = !box.checked;
        readout.textContent = next.length === 0 ? "One column at least is drawn." : `At most ${MAX_LINES} columns are drawn at once.`;
        return;
      }
      this.columns = next;
      unit.textContent = this.#unit();
      readout.textContent = "";
      this.#paintColumns();
      this.restyle();
      hooks.onChange();
    });
  }

  /** Names and units may become known later than the feed. */
  relabel(): void {
    const { deviceId, table, source } = this.request;
    const { sub, chart, unit, value } = this.#parts;
    const where = `${this.#app.fleet.nameOf(deviceId)} · ${table} / ${source}`;
    const units = this.#unit();
    if (sub.textContent === where && unit.textContent === units) return;
    sub.textContent = where;
    sub.title = `${where}\n${deviceId}`;
    this.element.setAttribute("aria-label", `${NAME(this.request)}, ${where}`);
    chart.setAttribute("aria-label", `Chart of ${NAME(this.request)}, ${where}`);
    value.setAttribute("aria-label", `Current value of ${NAME(this.request)}`);
    unit.textContent = units;
    this.#parts.chips.replaceChildren();
    this.restyle();
  }

  get received(): number {
    return this.segments.reduce((sum, { total }) => sum + total, 0);
  }

  get perSecond(): number {
    return this.#rate.perSecond;
  }

  /** Opens the feed, or opens it again where the connection had ended. */
  async open(client: ArdexaClient | undefined): Promise<void> {
    if (!client || this.#opening || (this.segments.length > 0 && !this.#ended)) return;
    this.#opening = true;
    this.#ended = false;
    this.#askedMs = Date.now();
    this.#fail("");
    try {
      const before = this.segments.at(-1)?.last?.()?.[0];
      const series = await client.series(this.request, {
        capacity: this.#capacity(),
        onUpdate: (now) => this.#updated(now),
        onGap: ({ fromMs, toMs }) => this.#gap(fromMs, toMs),
      });
      this.segments.push(series);
      if (before !== undefined) this.#gap(before, Date.now());
    } catch (error) {
      this.#ended = true;
      this.#fail(sentence(error));
    } finally {
      this.#opening = false;
      redraw(this);
    }
  }

  /** The connection is over; what came stays. */
  end(): void {
    this.#ended = true;
    this.#text = undefined;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  async remove(): Promise<void> {
    forget(this);
    this.#chart?.destroy();
    this.element.remove();
    await Promise.all([this.segments.at(-1)?.stop(), this.#text?.stop()]).catch(() => {});
  }

  /** Colours and lines have changed: the chart is made anew. */
  restyle(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
    redraw(this);
  }

  names(): string[] {
    const { table, source, field } = this.request;
    if (field !== undefined) return [field];
    const count = Math.max(1, this.segments.at(-1)?.columns ?? 1);
    const known = this.#app.fleet.sourceOf({ deviceId: this.request.deviceId, table, source })?.fields ?? [];
    if (count === 1 && known.length === 0) return [source];
    return Array.from({ length: count }, (_, n) => known[n]?.name ?? `Column ${n + 1}`);
  }

  exportCsv(): void {
    saveCsv(`${this.#app.fleet.nameOf(this.request.deviceId)} ${this.request.source} ${this.request.field ?? ""}`, csvParts(this.segments, this.names()));
  }

  draw(): void {
    if (!this.isVisible || !this.element.isConnected) return;
    this.#listColumns();
    this.#showValue();
    const { chart } = this.#parts;
    this.#dueMs = performance.now() + TILE_PACE_MS;
    if (chart.clientHeight === 0) return; // tiles only
    if (!this.#chart) {
      const all = this.names();
      const names = this.columns.map((column) => all[column] ?? "");
      const make = chartModule?.Chart;
      if (!make) return void import("./chart").then((module) => ((chartModule = module), redraw(this)));
      this.#chart = new make(chart, { names, units: this.columns.map((column) => this.#unit(column)) }, this.#window, {
        onHover: (text) => setText(this.#parts.readout, text),
        onResize: () => redraw(this),
      });
    }
    const shown = this.#window.range();
    const { from, to } = shown;
    this.#dueMs = performance.now() + Math.max(MIN_PACE_MS, (to - from) / this.#chart.pixels);
    const gaps = [...this.#gaps, ...this.#outage()];
    const reduced = reduce(this.segments, this.columns, shown, this.#chart.pixels, gaps, this.#window.now(), this.#reduced);
    this.#chart.draw(reduced, [...reduced.silences, ...gaps], from, to);
  }

  /** Once a second: what changes without a sample. */
  tick(nowMs: number): void {
    const { received } = this;
    this.#rate = { atMs: nowMs, total: received, perSecond: ((received - this.#rate.total) / Math.max(1, nowMs - this.#rate.atMs)) * 1_000 };
    if (!this.isVisible) return;
    const { pace, gaps, overlay, message, again } = this.#parts;
    setText(pace, `${rate(this.#rate.perSecond)}/s · ${plural(received, "sample")}`);
    setText(gaps, this.#trouble(nowMs));
    if (this.#ended) {
      // An error says so itself.
      if (received > 0 || !again.hidden) return;
      overlay.hidden = false;
      setText(message, `Not connected. ${this.#path()} starts once the page is connected.`);
      return;
    }
    const isText = this.#lastText !== undefined;
    overlay.hidden = received > 0 && !isText;
    if (isText) setText(message, "This feed holds texts, which have no chart. The newest stands above.");
    else if (received === 0) setText(message, this.#waitingWords(nowMs));
  }

  #trouble(nowMs: number): string {
    const device = this.#app.fleet.devices.get(this.request.deviceId);
    if (device?.online === false) return `▲ device offline${device.changedMs === undefined ? "" : ` for ${span(nowMs - device.changedMs)}`}`;
    const last = this.#gaps.at(-1);
    return last ? `▲ ${plural(this.#gaps.length, "gap")}, last ${span(last.to - last.from)}` : "";
  }

  #waitingWords(nowMs: number): string {
    const why = this.#app.fleet.devices.get(this.request.deviceId)?.online === false ? " The device is offline; samples come once it is back." : "";
    return `Waiting for ${this.#path()} for ${span(nowMs - this.#askedMs)}.${why}`;
  }

  #path(): string {
    const { table, source, field } = this.request;
    return [table, source, field].filter(Boolean).join(" / ");
  }

  #updated(series: Series): void {
    const last = series.last?.();
    if (last) this.#window.heard(last[0]!);
    // The picture moves by pixels: what comes sooner waits for the next sample, or for the tick.
    if (this.isVisible && this.#window.isLive && performance.now() >= this.#dueMs) redraw(this);
    if (series.columns === 1 && series.total < 20 && last && Number.isNaN(last[1]) && !this.#text) void this.#followText();
  }

  /** A feed of texts has no numbers to draw: its newest text is shown. One that begins with a missing value is none. */
  async #followText(): Promise<void> {
    const client = this.#app.session.client.value;
    this.#text = await client?.feed(this.request, ({ value: text }) => {
      if (text === null || typeof text === "number" || typeof text === "boolean") return;
      this.#lastText = typeof text === "string" ? text : JSON.stringify(text);
      redraw(this);
    }).catch(() => undefined);
  }

  #showValue(): void {
    const { value: shown } = this.#parts;
    const last = this.segments.at(-1);
    const number = last?.columns ? last.last?.(Math.min(this.columns[0] ?? 0, last.columns - 1))?.[1] : undefined;
    // One missing cell is no reason to blink.
    if (number !== undefined && !Number.isNaN(number)) {
      const text = value(number, this.#digits);
      this.#digits = Math.max(this.#digits, /[.,](\d{1,4})$/.test(value(number)) && !Number.isInteger(number) ? (value(number).match(/\d+$/)?.[0].length ?? 0) : 0);
      setText(shown, text);
    }
    else if (this.#lastText !== undefined) setText(shown, this.#lastText);
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

  #unit(column = this.columns[0] ?? 0): string {
    const { deviceId, table, source, field } = this.request;
    const known = this.#app.fleet.sourceOf({ deviceId, table, source });
    const found = field === undefined ? known?.fields[column] : known?.fields.find(({ name }) => name === field);
    return found?.units ?? known?.units ?? "";
  }

  #gap(fromMs: number | undefined, toMs: number): void {
    this.#gaps.push({ from: fromMs ?? toMs, to: toMs, lost: true });
    if (this.#gaps.length > 200) this.#gaps.shift();
    redraw(this);
  }

  /** While there is no connection, the gap grows. */
  #outage(): Gap[] {
    const { phase } = this.#app.session.state.value;
    const from = this.segments.at(-1)?.last?.()?.[0];
    return phase === "connected" || from === undefined ? [] : [{ from, to: this.#window.isLive ? this.#window.range().to : Date.now(), lost: true }];
  }

  #capacity(): number {
    return document.querySelectorAll(".panel").length <= 16 ? 1_048_576 : 131_072;
  }

  #fail(text: string): void {
    const { overlay, message, again } = this.#parts;
    message.textContent = text;
    overlay.hidden = text === "";
    again.hidden = text === "";
    overlay.classList.toggle("is-problem", text !== "");
  }
}

let chartModule: typeof import("./chart") | undefined;

function parts() {
  const message = h("span", { role: "status" });
  const again = h("button", { type: "button", hidden: true }, "Try again");
  return {
    sub: h("small", {}),
    value: h("output", { class: "num", "aria-label": "Current value" }, "–"),
    unit: h("small", {}),
    csv: h("button", { type: "button", class: "icon", title: "Export as CSV" }, "⤓"),
    remove: h("button", { type: "button", class: "icon", title: "Remove" }, "×"),
    chips: h("div", { class: "columns", role: "group", "aria-label": "Columns drawn", hidden: true }),
    chart: h("div", { class: "chart", role: "group", tabIndex: 0 }),
    overlay: h("div", { class: "overlay", hidden: true }, message, again),
    message,
    again,
    readout: h("span", { class: "num readout" }),
    gaps: h("span", { class: "num gaps" }),
    pace: h("span", { class: "num pace" }),
  };
}
