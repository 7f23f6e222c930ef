/** A chart of one feed: uPlot, with the band from the smallest to the largest value, gaps, and a crosshair shared by all. */
import uPlot from "uplot";
import { colour } from "../../ui/theme";
import { clockMs, span, utc, value } from "../../words";
import type { Gap, Reduced } from "./reduce";
import type { TimeWindow } from "./time-window";

const CROSSHAIR = uPlot.sync("charts");
const FONT = "system-ui, sans-serif";

/** Of each line. */
export interface ChartLook { names: string[]; units: string[] }

export class Chart {
  #plot: uPlot;
  #place: HTMLElement;
  #gaps: Gap[] = [];
  #observer: ResizeObserver;
  #look: ChartLook;
  /** Few enough samples to show each as a point. */
  #sparse = false;
  #axisWidth = 0;

  constructor(place: HTMLElement, look: ChartLook, window: TimeWindow, hooks: { onHover(text: string): void; onResize(): void }) {
    this.#place = place;
    this.#look = look;
    this.#plot = new uPlot(this.#options(window, hooks.onHover), [[]], place);
    this.#plot.over.addEventListener("dblclick", () => window.live());
    wheel(this.#plot, window);
    this.#observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = place;
      if (width > 0 && height > 0 && (width !== this.#plot.width || height !== this.#plot.height)) {
        this.#plot.setSize({ width, height });
        hooks.onResize();
      }
    });
    this.#observer.observe(place);
  }

  /** The width of the plot itself. */
  get pixels(): number {
    return Math.max(16, Math.round(this.#plot.over.clientWidth || this.#place.clientWidth));
  }

  draw({ times, columns, filled }: Reduced, gaps: Gap[], from: number, to: number): void {
    this.#gaps = gaps;
    this.#sparse = filled < this.pixels / 6;
    const data = [times, ...columns.flatMap(({ low, high }) => [low, high])] as uPlot.AlignedData;
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      this.#plot.setScale("x", { min: from, max: to });
      const { min, max } = extent(columns);
      this.#plot.setScale("y", { min, max });
    });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }

