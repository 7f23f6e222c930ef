/** The devices of the workgroup: names, tables and online state. The same seed produces the same fleet. */
import { fieldsOf } from "./plant.mjs";
import { hash, hashText, uuid } from "./random.mjs";

/**
 * @typedef {object} Source
 * @property {string} name
 * @property {string} expect   "csv", "decimal", "integer", "bool", "keyword" or "log"
 * @property {string} kind     which readings of plant.mjs it produces
 * @property {import("./plant.mjs").Field[]} [fields]  for "csv", in the order of the values
 */
/** @typedef {{name: string, sources: Source[]}} Table */
/**
 * @typedef {object} Device
 * @property {string} id
 * @property {string} name
 * @property {string} kind       "solar", "wind", "meter", "battery" or "gateway"
 * @property {boolean} online
 * @property {Table[]} tables    what can be opened as a feed
 * @property {string} hostname
 * @property {string} site
 * @property {number} siteSeed   devices of one site share weather and grid
 * @property {number} bootedMs   for `uptime`
 * @property {boolean} failsUpgrade
 * @property {string} agentVersion
 * @property {string | undefined} configYaml  the last applied configuration, as `cat /etc/ardexa/ardexa.yaml` shows it
 * @property {"usual" | "elsewhere" | "broken-yaml" | "other-header" | "windows"} agentFiles  where the agent
 *   keeps its files, and in what state
 * @property {number} outages    times it went offline; whatever was running then is lost
 * @property {number} messages   messages sent so far: the counter behind messageId
 */

const SITES = ["Redgum Plain", "Kestrel Ridge", "Saltbush Flat", "Mühlental", "Long Reach"];

/** @param {string} name @param {string} kind @returns {Source} */
const csv = (name, kind) => ({ name, expect: "csv", kind, fields: fieldsOf(kind) });
/** @param {string} name @param {string} expect @param {string} kind @returns {Source} */
const single = (name, expect, kind) => ({ name, expect, kind });
/** @param {number} count @param {string} prefix @param {string} kind */
const numbered = (count, prefix, kind) =>
  Array.from({ length: count }, (_, i) => csv(`${prefix}-${String(i + 1).padStart(2, "0")}`, kind));

/** @type {{kind: string, title: string, host: string, tables: () => Table[]}[]} */
const TEMPLATES = [
  {
    kind: "solar",
    title: "Solar Plant",
    host: "solar",
    tables: () => [
      { name: "solar", sources: numbered(6, "inverter", "inverter") },
      { name: "weather", sources: [csv("station-01", "weather")] },
      { name: "meter", sources: [csv("export-meter", "meter")] },
    ],
  },
  {
    kind: "wind",
    title: "Wind Turbine",
    host: "turbine",
    tables: () => [{ name: "wind", sources: [csv("turbine-01", "turbine")] }],
  },
  {
    kind: "meter",
    title: "Grid Meter",
    host: "meter",
    tables: () => [{ name: "meter", sources: [csv("grid-meter", "meter")] }],
  },
  {
    kind: "battery",
    title: "Battery",
    host: "battery",
    tables: () => [{ name: "battery", sources: numbered(2, "rack", "battery") }],
  },
  { kind: "gateway", title: "Gateway", host: "gateway", tables: () => [] },
];

/** Every agent also reports on the computer it runs on. @returns {Table} */
const systemTable = () => ({
  name: "system",
  sources: [
    single("cpu_usage", "decimal", "cpu"),
    single("memory_used", "integer", "memory"),
    single("cabinet_door", "bool", "door"),
    single("agent/log", "log", "log"),
  ],
});

/**
 * The nth device of the fleet. The first is a solar plant, online; the fifth fails its upgrades; the sixth, and every
 * seventh after it, starts offline.
 * @param {number} seed @param {number} n @param {number} nowMs @returns {Device}
 */
export function makeDevice(seed, n, nowMs) {
  const template = TEMPLATES[n % TEMPLATES.length];
  const round = Math.floor(n / TEMPLATES.length);
  const site = SITES[round % SITES.length];
  const number = Math.floor(round / SITES.length) + 1;
  return {
    id: uuid(seed, n + 1),
    name: `${site} ${template.title}${number > 1 ? ` ${number}` : ""}`,
    kind: template.kind,
    online: n % 7 !== 5,
    tables: [...template.tables(), systemTable()],
    hostname: `${template.host}-${String(n + 1).padStart(2, "0")}`,
    site,
    siteSeed: hashText(seed, site),
    bootedMs: nowMs - (hash(seed, n) % ((600 * 86_400_000) / 1_000)) * 1_000,
    failsUpgrade: n % 11 === 4,
    agentVersion: "2.4.1",
    configYaml: undefined,
    agentFiles: "usual",
    outages: 0,
    messages: 70_000 + (hash(seed + 1, n) % 9_000),
  };
}

/** @param {Device} device @param {string} workgroup */
export const commonName = (device, workgroup) => `CN=${device.id},O=${workgroup}`;

/**
 * @param {Device} device @param {unknown} table @param {unknown} source
 * @returns {Source | string} the source, or a description of the problem
 */
export function findSource(device, table, source) {
  const found = device.tables.find((t) => t.name === table);
  if (!found) return `Unknown table: ${shown(table)}`;
  return found.sources.find((s) => s.name === source) ?? `Unknown source: ${shown(source)}`;
}

/** A value from outside, shortened for a message. @param {unknown} value */
export function shown(value) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/**
 * Adds the run and tail scenarios of an applied configuration to the tables. The plant's own tables stay, since they
 * are mapped from the log directory and not from the configuration.
 * @param {Device} device @param {Record<string, unknown>} config  already checked
 */
export function adoptConfig(device, config) {
  device.tables = device.tables.map((t) => ({ ...t, sources: t.sources.filter((s) => !s.kind.startsWith("config:")) }));
  for (const section of ["run", "tail"]) {
    const scenarios = Array.isArray(config[section]) ? config[section] : [];
    for (const scenario of scenarios) {
      const fields = resolveFields(config, scenarios, scenario.fields);
      const source = {
        name: scenario.source,
        expect: scenario.expect,
        kind: `config:${scenario.expect}`,
        ...(fields && { fields }),
      };
      let table = device.tables.find((t) => t.name === scenario.table);
      if (!table) device.tables.push((table = { name: scenario.table, sources: [] }));
      if (!table.sources.some((s) => s.name === source.name)) table.sources.push(source);
    }
  }
  device.tables = device.tables.filter((t) => t.sources.length > 0);
}

/**
 * The field list behind `fields`: a list, the name of an anchor, or `<table>.<source>` of another scenario.
 * @param {Record<string, unknown>} config @param {any[]} scenarios @param {unknown} fields
 * @returns {import("./plant.mjs").Field[] | undefined}
 */
export function resolveFields(config, scenarios, fields) {
  if (Array.isArray(fields)) return fields;
  if (typeof fields !== "string") return undefined;
  if (!fields.includes(".")) {
    const list = Object.hasOwn(config, fields) ? config[fields] : undefined;
    return Array.isArray(list) ? list : undefined;
  }
  const other = scenarios.find((s) => `${s?.table}.${s?.source}` === fields);
  return Array.isArray(other?.fields) ? other.fields : undefined;
}
