/** A uPlot chart: bands between minimum and maximum, gaps, and a crosshair shared by all charts. */
import uPlot from "uplot";
import { clockMs, utc, value } from "../../figures";
import { colour } from "../../ui/theme";
import { span } from "../../words";
import { extent, timeLabels, timeTicks, valueLabels } from "./axis";
import type { Gap, Reduced } from "./reduce";
import type { TimeWindow } from "./time-window";

const CROSSHAIR = uPlot.sync("charts");
const FONT = "system-ui, sans-serif";

/** The same for all charts, so that charts in a column align. */
const AXIS_PX = 80;
/** Pixels from the middle of a time label to its end, and between labels. */
const HALF_LABEL = 28;
const LABEL_SPACE = 70;
const COLOURS = 8;

/** One name per line; a chart has one unit. */
export interface ChartLook {
  names: string[];
  unit: string;
  isFromZero: boolean;
  isBoolean: boolean;
}

export class Chart {
  #plot: uPlot;
  #place: HTMLElement;
  #gaps: Gap[] = [];
  #observer: ResizeObserver;
  #look: ChartLook;
  /** Set if there are few enough samples to show each as a point. */
  #sparse = false;
  #isEmpty = true;

  constructor(
    place: HTMLElement,
    look: ChartLook,
    window: TimeWindow,
    hooks: { onHover(text: string): void; onResize(): void },
  ) {
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

  /** The width of the plot area. */
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
      const span = this.#look.isBoolean ? { min: -0.25, max: 1.25 } : extent(columns, this.#look.isFromZero);
      // Without a sample there is no range to scale the axis to.
      this.#isEmpty = filled === 0 || span === undefined;
      this.#plot.setScale("y", span ?? { min: 0, max: 1 });
    });
    this.#takeCrosshair();
  }

  /** A chart that was not on the page when the pointer last moved shows the crosshair of the others too. */
  #takeCrosshair(): void {
    const leftOf = ({ cursor }: uPlot) => cursor.left ?? -1;
    if (leftOf(this.#plot) >= 0) return;
    const other = CROSSHAIR.plots.find((plot) => leftOf(plot) >= 0);
    if (!other) return;
    const left = this.#plot.valToPos(other.posToVal(leftOf(other), "x"), "x");
    if (left >= 0 && left <= widthOf(this.#plot)) this.#plot.setCursor({ left, top: 0 });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }

  #options(window: TimeWindow, onHover: (text: string) => void): uPlot.Options {
    const { names, unit, isBoolean } = this.#look;
    const line = colour("--line");
    const quiet = colour("--quiet");
    const small = parseFloat(colour("--small"));
    const axis = {
      stroke: quiet,
      font: `${small}px ${FONT}`,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
    };
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
        {
          ...axis,
          size: 24,
          gap: 4,
          splits: (plot, _axis, min, max) => timeTicks(min, max, Math.max(2, widthOf(plot) / LABEL_SPACE)),
          // Leaves out labels that would be cut off at the edge or overlap the other axis.
          values: (plot, ticks) =>
            timeLabels(
              ticks,
              (tick) => plot.valToPos(tick, "x") < HALF_LABEL || plot.valToPos(tick, "x") > widthOf(plot) - HALF_LABEL,
            ),
        },
        {
          ...axis,
          size: AXIS_PX,
          gap: 4,
          space: 32,
          ...(isBoolean && { splits: () => [0, 1] }),
          values: (_, ticks) => {
            if (this.#isEmpty) return ticks.map(() => "");
            return isBoolean ? ["false", "true"] : valueLabels(ticks, unit);
          },
        },
      ],
      series: [
        {},
        ...names.flatMap((_, n): uPlot.Series[] => {
          const stroke = colour(`--series-${(n % COLOURS) + 1}`);
          const dash = n < COLOURS ? {} : { dash: [6 - Math.min(4, Math.floor(n / COLOURS)), 3] };
          const paths = isBoolean && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
          return [
            { stroke, width: 1, scale: "y", points: { show: false }, ...dash, ...paths },
            {
              stroke,
              width: 1.5,
              scale: "y",
              points: { show: () => this.#sparse, size: 4, fill: stroke },
              ...dash,
              ...paths,
            },
          ];
        }),
      ],
      bands: names.map((_, n) => ({
        series: [n * 2 + 2, n * 2 + 1] as [number, number],
        fill: `${colour(`--series-${(n % COLOURS) + 1}`)}55`,
      })),
      hooks: {
        drawClear: [(plot) => this.#shade(plot, false)],
        draw: [(plot) => this.#shade(plot, true)],
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

  /** The readout at the crosshair: the time in the viewer's zone and in UTC, and the values. */
  #readout(plot: uPlot): string {
    const { idx, left } = plot.cursor;
    if (idx === null || idx === undefined || left === undefined || left === null || left < 0) return "";
    const time = plot.data[0][idx];
    if (time === undefined) return "";
    const { names, unit } = this.#look;
    const values = names.flatMap((name, n) => {
      const [low, high] = [plot.data[n * 2 + 1]?.[idx], plot.data[n * 2 + 2]?.[idx]];
      if (low === null || low === undefined || high === null || high === undefined) return [];
      const text = `${low === high ? value(low) : `${value(low)} … ${value(high)}`} ${unit}`;
      return [names.length > 1 ? `${name} ${text}`.trim() : text];
    });
    const said = values.join(" · ") || "no data";
    const when = `${clockMs(time)} (${utc(time)})`;
    // With several lines the time comes first, since the values may wrap.
    return names.length > 1 ? `${when} · ${said}` : `${said} at ${when}`;
  }

  /** Gaps are shaded below the lines; their labels are drawn on top, on a background. */
  #shade(plot: uPlot, isText: boolean): void {
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
      if (!isText) {
        ctx.fillStyle = colour("--gap");
        ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
        continue;
      }
      const label = `${lost ? "connection lost" : "no data"} ${span(to - from)}`;
      const short = span(to - from);
      const text = [label, short].find((words) => ctx.measureText(words).width + 8 * scale < right - left);
      if (!text) continue;
      ctx.fillStyle = colour("--ground");
      ctx.fillRect(
        Math.max(left, bbox.left) + 2 * scale,
        bbox.top + 2 * scale,
        ctx.measureText(text).width + 4 * scale,
        16 * scale,
      );
      ctx.fillStyle = colour("--warn");
      ctx.fillText(text, Math.max(left, bbox.left) + 4 * scale, bbox.top + 14 * scale);
    }
    ctx.restore();
  }
}

/** The width of the plot area, even before it is on the page. */
const widthOf = ({ bbox }: uPlot) => bbox.width / devicePixelRatio;

/** Ctrl+wheel zooms, Shift+wheel pans; the wheel without a key scrolls the page. */
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
