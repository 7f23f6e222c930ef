// The configuration file `ardexa.json`, in the current folder or the user's configuration folder: named clouds and
// names for their devices. It never contains a token.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { messageOf, placeInJson } from "./config.js";
import { UsageError } from "./exit.js";
import { refuseTokenAsPath } from "./token.js";

const FILE = "ardexa.json";

/**
 * @typedef {object} Profile
 * @property {string} name
 * @property {string} file the file that defines it
 * @property {string} [url]
 * @property {string} [workgroup]
 * @property {string} [tokenFile] an absolute path
 * @property {string} [path]
 * @property {boolean} [allowInsecure]
 * @property {Map<string, string>} devices IDs by name
 */

/** The properties that a profile may have. @type {Record<string, (value: unknown) => boolean>} */
const KINDS = {
  url: isText,
  workgroup: isText,
  tokenFile: isText,
  path: isText,
  allowInsecure: (value) => typeof value === "boolean",
  devices: isRecord,
};

/** Both locations, the current folder first. @param {NodeJS.ProcessEnv} env */
export function configFiles(env) {
  const ofUser =
    process.platform === "win32" && env.APPDATA ? env.APPDATA : env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return [FILE, join(ofUser, "ardexa", FILE)];
}

/**
 * All profiles. A name that is in both files is refused: a folder from elsewhere must not be able to redirect a token
 * to another cloud.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Map<string, Profile>}
 */
export function readProfiles(env) {
  /** @type {Map<string, Profile>} */
  const all = new Map();
  for (const file of configFiles(env)) {
    for (const profile of profilesIn(file)) {
      const other = all.get(profile.name);
      if (other)
        throw new UsageError(`the profile ${profile.name} is in both ${other.file} and ${file}; rename one of them`);
      all.set(profile.name, profile);
    }
  }
  return all;
}

/**
 * The profile that --profile or ARDEXA_PROFILE names; undefined if neither does.
 * @param {{ profile?: string }} options @param {NodeJS.ProcessEnv} env
 */
export function chosenProfile(options, env) {
  const name = options.profile ?? env.ARDEXA_PROFILE;
  if (!name) return undefined;
  const all = readProfiles(env);
  const profile = all.get(name);
  if (profile) return profile;
  const there = all.size
    ? `the profiles are ${[...all.keys()].join(", ")}`
    : `there are no profiles in ${configFiles(env).join(" or ")}`;
  throw new UsageError(`unknown profile ${name}: ${there}; check --profile or ARDEXA_PROFILE`);
}

/** @param {string} file @returns {Profile[]} */
function profilesIn(file) {
  let text;
  try {
    text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    const { code = "" } = /** @type {NodeJS.ErrnoException} */ (error);
    if (["ENOENT", "ENOTDIR"].includes(code)) return [];
    throw new UsageError(`cannot read ${file} (${code}); check its permissions, or remove it`);
  }
  const object = parse(text, file);
  const wrong = (/** @type {string} */ what) => new UsageError(`${file} is invalid: ${what}`);
  if (!isRecord(object)) throw wrong('it must be an object, such as {"profiles": {"plant": {…}}}');
  refuseToken(object, file);
  const unknown = Object.keys(object).find((key) => key !== "profiles");
  if (unknown !== undefined) throw wrong(`unknown key ${unknown}; the only top-level key is "profiles"`);
  if (object.profiles !== undefined && !isRecord(object.profiles)) throw wrong("profiles must be an object");
  return Object.entries(object.profiles ?? {}).map(([name, value]) => profile(name, value, file, wrong));
}

/** @param {string} name @param {any} value @param {string} file @param {(what: string) => Error} wrong @returns {Profile} */
function profile(name, value, file, wrong) {
  const at = `profiles.${name}`;
  if (!isRecord(value)) throw wrong(`${at} must be an object`);
  for (const [key, one] of Object.entries(value)) {
    if (!Object.hasOwn(KINDS, key))
      throw wrong(`unknown key ${at}.${key}; a profile can have ${Object.keys(KINDS).join(", ")}`);
    if (KINDS[key](one)) continue;
    /** @type {Record<string, string>} */
    const kinds = { devices: "an object that maps names to device IDs", allowInsecure: "true or false" };
    throw wrong(`${at}.${key} must be ${kinds[key] ?? "a non-empty string"}`);
  }
  if (value.url !== undefined && !(URL.canParse(value.url) && /^(https?|wss?):$/.test(new URL(value.url).protocol)))
    throw wrong(`${at}.url must be the cloud's base URL, for example https://app.ardexa.com`);
  for (const [device, id] of Object.entries(value.devices ?? {})) {
    if (!isText(id) || !device.trim())
      throw wrong(`${at}.devices must map each name to a device ID; check "${device}"`);
  }
  const { tokenFile, devices = {}, ...rest } = value;
  if (tokenFile !== undefined) refuseTokenAsPath(tokenFile, `${at}.tokenFile in ${file}`);
  return {
    ...rest,
    name,
    file,
    ...(tokenFile !== undefined && { tokenFile: pathOf(tokenFile, file) }),
    devices: new Map(Object.entries(devices).map(([device, id]) => [device, id.trim()])),
  };
}

/** JavaScript's own message would quote the text, perhaps with a token. @param {string} text @param {string} file */
function parse(text, file) {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { line, col } = placeInJson(text, messageOf(error), createRequire(import.meta.url)("yaml"));
    throw new UsageError(`${file} is not valid JSON (line ${line}, column ${col}); fix it and try again`);
  }
}

/** @param {any} value @param {string} file @param {string[]} [above] */
function refuseToken(value, file, above = []) {
  if (!isRecord(value)) return;
  for (const [key, one] of Object.entries(value)) {
    const at = [...above, key];
    // A device may have such a name; its ID is not a token.
    if (above[2] !== "devices" && /^(?:ardexa|api|access)?[-_]?token$/i.test(key))
      throw new UsageError(
        `${file} contains a token (${at.join(".")}), but configuration files get copied and committed; replace the token, keep it in a separate file, and set tokenFile to that file`,
      );
    refuseToken(one, file, at);
  }
}

/** Relative to the file that names it. @param {string} path @param {string} file */
function pathOf(path, file) {
  if (/^~[\\/]/.test(path)) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : join(dirname(file), path);
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string" && value.trim() !== "";
}

/** @param {unknown} value @returns {value is Record<string, any>} */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
