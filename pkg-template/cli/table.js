// The live table: one row for each device and value, with the newest, smallest and largest value and a sparkline.
import { cut, padEnd, padStart, widthOf } from "./width.js";

/** Values kept for the sparkline; wider screens are rare. */
const KEPT = 400;
const BARS = "▁▂▃▄▅▆▇█";
const HEADINGS = ["device", "value", "latest", "min", "max"];
/** The number of leading label columns, which may be cut; numbers never are. */
const LABELS = 2;
const NEWEST = 2;
const GAP = "  ";
/** Length of an ID prefix that distinguishes most devices. */
const SHORT = 8;
/** Shortest useful length of a label. */
const LEAST = 3;

export class LiveTable {
  #what;
  /** @type {Map<string, ReturnType<typeof newRow>[]>} by device */
  #rows;
  #samples = 0;
  #newest = "";
  /** The label of a device. @type {(device: string) => string} */
  #label;

  /** @param {{ devices: string[], nameOf: (device: string) => string, table: string, source: string, field?: string }} what */
  constructor(what) {
    this.#what = what;
    this.#rows = new Map(what.devices.map((device) => [device, []]));
    const short = shortest(what.devices);
    this.#label = (device) => {
      const name = what.nameOf(device);
      return name === device ? device.slice(0, short) : name;
    };
  }

  get empty() {
    return this.#samples === 0;
  }

  /** @param {any} sample */
  add({ device, event_time, value }) {
    this.#samples++;
    this.#newest = String(event_time ?? "");
    const rows = this.#rows.get(device) ?? [];
    this.#rows.set(device, rows);
    const values = Array.isArray(value) ? value : [value];
    values.forEach((one, index) => addTo((rows[index] ??= newRow()), one));
  }

  /** Marks a gap in the samples. @param {string} device */
  gap(device) {
    for (const row of this.#rows.get(device) ?? []) row.last.push(NaN);
  }

  /** @param {{ columns: number, rows: number }} screen */
  lines({ columns, rows: height }) {
    const title = this.#title(columns);
    if (this.empty) return [title, cut("no samples yet; press Ctrl-C to stop", columns)];

    const all = [...this.#rows].flatMap(([device, rows]) => this.#cells(device, rows));
    const fitting = all.slice(0, Math.max(1, height - 4));
    // The title names a single device in full.
    const first = this.#what.devices.length === 1 ? 1 : 0;
    const layout = layoutOf(
      fitting.map(({ cells }) => cells),
      first,
      columns,
    );
    const line = (/** @type {string[]} */ texts) =>
      layout.map(({ index, width }) => fitted(texts[index], index, width)).join(GAP);
    const room = columns - widthOf(line(HEADINGS)) - GAP.length - 1;
    const more = all.length - fitting.length;
    return [
      title,
      line(HEADINGS),
      ...fitting.map(({ row, cells }) => `${line(cells)}${room > 0 ? GAP + sparkline(row.last, room) : ""}`),
      ...(more ? [cut(`${more} more; enlarge the window to see them`, columns)] : []),
    ];
  }

  /** As many parts of the title as fit. @param {number} columns */
  #title(columns) {
    const { devices, table, source, field, nameOf } = this.#what;
    const parts = [
      devices.length === 1 ? nameOf(devices[0]) : `${devices.length} devices`,
      `${this.#samples} samples`,
      this.#newest,
    ];
    let title = cut(`${table}/${source}${field === undefined ? "" : `/${field}`}`, columns);
    for (const part of parts) {
      if (part && widthOf(title) + GAP.length + widthOf(part) <= columns) title += GAP + part;
    }
    return title;
  }

  /** @param {string} device @param {ReturnType<typeof newRow>[]} rows */
  #cells(device, rows) {
    const { field } = this.#what;
    const label = this.#label(device);
    if (rows.length === 0) return [{ row: newRow(), cells: [label, "", "no samples yet", "", ""] }];
    return rows.map((row, index) => {
      const value = rows.length > 1 ? String(index + 1) : (field ?? "");
      return { row, cells: [label, value, row.newest, shown(row.min), shown(row.max)] };
    });
  }
}

