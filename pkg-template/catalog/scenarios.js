// Scenarios: what an agent reads and where, as listed in a device's `meta` in the directory and its configuration file.
// The page "Devices" of Ardexa's REST API documents the lists and the three forms of `fields`.
import { firstName, isRecord, nameOf, own } from "./values.js";

/** @typedef {import("../catalog.js").CatalogField} CatalogField */
/** @typedef {import("../catalog.js").CatalogSource} CatalogSource */

export const KINDS = /** @type {const} */ (["run", "tail", "watch", "unix_socket", "dynamic"]);
/** Longest chain of references from one scenario to another. */
const MAX_REFERENCES = 8;
/** The type of a column that the agent leaves out of its samples. */
export const DISCARD = "discard";

/**
 * @param {Record<string, unknown>} meta
 * @param {(problem: string) => void} report
 * @returns {CatalogSource[]}
 */
export function readScenarios(meta, report) {
  /** @type {CatalogSource[]} */
  const sources = [];
  /** Reads a list only once if several scenarios name it. @type {Map<unknown[], readonly CatalogField[]>} */
  const read = new Map();
  for (const kind of KINDS) {
    const value = own(meta, kind);
    if (value === undefined || value === null) continue;
    const list = listOf(value);
    if (!list) {
      report(`"${kind}" is not a list of scenarios`);
      continue;
    }
    let unnamed = 0;
    /** @type {Map<string, Record<string, unknown>> | undefined} */
    let byName;
    const other = (/** @type {string} */ name) => (byName ??= index(list)).get(name);
    for (const scenario of list) {
      const table = isRecord(scenario) ? nameOf(own(scenario, "table")) : undefined;
      const source = isRecord(scenario) ? nameOf(own(scenario, "source")) : undefined;
      if (!isRecord(scenario) || table === undefined || source === undefined) {
        unnamed++;
        continue;
      }
      const found = fieldList(own(scenario, "fields"), meta, other);
      if (typeof found === "string") report(`the fields of ${table}/${source} are unknown: ${found}`);
      let fields = NONE;
      if (Array.isArray(found)) read.set(found, (fields = read.get(found) ?? readFields(found)));
      sources.push({ table, source, kind, ...valueOf(scenario), fields, raw: scenario });
    }
    if (unnamed) report(`"${kind}" has scenarios without a table or source: ${unnamed}`);
  }
  return sources;
}

/** @type {readonly CatalogField[]} */
const NONE = Object.freeze([]);

/** @param {unknown} value @returns {unknown[] | undefined} */
function listOf(value) {
  if (Array.isArray(value)) return value;
  if (!isRecord(value)) return undefined;
  return nameOf(own(value, "table")) === undefined ? Object.values(value) : [value];
}

/** @param {unknown[]} list */
function index(list) {
  /** @type {Map<string, Record<string, unknown>>} */
  const byName = new Map();
  for (const scenario of list) {
    if (isRecord(scenario)) byName.set(`${own(scenario, "table")}.${own(scenario, "source")}`, scenario);
  }
  return byName;
}

/**
 * Resolves `fields` to its list; a string says why that failed, and undefined means that no list is named.
 * @param {unknown} fields @param {Record<string, unknown>} meta @param {(name: string) => Record<string, unknown> | undefined} other
 * @returns {unknown[] | string | undefined}
 */
function fieldList(fields, meta, other) {
  let value = fields;
  for (let left = MAX_REFERENCES; left > 0; left--) {
    if (value === undefined || value === null || Array.isArray(value)) return value ?? undefined;
    const name = nameOf(value);
    if (name === undefined) return '"fields" is neither a list nor a name';
    const scenario = name.includes(".") ? other(name) : meta;
    const next = scenario && own(scenario, scenario === meta ? name : "fields");
    if (next === undefined) return `they refer to "${name}", which does not exist`;
    value = next;
  }
  return "they refer to each other in a cycle";
}

/** @param {unknown[]} list @returns {readonly CatalogField[]} */
function readFields(list) {
  /** @type {CatalogField[]} */
  const fields = [];
  for (const entry of list) {
    const name = isRecord(entry) ? nameOf(own(entry, "name")) : nameOf(entry);
    if (name === undefined) continue;
    const described = isRecord(entry) ? valueOf(entry) : {};
    if (described.type !== DISCARD) fields.push({ name, ...described });
  }
  return Object.freeze(fields);
}

/**
 * The type, units and comment of a scenario or field.
 * @param {Record<string, unknown>} from @returns {{ type?: string, units?: string, comment?: string }}
 */
function valueOf(from) {
  const meta = own(from, "meta");
  const about = isRecord(meta) ? meta : {};
  const type = firstName(from, "expect", "type");
  const units = firstName(about, "units", "unit") ?? firstName(from, "units", "unit");
  const comment = firstName(about, "comment", "description") ?? firstName(from, "comment", "description");
  return { ...(type && { type }), ...(units && { units }), ...(comment && { comment }) };
}

/**
 * Merges several lists by table and source. Values in an earlier list win; a later list fills in what it lacks.
 * @param {...readonly CatalogSource[]} lists @returns {CatalogSource[]}
 */
export function mergeSources(...lists) {
  /** @type {Map<string, CatalogSource>} */
  const merged = new Map();
  for (const source of lists.flat()) {
    const key = JSON.stringify([source.table, source.source]);
    const known = merged.get(key);
    const fields = known?.fields.length ? known.fields : source.fields;
    merged.set(key, known ? { ...source, ...known, fields } : source);
  }
  return [...merged.values()];
}
