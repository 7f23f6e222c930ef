// The live table: for each device and value a row with the newest, the smallest and the largest, and a sparkline.

/** Values kept for the sparkline; wider screens are rare. */
const KEPT = 400;
const BARS = "▁▂▃▄▅▆▇█";
const HEADINGS = ["device", "value", "newest", "min", "max"];
/** As much of an ID as tells most apart. */
const SHORT = 8;

export class LiveTable {
  #what;
  /** @type {Map<string, ReturnType<typeof newRow>[]>} by device */
  #rows;
  #samples = 0;
  #newest = "";
  #short;

  /** @param {{ devices: string[], table: string, source: string, field?: string }} what */
  constructor(what) {
    this.#what = what;
    this.#rows = new Map(what.devices.map((device) => [device, []]));
    this.#short = shortest(what.devices);
  }

  get empty() {
    return this.#samples === 0;
  }

  /** @param {any} sample */
  add({ device, event_time, value }) {
    this.#samples++;
    this.#newest = event_time;
    const rows = this.#rows.get(device) ?? [];
    this.#rows.set(device, rows);
    const values = Array.isArray(value) ? value : [value];
    values.forEach((one, index) => addTo((rows[index] ??= newRow()), one));
  }

  /** Something is missing here. @param {string} device */
  gap(device) {
    for (const row of this.#rows.get(device) ?? []) row.last.push(NaN);
  }

  /** @param {{ columns: number, rows: number }} screen */
  lines({ columns, rows: height }) {
    const { devices, table, source, field } = this.#what;
    const who = devices.length === 1 ? devices[0] : `${devices.length} devices`;
    const title = [
      `${table}/${source}${field === undefined ? "" : `/${field}`}`,
      who,
      `${this.#samples} samples`,
      this.#newest,
    ]
      .filter(Boolean)
      .join("  ");
    if (this.empty) return [title, "no sample yet; Ctrl-C ends it"];

    const cells = [...this.#rows].flatMap(([device, rows]) =>
      rows.length
        ? rows.map((row, index) => ({
            row,
            cells: [
              device.slice(0, this.#short),
              rows.length > 1 ? String(index + 1) : (field ?? ""),
              row.newest,
              shown(row.min),
              shown(row.max),
            ],
          }))
        : [{ row: newRow(), cells: [device.slice(0, this.#short), "", "no sample yet", "", ""] }],
    );
    const fitting = cells.slice(0, Math.max(1, height - 4));
    const widths = HEADINGS.map((heading, index) =>
      Math.max(heading.length, ...fitting.map(({ cells }) => cells[index].length)),
    );
    // The title names a single device in full.
    const first = devices.length === 1 ? 1 : 0;
    const line = (texts) =>
      texts
        .map((text, index) => (index < 2 ? text.padEnd(widths[index]) : text.padStart(widths[index])))
        .slice(first)
        .join("  ");
    const room = columns - line(HEADINGS).length - 3;
    const more = cells.length - fitting.length;
    return [
      title,
      line(HEADINGS),
      ...fitting.map(({ row, cells }) => `${line(cells)}  ${sparkline(row.last, room)}`),
      ...(more ? [`${more} more; a taller window shows them`] : []),
    ];
  }
}

const newRow = () => ({ newest: "", min: NaN, max: NaN, /** @type {number[]} */ last: [] });

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

/** @param {number} number */
const shown = (number) => (Number.isNaN(number) ? "" : String(Number(number.toPrecision(6))));

/** @param {unknown} value */
function brief(value) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const line = text.replace(/\s+/g, " ");
  return line.length > 24 ? `${line.slice(0, 23)}…` : line;
}

/**
 * The newest values as bars between the smallest and the largest of them; a space where there was no number.
 * @param {number[]} values @param {number} width
 */
export function sparkline(values, width) {
  const some = width > 0 ? values.slice(-width) : [];
  const numbers = some.filter((value) => !Number.isNaN(value));
  const min = Math.min(...numbers);
  const span = Math.max(...numbers) - min;
  const bar = (value) =>
    Number.isNaN(value)
      ? " "
      : BARS[span > 0 ? Math.min(BARS.length - 1, Math.floor(((value - min) / span) * BARS.length)) : 3];
  return some.map(bar).join("");
}

/** The shortest beginning, of at least some characters, by which the devices differ. @param {string[]} devices */
function shortest(devices) {
  const longest = Math.max(...devices.map((device) => device.length));
  for (let length = SHORT; length < longest; length++) {
    if (new Set(devices.map((device) => device.slice(0, length))).size === devices.length) return length;
  }
  return longest;
}