  #options(window: TimeWindow, onHover: (text: string) => void): uPlot.Options {
    const { names, units } = this.#look;
    // An axis has one unit or none.
    const unit = units.every((other) => other === units[0]) ? units[0] : "";
    const line = colour("--line");
    const quiet = colour("--quiet");
    const small = parseFloat(colour("--small"));
    const axis = { stroke: quiet, font: `${small}px ${FONT}`, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    return {
      width: Math.max(80, this.#place.clientWidth),
      height: Math.max(80, this.#place.clientHeight),
      ms: 1,
      pxAlign: 1,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: CROSSHAIR.key, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        y: false,
      },
      scales: { x: { time: true, auto: false }, y: { auto: false } },
      axes: [
        { ...axis, size: 24, gap: 4, space: 80, values: timeLabels },
        { ...axis, size: (_, labels) => this.#roomFor(labels, small), gap: 4, space: 32, values: (_, splits, _axis, _space, step) => splits.map((split, n) => valueLabel(split, step, n === splits.length - 1 ? unit ?? "" : "")) },
      ],
      series: [
        {},
        ...names.flatMap((_, n): uPlot.Series[] => {
          const stroke = colour(`--series-${(n % 8) + 1}`);
          return [
            { stroke, width: 1, scale: "y", points: { show: false } },
            { stroke, width: 1.5, scale: "y", points: { show: () => this.#sparse, size: 4, fill: stroke } },
          ];
        }),
      ],
      bands: names.map((_, n) => ({ series: [n * 2 + 2, n * 2 + 1] as [number, number], fill: `${colour(`--series-${(n % 8) + 1}`)}55` })),
      hooks: {
        drawClear: [(plot) => this.#shade(plot)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            window.choose(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        setCursor: [(plot) => onHover(this.#readout(plot))],
      },
    };
  }

  /** For the longest label so far: an axis that shrank again would move the picture to and fro. */
  #roomFor(labels: readonly (string | number | null)[] | null, small: number): number {
    const longest = Math.max(0, ...(labels ?? []).map((label) => String(label ?? "").length));
    this.#axisWidth = Math.max(this.#axisWidth, 6 * small, Math.ceil(longest * 0.6 * small + 12));
    return this.#axisWidth;
  }

  /** What the crosshair is on: the time in the viewer's zone and in UTC, and the values. */
  #readout(plot: uPlot): string {
    const { idx, left } = plot.cursor;
    if (idx === null || idx === undefined || left === undefined || left === null || left < 0) return "";
    const time = plot.data[0][idx];
    if (time === undefined) return "";
    const { names, units } = this.#look;
    const values = names.flatMap((name, n) => {
      const [low, high] = [plot.data[n * 2 + 1]?.[idx], plot.data[n * 2 + 2]?.[idx]];
      if (low === null || low === undefined || high === null || high === undefined) return [];
      const text = `${low === high ? value(low) : `${value(low)} … ${value(high)}`} ${units[n]}`;
      return [names.length > 1 ? `${name} ${text}`.trim() : text];
    });
    const said = values.join(" · ") || "no data";
    const when = `${clockMs(time)} (${utc(time)})`;
    // Of many values the last may be cut off, the time may not.
    return names.length > 1 ? `${when} · ${said}` : `${said} at ${when}`;
  }

  #shade(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const scale = devicePixelRatio || 1;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `${parseFloat(colour("--small")) * scale}px ${FONT}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    for (const { from, to, lost } of this.#gaps) {
      const left = plot.valToPos(from, "x", true);
      const right = plot.valToPos(to, "x", true);
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.fillStyle = colour("--gap");
      ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
      const label = `${lost ? "connection lost" : "no data"} ${span(to - from)}`;
      const short = span(to - from);
      const text = [label, short].find((words) => ctx.measureText(words).width + 8 * scale < right - left);
      if (!text) continue;
      ctx.fillStyle = colour("--warn");
      ctx.fillText(text, Math.max(left, bbox.left) + 4 * scale, bbox.top + 14 * scale);
    }
    ctx.restore();
  }
}

/** With a little air above and below; a line that does not move is drawn in the middle. */
function extent(columns: Reduced["columns"]): { min: number; max: number } {
  let [min, max] = [Infinity, -Infinity];
  for (const { low, high } of columns) {
    for (const number of low) if (typeof number === "number" && number < min) min = number;
    for (const number of high) if (typeof number === "number" && number > max) max = number;
  }
  if (min > max) return { min: 0, max: 1 };
  const air = (max - min) * 0.08 || Math.abs(max) * 0.05 || 1;
  // Zero stays the floor of what is never below it.
  return { min: min >= 0 && min - air < 0 ? 0 : min - air, max: max + air };
}

/** Pixels from the middle of a time label to its end. */
const HALF_LABEL = 28;
const SECOND = { minute: "2-digit", second: "2-digit" } as const;
const DAY_FORMAT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MINUTE_FORMAT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** By the step from one label to the next, so that no two say the same. */
const LABEL = [
  ...([[10, 3], [100, 2], [1_000, 1]] as const).map(([below, fractionalSecondDigits]) => ({ below, format: new Intl.DateTimeFormat(undefined, { ...SECOND, fractionalSecondDigits }) })),
  { below: 60_000, format: new Intl.DateTimeFormat(undefined, { hour: "2-digit", ...SECOND, hourCycle: "h23" }) },
  { below: 86_400_000, format: MINUTE_FORMAT },
  { below: Infinity, format: DAY_FORMAT },
];

function timeLabels(plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  const { min = 0, max = 0 } = plot.scales["x"] ?? {};
  const part = step % 1_000 === 0 ? step : step % 100 === 0 ? 100 : step % 10 === 0 ? 10 : 1;
  const format = LABEL.find(({ below }) => part < below)?.format;
  // One that would be cut off at the edge, or run into the other axis, is left out.
  const room = (((max ?? 0) - (min ?? 0)) * HALF_LABEL) / Math.max(1, plot.over.clientWidth);
  return splits.map(Math.round).map((split) => {
    if (split > (max ?? 0) - room || split < (min ?? 0) + room) return "";
    return (format === MINUTE_FORMAT && new Date(split).getHours() + new Date(split).getMinutes() === 0 ? DAY_FORMAT : format)?.format(split) ?? "";
  });
}

const LARGE = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e4, "K"]] as const;
/** As many digits as the steps of the axis have: no two labels say the same. */
function valueLabel(split: number, step: number, unit: string): string {
  const [size, letter] = LARGE.find(([least]) => Math.abs(split) >= least) ?? [1, ""];
  const by = letter === "K" ? 1_000 : size;
  const digits = (String(Number((step / by).toPrecision(6))).split(".")[1] ?? "").length;
  return `${(split / by).toFixed(Math.min(6, digits))}${letter}${unit ? ` ${unit}` : ""}`;
}

/** Ctrl and the wheel zoom, shift and the wheel pan: the wheel alone scrolls the page. */
function wheel(plot: uPlot, window: TimeWindow): void {
  plot.over.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      const by = event.deltaY || event.deltaX;
      if (event.shiftKey) window.pan(by / 1_000);
      else window.zoom(by > 0 ? 1.25 : 0.8, event.offsetX / plot.over.clientWidth);
    },
    { passive: false },
  );
}
