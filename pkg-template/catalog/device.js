// Reads a device's own data: its name, its configuration, the first lines of its logs. Paths and formats are from
// Ardexa's public documentation. All commands are read-only.
import { columnsOf, fieldsOf, firstLines, placeOf, readRows, unknownFormat } from "./log.js";
import { mergeSources, readScenarios } from "./scenarios.js";
import { checkPath, Device, firstLinesCommand, isFileName, isPath, quote, rowsCommand } from "./shell.js";
import { parseYaml } from "./yaml.js";
import { brief, checkOptions, checkSignal, invalid, isRecord, limitOf, own } from "./values.js";

/** @typedef {import("../catalog.js").CatalogSource} CatalogSource */
/** @typedef {import("../catalog.js").LogRows} LogRows */
/** @typedef {import("ardexa-client").ArdexaClient} ArdexaClient */

const TIMEOUT_MS = 60_000;
const CONFIG_FILE = "/etc/ardexa/ardexa.yaml";
const LOG_FOLDER = "/opt/ardexa/logs";
const LOG_FILE = "latest.csv";
const ROWS = 5_000;
const MAX_ROWS = 1_000_000;
/** Number of logs read concurrently. */
const AT_ONCE = 3;
/** Maximum number of log folders taken from a configuration. */
const MAX_FOLDERS = 8;
/** Maximum number of issues about unexpected header lines, per device. */
const MAX_HEADER_ISSUES = 20;

/**
 * @param {Pick<ArdexaClient, "cmd">} client @param {string} deviceId @param {import("../catalog.js").AskDeviceOptions} [options]
 * @returns {Promise<import("../catalog.js").DeviceAnswer>}
 */
export async function askDevice(client, deviceId, options) {
  const given = /** @type {Record<string, any>} */ (checkOptions(options));
  const limits = limitsOf(given);
  const configFile = checkPath(given.configFile ?? CONFIG_FILE, "configFile");
  const place = placeFrom(given);
  const rows = given.rows ? rowCount(given.rows === true ? ROWS : given.rows, "rows") : 0;
  if (given.parseYaml !== undefined && typeof given.parseYaml !== "function")
    throw invalid("parseYaml", "must be a function");

  const device = new Device(client, deviceId, limits);
  const [name, config] = await Promise.all([
    given.name === false ? undefined : askName(device),
    given.config === false ? undefined : askConfig(device, configFile, given.parseYaml),
  ]);
  const places = given.logFolder || given.logFile ? [place] : placesIn(config?.value, place);
  const logs = given.logs === false ? [] : (await Promise.all(places.map((one) => askLogs(device, one)))).flat();
  const configured = isRecord(config?.value)
    ? readScenarios(config.value, (problem) =>
        device.report("config", `in the configuration, ${problem}`, { path: configFile }),
      )
    : [];
  return {
    deviceId,
    sources: mergeSources(logs, configured),
    rows: rows ? await rowsOfAll(device, logs, rows) : [],
    answered: device.answered,
    ...(device.shell && { shell: device.shell }),
    ...(name !== undefined && { name }),
    ...(config && { config }),
    issues: device.mergedIssues(),
  };
}

/**
 * @param {Pick<ArdexaClient, "cmd">} client @param {string} deviceId @param {{ table: string, source: string, path?: string }} log
 * @param {import("../catalog.js").ReadLogOptions} [options]
 */
export async function readLog(client, deviceId, log, options) {
  const given = /** @type {Record<string, any>} */ (checkOptions(options));
  const limits = limitsOf(given);
  const { folder, file } = placeFrom(given);
  const count = rowCount(given.maxRows ?? ROWS, "maxRows");
  if (!isRecord(log)) throw invalid("source", "must be an object with table and source");
  const { table, source } = log;
  for (const [name, value] of Object.entries({ table, source })) {
    if (typeof value !== "string" || !isPath(`/${value}`) || `/${value}/`.includes("/../"))
      throw invalid(name, "must be a name that can be part of a path");
  }
  const path = checkPath(log.path ?? `${folder}/${table}/${source}/${file}`, "path");
  const device = new Device(client, deviceId, limits);
  const rows = await askRows(device, { table, source, path }, count);
  return { ...(rows && { rows }), issues: device.mergedIssues() };
}

/** @param {Record<string, any>} options */
const limitsOf = ({ timeoutMs, signal }) => ({
  timeoutMs: limitOf(timeoutMs, TIMEOUT_MS),
  signal: checkSignal(signal),
});

/** @param {Record<string, any>} options */
function placeFrom({ logFolder = LOG_FOLDER, logFile = LOG_FILE }) {
  if (!isFileName(logFile)) throw invalid("logFile", "must be a file name without a folder");
  return { folder: checkPath(logFolder, "logFolder"), file: logFile };
}

