// Output formats for samples. `sample` resolves when there is room for more.
import { plain } from "./exit.js";
import { LiveTable } from "./table.js";

const REDRAW_MS = 250;

/** Lets Excel recognise UTF-8. */
const BYTE_ORDER_MARK = "\ufeff";
/** Text that a spreadsheet takes for a formula, and numbers, which may begin the same way. */
const [FORMULA, NUMBER] = [/^[=+\-@\t\r]/, /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i];

/**
 * @typedef {object} Writer
 * @property {(sample: import("ardexa-client").FeedSample) => Promise<void>} sample
 * @property {(device: string) => void} [gap] marks a gap in a device's samples
 * @property {() => void} end
 */

/** @param {import("./output.js").Output} output @returns {Writer} */
export const ndjsonWriter = (output) => ({
  sample: (sample) => output.json(sample),
  end() {},
});

/**
 * One column for each value. The first sample sets the number of columns, since the header cannot change later.
 * @param {import("./output.js").Output} output @param {{ bom?: boolean }} [how] bom: starts with a byte-order mark
 * @returns {Writer}
 */
export function csvWriter(output, { bom = false } = {}) {
  /** @type {number | undefined} */
  let columns;
  let warned = false;
  return {
    sample(sample) {
      const { event_time, device, table, source, value } = sample;
      const values = Array.isArray(value) ? value : [value];
      let header = "";
      if (columns === undefined) {
        columns = values.length;
        const names = Array.isArray(value) ? values.map((_, index) => `value_${index + 1}`) : ["value"];
        header = (bom ? BYTE_ORDER_MARK : "") + row(["event_time", "device", "table", "source", ...names]);
      }
      if (values.length !== columns && !warned) {
        warned = true;
        output.say(
          `a sample has ${values.length} values but the CSV header has ${columns}; use --field to select a single value`,
        );
      }
      const missing = new Array(Math.max(0, columns - values.length)).fill(null);
      return output.data(header + row([event_time, device, table, source, ...values, ...missing]));
    },
    end() {},
  };
}

/** @param {unknown[]} cells */
const row = (cells) => `${cells.map(cell).join(",")}\n`;

/** RFC 4180 without formulas, as in the dashboard; `csv-stringify` would add 1.5 MB for this. @param {unknown} value */
function cell(value) {
  if (value === null || value === undefined) return "";
  const whole = typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = typeof value === "string" && FORMULA.test(whole) && !NUMBER.test(whole) ? `'${whole}` : whole;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A table on the screen, redrawn a few times a second regardless of the sample rate.
 * @param {import("./output.js").Output} output
 * @param {{ devices: string[], nameOf: (device: string) => string, table: string, source: string, field?: string }} what
 * @returns {Writer}
 */
export function liveWriter(output, what) {
  const { stdout } = output;
  const table = new LiveTable(what);
  const draw = () => {
    const [heading, ...rest] = table.lines({ columns: stdout.columns || 80, rows: stdout.rows || 24 }).map(plain);
    output.draw(stdout, [output.style(stdout, "1", heading), ...rest]);
  };
  let stale = true;
  const timer = setInterval(() => {
    if (stale) draw();
    stale = false;
  }, REDRAW_MS);
  const resized = () => draw();
  stdout.on("resize", resized);
  draw();
  return {
    async sample(sample) {
      table.add(sample);
      stale = true;
    },
    gap(device) {
      table.gap(device);
    },
    end() {
      clearInterval(timer);
      stdout.off("resize", resized);
      if (!table.empty) draw();
      output.endBlock({ leave: !table.empty });
    },
  };
}
