// The agent's log files, as written by Ardexa's own plugins (github.com/ardexa/ardexaplugin): CSV with `\` as the
// escape character, below a header line `# Datetime(date),name(type:units),…`.
import { brief } from "./values.js";
import { DISCARD } from "./scenarios.js";

/** @typedef {import("../catalog.js").CatalogField} CatalogField */
/** @typedef {{ name: string, type?: string, units?: string }} Column */
/** @typedef {number | boolean | string | null} Cell */

const DATE = "date";
/** Maximum length of a header line. A thousand columns take a third of it. */
const MAX_LINE = 100_000;

/** The cells of one line. @param {string} line */
export function cellsOf(line) {
  if (!/["\\]/.test(line)) return line.split(",");
  const cells = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === "\\" && at + 1 < line.length) cell += line[++at];
    else if (character === '"' && quoted && line[at + 1] === '"') cell += line[++at];
    else if (character === '"') quoted = !quoted;
    else if (character === "," && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += character;
  }
  return [...cells, cell];
}

/**
 * The columns that a file's header line names, including the time; undefined if the line has a different format.
 * @param {string} line @returns {Column[] | undefined}
 */
export function columnsOf(line) {
  const text = line.trim();
  if (!text.startsWith("#") || text.length > MAX_LINE) return undefined;
  const columns = cellsOf(text.slice(1)).map((cell) => columnOf(cell.trim()));
  return columns.every(({ name }) => name) && timeColumn(columns) >= 0 ? columns : undefined;
}

/** Parses `name(type:units)`; the name itself may contain brackets. @param {string} text @returns {Column} */
function columnOf(text) {
  const open = text.endsWith(")") ? text.lastIndexOf("(") : -1;
  if (open <= 0) return { name: text };
  const [type, ...units] = text.slice(open + 1, -1).split(":");
  return {
    name: text.slice(0, open).trim(),
    ...(type.trim() && { type: type.trim().toLowerCase() }),
    ...(units.length && { units: units.join(":").trim() }),
  };
}

/** @param {Column[]} columns */
const timeColumn = (columns) => columns.findIndex(({ type }) => type === DATE);

/** The columns that appear in a sample. @param {Column[]} columns @returns {CatalogField[]} */
export const fieldsOf = (columns) =>
  columns.filter((column, at) => isField(columns, column, at)).map((column) => ({ ...column }));

/** @param {Column[]} columns @param {Column} column @param {number} at */
const isField = (columns, column, at) => at !== timeColumn(columns) && column.type !== DISCARD;

const TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:(Z)|([+-])(\d\d):?(\d\d)?)?$/i;

/**
 * Milliseconds since the epoch, and whether the text has a time zone; undefined if it is not a time.
 * @param {string} cell
 */
export function timeOf(cell) {
  const text = cell.trim();
  const parts = TIME.exec(text);
  if (!parts) {
    const seconds = /^\d{9,11}(\.\d+)?$/.test(text);
    if (seconds || /^\d{12,14}$/.test(text))
      return { ms: Math.round(Number(text) * (seconds ? 1_000 : 1)), zoned: true };
    return undefined;
  }
  const [year, month, day, hour, minute, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const fraction = parts[7] ? Number(`0.${parts[7]}`) * 1_000 : 0;
  const offset = parts[9] ? (parts[9] === "-" ? -1 : 1) * (Number(parts[10]) * 60 + Number(parts[11] ?? 0)) : 0;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(fraction) - offset * 60_000;
  return { ms, zoned: Boolean(parts[8] || parts[9]) };
}

/** @param {string} cell @param {string | undefined} type @returns {Cell} */
function valueOf(cell, type) {
  const text = cell.trim();
  // Python writes "None" and "nan" for a missing value.
  if (text === "" || (type !== "keyword" && /^(?:none|null|nan)$/i.test(text))) return null;
  if (type === "bool")
    return /^(?:true|1|yes|on)$/i.test(text) ? true : /^(?:false|0|no|off)$/i.test(text) ? false : null;
  if (type === "decimal" || type === "integer") return finite(text);
  return type === undefined ? (finite(text) ?? cell) : cell;
}

/** @param {string} text */
function finite(text) {
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/**
 * @param {string[]} lines may include the header line, which is ignored
 * @param {Column[]} columns
 */
export function readRows(lines, columns) {
  const timeAt = timeColumn(columns);
  const shown = columns.map((column, at) => ({ column, at })).filter(({ column, at }) => isField(columns, column, at));
  /** @type {number[]} */
  const times = [];
  /** @type {Cell[][]} */
  const values = shown.map(() => []);
  let skipped = 0;
  let assumedUtc = false;
  for (const line of lines) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const cells = cellsOf(line);
    // The last line may be incomplete.
    const time = cells.length === columns.length ? timeOf(cells[timeAt]) : undefined;
    if (!time) {
      skipped++;
      continue;
    }
    if (!time.zoned) assumedUtc = true;
    times.push(time.ms);
    shown.forEach(({ column, at }, index) => values[index].push(valueOf(cells[at], column.type)));
  }
  return { fields: fieldsOf(columns), times, values, skipped, assumedUtc };
}

/**
 * Parses the output of `head` for several files: the first line of each, with its path.
 * @param {string} text @returns {{ path: string, line: string }[]}
 */
export function firstLines(text) {
  const found = [];
  let path;
  let line = "";
  for (const one of text.split(/\r?\n/)) {
    const [, next] = /^==> (.*) <==$/.exec(one) ?? [];
    if (next === undefined) {
      line ||= one;
      continue;
    }
    if (path !== undefined) found.push({ path, line });
    [path, line] = [next, ""];
  }
  if (path !== undefined) found.push({ path, line });
  return found.filter((one) => one.path !== "/dev/null");
}

/**
 * The table and source of a log file: the first folder, and the remaining path.
 * @param {string} path @param {string} folder @param {string} file
 */
export function placeOf(path, folder, file) {
  const prefix = `${folder}/`;
  if (!path.startsWith(prefix) || !path.endsWith(`/${file}`)) return undefined;
  const [table, ...source] = path.slice(prefix.length, -file.length - 1).split("/");
  return table && source.length ? { table, source: source.join("/") } : undefined;
}

/** @param {string} path @param {string} line */
export const unknownFormat = (path, line) =>
  `the fields of ${brief(path)} are unknown: its first line is not in the format "# Datetime(date),name(type:units)": "${brief(line, 60)}"`;