/** @param {unknown} count @param {string} option */
function rowCount(count, option) {
  if (!Number.isInteger(count) || /** @type {number} */ (count) < 1 || /** @type {number} */ (count) > MAX_ROWS)
    throw invalid(option, `must be a whole number from 1 to ${MAX_ROWS}`);
  return /** @type {number} */ (count);
}

/** @param {Device} device */
async function askName(device) {
  const what = "the name was";
  const text = device.textOf(await device.ask("hostname", "name", what), "name", what);
  return text === undefined ? undefined : brief(text, 255);
}

/** @param {Device} device @param {string} path @param {((text: string) => unknown) | undefined} parse */
async function askConfig(device, path, parse) {
  const what = "the configuration was";
  const text = device.textOf(await device.ask(`cat ${quote(path)}`, "config", what), "config", what, path);
  if (text === undefined) return undefined;
  device.shell ??= "posix";
  const problem = (/** @type {string} */ why) => device.report("config", `${what} not read: ${why}`, { path });
  try {
    const value = await parseYaml(text, parse);
    if (isRecord(value)) return { text, value };
    problem(`${path} contains no settings`);
  } catch (error) {
    problem(brief(/** @type {any} */ (error)?.message ?? error));
  }
  return { text };
}

/**
 * The log locations that a configuration names; the default location if it names none.
 * @param {unknown} config @param {{ folder: string, file: string }} usual
 */
function placesIn(config, usual) {
  const list = isRecord(config) ? own(config, "dynamic_tail") : undefined;
  const places = (Array.isArray(list) ? list : []).flatMap((entry) => {
    if (!isRecord(entry)) return [];
    const folder = own(entry, "directory");
    const file = own(entry, "filename") ?? usual.file;
    return isPath(folder) && /[^/]/.test(folder) && isFileName(file)
      ? [{ folder: folder.replace(/\/+$/, ""), file }]
      : [];
  });
  const distinct = new Map(places.map((place) => [`${place.folder}/${place.file}`, place]));
  return distinct.size ? [...distinct.values()].slice(0, MAX_FOLDERS) : [usual];
}

/** @param {Device} device @param {{ folder: string, file: string }} place @returns {Promise<CatalogSource[]>} */
async function askLogs(device, { folder, file }) {
  const what = `the logs below ${folder} were`;
  const reply = await device.ask(firstLinesCommand(folder, file), "logs", what);
  // A folder without such a file prints nothing, and that is not an error.
  if (reply?.returnCode === 0 && !reply.stdout && !reply.stderr)
    device.report("logs", `${what} not read: there is no ${file}`, { path: folder });
  const text =
    reply?.returnCode === 0 && !reply.stdout && !reply.stderr ? undefined : device.textOf(reply, "logs", what, folder);
  if (text === undefined) return [];
  /** @type {CatalogSource[]} */
  const sources = [];
  const odd = [];
  for (const { path, line } of firstLines(text)) {
    const log = placeOf(path, folder, file);
    if (!log) continue;
    const columns = columnsOf(line);
    if (!columns) odd.push({ path, message: unknownFormat(path, line) });
    sources.push({ ...log, kind: "log", type: "csv", fields: columns ? fieldsOf(columns) : [], path });
  }
  for (const { path, message } of odd.slice(0, MAX_HEADER_ISSUES)) device.report("logs", message, { path });
  if (odd.length > MAX_HEADER_ISSUES)
    device.report("logs", `the fields of ${odd.length - MAX_HEADER_ISSUES} more logs are unknown`);
  if (!sources.length)
    device.report("logs", `${what} not read: ${brief(text) || "the command printed nothing"}`, { path: folder });
  if (sources.length) device.shell ??= "posix";
  return sources;
}

/** @param {Device} device @param {CatalogSource[]} logs @param {number} count */
async function rowsOfAll(device, logs, count) {
  /** @type {(LogRows | undefined)[]} */
  const all = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < logs.length; at = next++) {
      const { table, source, path, fields } = logs[at];
      if (fields.length && path) all[at] = await askRows(device, { table, source, path }, count);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return all.filter((rows) => rows !== undefined);
}

/** @param {Device} device @param {{ table: string, source: string, path: string }} log @param {number} count @returns {Promise<LogRows | undefined>} */
async function askRows(device, { table, source, path }, count) {
  const what = `${brief(path)} was`;
  const text = device.textOf(await device.ask(rowsCommand(path, count), "rows", what), "rows", what, path);
  if (text === undefined) return undefined;
  const [first, ...lines] = text.split(/\r?\n/);
  const columns = columnsOf(first);
  if (!columns) {
    device.report("rows", unknownFormat(path, first), { path });
    return undefined;
  }
  // If the output of `tail` does not include the header line, the file has earlier rows.
  const truncated =
    lines.length > 0 && columnsOf(lines[0]) === undefined && lines.filter((line) => line !== "").length >= count;
  return { table, source, path, ...readRows(lines, columns), truncated };
}
