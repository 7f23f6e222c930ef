/** Draws a panel's chart at most once per frame, only once it has moved by a pixel, and only while visible. */
import type { Chart, ChartLook } from "./chart";
import type { Panel, Picture } from "./panel";
import { forget, redraw } from "./redraw";
import { nothing, reduce } from "./reduce";
import { lostOf } from "./status";

/** Numbers that change faster than this cannot be read. */
const TILE_PACE_MS = 250;
const MIN_PACE_MS = 33;

type Charts = typeof import("./chart");

export class LivePicture implements Picture {
  isVisible = false;
  #chart: Chart | undefined;
  /** When the picture will have moved by one pixel. */
  #dueMs = 0;
  readonly #reduced = nothing();

  constructor(
    readonly panel: Panel,
    readonly place: HTMLElement,
    readonly charts: Charts,
    readonly look: ChartLook,
    readonly onHover: (text: string) => void,
  ) {}

  touch(): void {
    // An earlier change waits for the next sample, or for the tick.
    if (this.isVisible && this.panel.window.isLive && performance.now() >= this.#dueMs) redraw(this);
  }

  draw(): void {
    if (!this.isVisible) return;
    const { panel, place } = this;
    const { window } = panel;
    panel.refresh();
    this.#dueMs = performance.now() + TILE_PACE_MS;
    if (place.clientHeight === 0) return; // tiles only
    this.#chart ??= new this.charts.Chart(place, this.look, window, {
      onHover: this.onHover,
      onResize: () => redraw(this),
    });
    const shown = window.range();
    const { from, to } = shown;
    const { pixels } = this.#chart;
    this.#dueMs = performance.now() + Math.max(MIN_PACE_MS, (to - from) / pixels);
    const gaps = lostOf(panel, window.isLive ? to : Date.now());
    const reduced = reduce(panel.lines(), shown, pixels, gaps, window.now(), this.#reduced);
    this.#chart.draw(reduced, [...reduced.silences, ...gaps], from, to);
  }

  destroy(): void {
    forget(this);
    this.isVisible = false;
    this.#chart?.destroy();
  }
}
