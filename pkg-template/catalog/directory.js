// The cloud's list of a workgroup's devices: `GET /api/v1/devices/<workgroup>`, as described on the page "Devices" of
// Ardexa's REST API. The response is read leniently, since few of its fields are documented.
import { readScenarios } from "./scenarios.js";
import { checkOptions, checkSignal, failure, firstName, invalid, isRecord, limitOf, own } from "./values.js";
import { fetchText, readToken, withLimit } from "./http.js";

/** @typedef {import("../catalog.js").CatalogDevice} CatalogDevice */
/** @typedef {import("../catalog.js").CatalogIssue} CatalogIssue */

const TIMEOUT_MS = 30_000;
/** Keys under which other APIs return their list. */
const WRAPPERS = ["devices", "data", "items", "results", "records"];
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * @param {import("../catalog.js").ListDevicesOptions} options
 * @returns {Promise<import("../catalog.js").DeviceDirectory>}
 */
export async function listDevices(options) {
  const given = /** @type {Record<string, any>} */ (checkOptions(options));
  const address = addressOf(given);
  const signal = checkSignal(given.signal);
  const timeoutMs = limitOf(given.timeoutMs, TIMEOUT_MS);
  const fetch = given.fetch ?? globalThis.fetch;
  if (typeof fetch !== "function") throw invalid("fetch", "must be a function, since this platform has no fetch()");
  const text = await withLimit({ signal, timeoutMs, what: "the list of devices" }, async (aborted) => {
    const token = await readToken(given.token);
    return fetchText(fetch, address, token, aborted);
  });
  return readDirectory(parse(text, address));
}

/** @param {Record<string, any>} options */
function addressOf({ url, workgroup, allowInsecure }) {
  /** @type {URL} */
  let base;
  try {
    if (typeof url !== "string") throw new TypeError();
    base = new URL(url.replace(/^ws(?=s?:)/i, "http"));
  } catch {
    throw invalid("url", "must be the cloud's base URL, for example https://app.ardexa.com");
  }
  if (!/^https?:$/.test(base.protocol)) throw invalid("url", "must begin with https:, http:, wss: or ws:");
  if (base.username || base.password || base.search || base.hash || base.pathname !== "/")
    throw invalid("url", "must have no path, query or credentials, for example https://app.ardexa.com");
  if (base.protocol === "http:" && !LOOPBACK.test(base.hostname) && allowInsecure !== true)
    throw invalid("url", "http: would send the token unencrypted; use https:, or set `allowInsecure`");
  if (typeof workgroup !== "string" || !workgroup.trim() || /^\.\.?$/.test(workgroup))
    throw invalid("workgroup", "must be the workgroup's ID");
  return `${base.origin}/api/v1/devices/${encodeURIComponent(workgroup)}`;
}

/** @param {string} text @param {string} address */
function parse(text, address) {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    const what = text.trim() === "" ? "an empty body" : /^\s*</.test(text) ? "HTML" : "text";
    throw failure(
      "protocol",
      `${address} returned ${what} instead of JSON; check \`url\`, and that this cloud has a list of devices`,
    );
  }
}

/** @param {unknown} answer */
function readDirectory(answer) {
  const list = listIn(answer);
  if (!list)
    throw failure("protocol", "the cloud's list of devices has an unexpected format; expected an array of devices");
  /** @type {Map<string, CatalogDevice>} */
  const devices = new Map();
  /** @type {CatalogIssue[]} */
  const issues = [];
  let nameless = 0;
  for (const entry of list) {
    const id = isRecord(entry) ? idOf(entry) : undefined;
    if (!isRecord(entry) || id === undefined) nameless++;
    else if (!devices.has(id)) devices.set(id, readDevice(id, entry, issues));
  }
  if (nameless) {
    const message = `${nameless} of ${list.length} entries in the list of devices have no ID`;
    issues.push({ step: "device", message });
  }
  return { devices: [...devices.values()], issues };
}

/** @param {unknown} answer @returns {unknown[] | undefined} */
function listIn(answer) {
  if (Array.isArray(answer)) return answer;
  if (!isRecord(answer)) return undefined;
  const wrapper = WRAPPERS.find((name) => Array.isArray(own(answer, name)));
  if (wrapper !== undefined) return /** @type {unknown[]} */ (answer[wrapper]);
  // An object keyed by device ID.
  const entries = Object.entries(answer);
  const keyed = entries.length > 0 && entries.every(([id, device]) => isRecord(device) && (idOf(device) ?? id) === id);
  return keyed ? entries.map(([id, device]) => ({ id, .../** @type {object} */ (device) })) : undefined;
}

/** @param {Record<string, unknown>} device */
function idOf(device) {
  const id = firstName(device, "id", "deviceId", "device_id", "uuid");
  return id ?? /^CN=([^,]+)/i.exec(String(own(device, "cn") ?? ""))?.[1];
}

/** @param {string} id @param {Record<string, unknown>} raw @param {CatalogIssue[]} issues @returns {CatalogDevice} */
function readDevice(id, raw, issues) {
  const report = (/** @type {string} */ message) => issues.push({ step: "meta", message, deviceId: id });
  const given = own(raw, "meta");
  const meta = isRecord(given) ? given : {};
  if (given !== undefined && given !== null && meta !== given) report("its meta is not an object");
  const name = firstName(raw, "name", "displayName", "label") ?? firstName(meta, "name", "displayName", "label");
  const cn = firstName(raw, "cn");
  const online = onlineOf(raw);
  return {
    id,
    ...(name !== undefined && { name }),
    ...(cn !== undefined && { cn }),
    ...(online !== undefined && { online }),
    sources: readScenarios(meta, report),
    raw,
  };
}

/** @type {Record<string, boolean>} */
const STATES = Object.assign(Object.create(null), {
  true: true,
  online: true,
  connected: true,
  up: true,
  false: false,
  offline: false,
  disconnected: false,
  down: false,
});

/** The name of the flag is not documented. @param {Record<string, unknown>} device */
function onlineOf(device) {
  for (const key of ["online", "isOnline", "connected", "status", "state"]) {
    const value = own(device, key);
    if (typeof value === "boolean") return value;
    const known = typeof value === "string" ? STATES[value.toLowerCase()] : undefined;
    if (known !== undefined) return known;
  }
  return undefined;
}
