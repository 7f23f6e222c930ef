/**
 * The list of devices over HTTP, as on the REST page "Devices": a device's `meta` holds its scenarios, and `fields`
 * comes in the three forms shown there. The other property names are invented, since they are not documented.
 */
import { commonName } from "./fleet.mjs";

const PATH = /^\/api\/v1\/devices\/([^/?]+)(?:\/([^/?]+))?\/?(?:\?|$)/;
const HTML = "<!doctype html><title>Sign in</title><p>Please sign in.\n";

/** @typedef {import("./fleet.mjs").Device} Device */
/** @typedef {import("node:http").ServerResponse} Response */

/** @type {Record<string, (response: Response) => void>} */
const FAILURES = {
  none: (response) => send(response, 404, "Not found\n", "text/plain; charset=utf-8"),
  html: (response) => send(response, 200, HTML, "text/html; charset=utf-8"),
  unauthorized: (response) => refuse(response, 401, "Unauthorized"),
  forbidden: (response) => refuse(response, 403, "Forbidden"),
  "not-found": (response) => refuse(response, 404, "Not found"),
  error: (response) => send(response, 500, "<html><h1>Internal Server Error</h1></html>\n", "text/html; charset=utf-8"),
  hang: () => {},
};

/**
 * @param {import("node:http").IncomingMessage} request @param {Response} response
 * @param {object} cloud
 * @param {import("./options.mjs").Settings} cloud.settings
 * @param {Device[]} cloud.devices
 * @param {(token: string, workgroup: string) => import("./token.mjs").Verdict} cloud.judge
 * @returns {boolean} whether the request was for the directory
 */
export function answerDirectory(request, response, { settings, devices, judge }) {
  const [, workgroup, deviceId] = PATH.exec(request.url ?? "") ?? [];
  if (workgroup === undefined) return false;
  if (settings.directoryCors) {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "authorization");
  }
  const failure = Object.hasOwn(FAILURES, settings.directory) ? FAILURES[settings.directory] : undefined;
  if (request.method === "OPTIONS") send(response, 204, "", "text/plain");
  else if (request.method !== "GET") refuse(response, 405, "Method not allowed");
  else if (failure) failure(response);
  else
    answer(request, response, decoded(workgroup), deviceId === undefined ? undefined : decoded(deviceId), {
      devices,
      judge,
    });
  return true;
}

/**
 * @param {import("node:http").IncomingMessage} request @param {Response} response
 * @param {string} workgroup @param {string | undefined} deviceId
 * @param {{ devices: Device[], judge: (token: string, workgroup: string) => import("./token.mjs").Verdict }} cloud
 */
function answer(request, response, workgroup, deviceId, { devices, judge }) {
  const [, token = ""] = /^bearer (\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const verdict = judge(token, workgroup);
  if ("refused" in verdict) return refuse(response, verdict.refused.data.code, verdict.refused.message);
  const entries = devices.map((device) => entryOf(device, workgroup));
  const one = deviceId === undefined ? undefined : entries.find(({ id }) => id === deviceId);
  if (deviceId !== undefined && !one) return refuse(response, 404, "Unknown device");
  send(response, 200, JSON.stringify(one ?? entries), "application/json; charset=utf-8");
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {Response} response @param {number} status @param {string} message */
const refuse = (response, status, message) =>
  send(response, status, JSON.stringify({ message }), "application/json; charset=utf-8");

/** @param {Response} response @param {number} status @param {string} body @param {string} type */
function send(response, status, body, type) {
  response.writeHead(status, { "content-type": type });
  response.end(body);
}

/** @param {Device} device @param {string} workgroup */
function entryOf(device, workgroup) {
  const { id, name, online } = device;
  return { id, cn: commonName(device, workgroup), name, online, meta: metaOf(device) };
}

/**
 * The first source of a table has the list of its fields, and the others refer to it by `<table>.<source>`; meters
 * refer to a list at the top of `meta`.
 * @param {Device} device
 */
function metaOf(device) {
  /** @type {Record<string, unknown>} */
  const meta = { settings: { externalMeta: { site: device.site } } };
  /** @type {Record<"run" | "tail" | "dynamic", object[]>} */
  const lists = { run: [], tail: [], dynamic: [] };
  for (const { name: table, sources } of device.tables) {
    for (const [index, { name: source, expect, fields, kind }] of sources.entries()) {
      const scenario = { table, source, expect };
      if (kind.startsWith("config:")) lists.tail.push({ ...scenario, ...(fields && { fields }) });
      else if (!fields) lists[expect === "bool" || expect === "log" ? "tail" : "run"].push(scenario);
      else if (kind === "meter") {
        meta.meter_fields = fields;
        lists.dynamic.push({ ...scenario, fields: "meter_fields" });
      } else lists.dynamic.push({ ...scenario, fields: index === 0 ? fields : `${table}.${sources[0].name}` });
    }
  }
  return { ...meta, ...lists };
}
