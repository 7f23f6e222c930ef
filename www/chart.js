/** A small line chart on a canvas: the newest points, a break where a value is missing. Draws at most once a frame. */
import { clock } from "./words.js";

/** Points kept. */
const CAPACITY = 600;
const PAD = { left: 56, right: 12, top: 12, bottom: 24 };

export class Chart {
  #canvas;
  #points = [];
  #name = "";
  #planned = false;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#plan()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plan());
  }

  /** Empties the chart. @param {string} name what the line shows */
  clear(name) {
    this.#name = name;
    this.#points = [];
    this.#plan();
  }

  /** @param {number} time milliseconds since the epoch @param {unknown} value a break unless it is a finite number */
  add(time, value) {
    this.#points.push({ time, value: Number.isFinite(value) ? value : NaN });
    if (this.#points.length > 2 * CAPACITY) this.#points = this.#points.slice(-CAPACITY);
    this.#plan();
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio || 1;
    const [deviceWidth, deviceHeight] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width !== deviceWidth || this.#canvas.height !== deviceHeight) {
      this.#canvas.width = deviceWidth;
      this.#canvas.height = deviceHeight;
    }
    const pen = this.#canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.font = "12px system-ui, sans-serif";

    const points = this.#points.slice(-CAPACITY);
    const values = points.map((p) => p.value).filter(Number.isFinite);
    if (values.length === 0) {
      pen.fillStyle = colour("--quiet");
      pen.fillText(this.#name ? `Waiting for numbers of ${this.#name}.` : "No feed to draw.", PAD.left, height / 2, width - PAD.left);
      this.#canvas.setAttribute("aria-label", `Line chart of ${this.#name || "the feed"}. No numbers yet.`);
      return;
    }
    let [low, high] = [Math.min(...values), Math.max(...values)];
    this.#canvas.setAttribute("aria-label", `Line chart of ${this.#name}: last ${values.at(-1)}, between ${low} and ${high}.`);
    if (low === high) [low, high] = [low - 1, high + 1];
    const [from, to] = [points[0].time, Math.max(points.at(-1).time, points[0].time + 1)];
    const x = (time) => PAD.left + ((time - from) / (to - from)) * (width - PAD.left - PAD.right);
    const y = (value) => height - PAD.bottom - ((value - low) / (high - low)) * (height - PAD.top - PAD.bottom);

    pen.strokeStyle = colour("--line");
    pen.fillStyle = colour("--quiet");
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const value of [low, (low + high) / 2, high]) {
      pen.beginPath();
      pen.moveTo(PAD.left, Math.round(y(value)) + 0.5);
      pen.lineTo(width - PAD.right, Math.round(y(value)) + 0.5);
      pen.stroke();
      pen.fillText(short(value), PAD.left - 6, y(value), PAD.left - 8);
    }
    pen.textBaseline = "alphabetic";
    pen.fillText(clock(to), width - PAD.right, height - 6);
    pen.textAlign = "left";
    pen.fillText(clock(from), PAD.left, height - 6);

    pen.strokeStyle = colour("--series");
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    pen.beginPath();
    let drawing = false;
    for (const { time, value } of points) {
      if (Number.isNaN(value)) drawing = false;
      else if (drawing) pen.lineTo(x(time), y(value));
      else {
        pen.moveTo(x(time), y(value));
        drawing = true;
      }
    }
    pen.stroke();
    const last = points.findLast((p) => !Number.isNaN(p.value));
    pen.fillStyle = colour("--series");
    pen.beginPath();
    pen.arc(x(last.time), y(last.value), 2.5, 0, 2 * Math.PI);
    pen.fill();
  }
}

/** A number for the axis. @param {number} value */
function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 0.001)) return value.toExponential(1);
  return value.toLocaleString(undefined, { maximumFractionDigits: size >= 100 ? 0 : size >= 1 ? 2 : 4 });
}