/**
 * The columns to show and their widths: all of them; else without the smallest and largest value; else with shorter
 * labels; else only the newest value.
 * @param {string[][]} rows @param {number} first column @param {number} columns of the screen
 */
function layoutOf(rows, first, columns) {
  const natural = HEADINGS.map((heading, index) =>
    Math.max(widthOf(heading), ...rows.map((cells) => widthOf(cells[index]))),
  );
  const all = HEADINGS.map((_, index) => ({ index, width: natural[index] })).slice(first);
  const total = (/** @type {{ width: number }[]} */ layout) =>
    layout.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
  if (total(all) <= columns) return all;
  const few = all.filter(({ index }) => index <= NEWEST);
  if (total(few) <= columns) return few;
  const labels = few.filter(({ index }) => index < LABELS);
  let room = columns - natural[NEWEST] - labels.length * GAP.length;
  const cutLabels = labels.map(({ index, width }, at) => {
    const share = Math.min(width, Math.floor(room / (labels.length - at)));
    room -= share;
    return { index, width: share };
  });
  const legible = cutLabels.every(({ width }, at) => width >= Math.min(LEAST, labels[at].width));
  return [...(legible ? cutLabels : []), { index: NEWEST, width: Math.min(natural[NEWEST], columns) }];
}

/** Right-aligns a number; omits it if too wide. @param {string} text @param {number} index @param {number} width */
function fitted(text, index, width) {
  if (index < LABELS) return padEnd(cut(text, width), width);
  return padStart(widthOf(text) > width && isNumber(text) ? "…" : cut(text, width), width);
}

/** @param {string} text */
const isNumber = (text) => text !== "" && Number.isFinite(Number(text));

/** @returns {{ newest: string, min: number, max: number, last: number[] }} */
const newRow = () => ({ newest: "", min: NaN, max: NaN, last: [] });

/** @param {ReturnType<typeof newRow>} row @param {unknown} value */
function addTo(row, value) {
  const number = typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : NaN;
  row.newest = typeof value === "number" ? shown(value) : brief(value);
  row.last.push(number);
  if (row.last.length > KEPT) row.last.shift();
  if (Number.isNaN(number)) return;
  row.min = row.min <= number ? row.min : number;
  row.max = row.max >= number ? row.max : number;
}

/** Six digits, and all digits before the decimal point, as on a meter. @param {number} number */
function shown(number) {
  if (Number.isNaN(number)) return "";
  const size = Math.abs(number);
  return String(size >= 1e6 && size < 1e15 ? Math.round(number) : Number(number.toPrecision(6)));
}

/** @param {unknown} value */
function brief(value) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return cut(text.replace(/\s+/g, " "), 24);
}

/**
 * The newest values as bars between their minimum and maximum; a space if a value is not a number.
 * @param {number[]} values @param {number} width
 */
export function sparkline(values, width) {
  const some = width > 0 ? values.slice(-width) : [];
  const numbers = some.filter((value) => !Number.isNaN(value));
  const min = Math.min(...numbers);
  const span = Math.max(...numbers) - min;
  const bar = (/** @type {number} */ value) =>
    Number.isNaN(value)
      ? " "
      : BARS[span > 0 ? Math.min(BARS.length - 1, Math.floor(((value - min) / span) * BARS.length)) : 3];
  return some.map(bar).join("");
}

/** The shortest prefix length, of at least a minimum, at which the devices differ. @param {string[]} devices */
function shortest(devices) {
  const longest = Math.max(...devices.map((device) => device.length));
  for (let length = SHORT; length < longest; length++) {
    if (new Set(devices.map((device) => device.slice(0, length))).size === devices.length) return length;
  }
  return longest;
}
