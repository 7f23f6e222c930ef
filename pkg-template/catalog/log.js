// The agent's log files, as Ardexa's own plugins write them (github.com/ardexa/ardexaplugin): CSV with `\` as its escape,
// below a line `# Datetime(date),name(type:units),…`.
import { brief } from "./values.js";
import { DISCARD } from "./scenarios.js";

/** @typedef {import("../catalog.js").CatalogField} CatalogField */
/** @typedef {{ name: string, type?: string, units?: string }} Column */
/** @typedef {number | boolean | string | null} Cell */

const DATE = "date";

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
 * The columns that a file's first line names, the time among them; undefined if the line has another form.
 * @param {string} line @returns {Column[] | undefined}
 */
export function columnsOf(line) {
  const [, list] = /^\ufeff?#\s*(\S.*?)\s*$/.exec(line) ?? [];
  if (list === undefined) return undefined;
  const columns = cellsOf(list).map(columnOf);
  return columns.every(({ name }) => name) && timeColumn(columns) >= 0 ? columns : undefined;
}

/** @param {string} text @returns {Column} */
function columnOf(text) {
  const [, name, type, units] = /^(.+?)\s*\(\s*([^():]*?)\s*(?::\s*(.*?)\s*)?\)\s*$/.exec(text) ?? [];
  if (name === undefined) return { name: text.trim() };
  return { name: name.trim(), ...(type && { type: type.toLowerCase() }), ...(units && { units }) };
}

/** @param {Column[]} columns */
const timeColumn = (columns) => columns.findIndex(({ type }) => type === DATE);

/** What a sample has of the columns. @param {Column[]} columns @returns {CatalogField[]} */
export const fieldsOf = (columns) => columns.filter((column, at) => isField(columns, column, at)).map((column) => ({ ...column }));

/** @param {Column[]} columns @param {Column} column @param {number} at */
const isField = (columns, column, at) => at !== timeColumn(columns) && column.type !== DISCARD;

const TIME =
  /^\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d)?)?\s*$/i;

/**
 * Milliseconds since the epoch, and whether the text has a time zone; undefined if it is no time.
 * @param {string} text
 */
export function timeOf(text) {
  const parts = TIME.exec(text);
  if (!parts) {
    const seconds = /^\s*\d{9,11}(\.\d+)?\s*$/.test(text);
    if (seconds || /^\s*\d{12,14}\s*$/.test(text)) return { ms: Math.round(Number(text) * (seconds ? 1_000 : 1)), zoned: true };
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
  // "None" and "nan" are how Python writes a value that is missing.
  if (text === "" || ((type !== "keyword") && /^(?:none|null|nan)$/i.test(text))) return null;
  if (type === "bool") return /^(?:true|1|yes|on)$/i.test(text) ? true : /^(?:false|0|no|off)$/i.test(text) ? false : null;
  if (type === "decimal" || type === "integer") return finite(text);
  return type === undefined ? (finite(text) ?? cell) : cell;
}

/** @param {string} text */
function finite(text) {
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/**
 * @param {string[]} lines without the first of the file, unless it is among them
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
    // The last line may be half written.
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
 * What `head` printed of several files: the first line of each, by its path.
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
 * Table and source of a log file: the first folder, and the rest.
 * @param {string} path @param {string} folder @param {string} file
 */
export function placeOf(path, folder, file) {
  const prefix = `${folder}/`;
  if (!path.startsWith(prefix) || !path.endsWith(`/${file}`)) return undefined;
  const [table, ...source] = path.slice(prefix.length, -file.length - 1).split("/");
  return table && source.length ? { table, source: source.join("/") } : undefined;
}

/** @param {string} path @param {string} line */
export const otherForm = (path, line) =>
  `the fields of ${brief(path)} are not known: its first line has another form than "# Datetime(date),name(type:units)": "${brief(line, 60)}"`;
