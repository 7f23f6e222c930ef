// Reads agent configurations, detects JSON or YAML, and checks the syntax; errors name the line.
import { readFile } from "node:fs/promises";
import { UsageError } from "./exit.js";

/**
 * @typedef {object} Config
 * @property {"JSON" | "YAML"} kind
 * @property {string} name for messages
 * @property {string} text
 * @property {Record<string, unknown>} object keys in the order of the text, aliases resolved
 */

/**
 * @param {string} file a path, or `-`
 * @param {NodeJS.ReadStream} stdin
 * @param {{ asObject: boolean }} use asObject: YAML is also sent as an object, not unchanged
 * @returns {Promise<Config>}
 */
export async function readConfig(file, stdin, { asObject }) {
  const name = file === "-" ? "standard input" : file;
  const text = decode(await read(file, stdin), name);
  if (text.trim() === "") throw new UsageError(`${name} is empty; it must contain a configuration in JSON or YAML`);
  const kind = /\.json$/i.test(file) || (!/\.ya?ml$/i.test(file) && text.trimStart().startsWith("{")) ? "JSON" : "YAML";
  const yaml = await import("yaml");
  const object = kind === "JSON" ? parseJson(text, name, yaml) : parseYaml(text, name, yaml);
  if (kind === "JSON" || asObject) checkOrder(text, name, yaml);
  return { kind, name, text, object };
}

/** @type {Record<string, string>} */
const REASONS = { ENOENT: "no such file", EISDIR: "it is a directory", EACCES: "permission denied" };

/** @param {string} file @param {NodeJS.ReadStream} stdin */
async function read(file, stdin) {
  try {
    if (file !== "-") return await readFile(file);
    const chunks = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch (thrown) {
    const { code = "", message } = /** @type {NodeJS.ErrnoException} */ (thrown);
    const why = REASONS[code] ?? message;
    throw new UsageError(
      `cannot read ${file === "-" ? "standard input" : file}: ${why}; pass the path of a JSON or YAML file, or - for standard input`,
    );
  }
}

/** @param {Buffer} bytes @param {string} name */
function decode(bytes, name) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${name} is not valid UTF-8; save it as UTF-8`);
  }
}

/** @param {string} text @param {string} name @param {typeof import("yaml")} yaml */
function parseYaml(text, name, yaml) {
  const lines = new yaml.LineCounter();
  // `<<` merges as in YAML 1.1, which defines it.
  const documents = yaml.parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const [document] = documents;
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error) throw unreadable(name, "YAML", lines.linePos(error.pos[0]), error.message);
  if (documents.length !== 1)
    throw new UsageError(`${name} contains ${documents.length} YAML documents; it must contain only one`);
  let object;
  try {
    object = document.toJS();
  } catch (cause) {
    throw new UsageError(`${name} cannot be resolved: ${messageOf(cause).split("\n")[0]}; fix its anchors and aliases`);
  }
  try {
    JSON.stringify(object);
  } catch {
    throw new UsageError(`${name} has an alias that refers to itself; fix its anchors and aliases`);
  }
  return checked(object, name);
}

/** @param {string} text @param {string} name @param {typeof import("yaml")} yaml */
function parseJson(text, name, yaml) {
  try {
    return checked(JSON.parse(text), name);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const message = messageOf(error);
    throw unreadable(name, "JSON", placeInJson(text, message, yaml), message);
  }
}

/**
 * JavaScript's message only sometimes has a position. JSON is nearly YAML, and the YAML parser always has one.
 * @param {string} text @param {string} message @param {typeof import("yaml")} yaml
 */
export function placeInJson(text, message, yaml) {
  const lines = new yaml.LineCounter();
  const [error] = yaml.parseDocument(text, { schema: "json", lineCounter: lines, prettyErrors: false }).errors;
  const said = /at position (\d+)/.exec(message);
  return lines.linePos(said ? Number(said[1]) : error ? error.pos[0] : text.trimEnd().length - 1);
}

/**
 * An anchor must precede its aliases, and a JavaScript object moves keys that look like numbers to the front.
 * @param {string} text @param {string} name @param {typeof import("yaml")} yaml
 */
function checkOrder(text, name, yaml) {
  const lines = new yaml.LineCounter();
  yaml.visit(yaml.parseDocument(text, { lineCounter: lines }), {
    Map(_, { items }) {
      const keys = items.map(({ key }) => String(key));
      const kept = Object.keys(Object.fromEntries(keys.map((key) => [key, 0])));
      const moved = items.find((_item, index) => keys[index] !== kept[index] && /^\d+$/.test(keys[index]));
      if (!moved) return;
      const key = /** @type {import("yaml").Scalar.Parsed} */ (moved.key);
      const { line } = lines.linePos(key.range[0]);
      throw new UsageError(
        `${name} (line ${line}) has the numeric key ${key}, which would move in front of the other keys; put numeric keys first, in ascending order, or rename them`,
      );
    },
  });
}

/** @param {string} name @param {string} kind @param {{ line: number, col: number }} place @param {string} what */
function unreadable(name, kind, { line, col }, what) {
  const brief = what
    .split("\n")[0]
    .replace(/ (?:in JSON )?at position \d+.*$|, ".*$/, "")
    .replace(/\.$/, "");
  return new UsageError(`${name} is not valid ${kind} (line ${line}, column ${col}): ${brief}; fix it and try again`);
}

/** @param {any} object @param {string} name @returns {Record<string, unknown>} */
function checked(object, name) {
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw new UsageError(`${name} is not a configuration: the top level must be keys with values, such as "run: […]"`);
  }
  return object;
}

/** @param {unknown} thrown */
export const messageOf = (thrown) => /** @type {Error} */ (thrown).message;
