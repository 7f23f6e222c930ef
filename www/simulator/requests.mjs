/** The cloud's response to each event of the API. */
import { randomUUID } from "node:crypto";
import { checkConfig, checkYaml, isObject, toYaml } from "./config-check.mjs";
import { tooDeep } from "./depth.mjs";
import { MAX_RATE } from "./feeds.mjs";
import { adoptConfig, findSource } from "./fleet.mjs";
import { runCommand } from "./shell.mjs";
import { NEW_VERSION, runUpgrade } from "./upgrade.mjs";

/** @typedef {import("./simulator.mjs").Cloud} Cloud */
/** @typedef {import("./simulator.mjs").Session} Session */
/** @typedef {Record<string, any>} Payload */
/** @typedef {(cloud: Cloud, session: Session, payload: any) => void | Promise<void>} Handler */

const NO_PRIVILEGE = "Permission denied: the token lacks the Control Devices privilege";

/** The request's own id, to be spread into every answer; empty if none was sent. @param {any} payload */
const idOf = (payload) =>
  isObject(payload) && payload.requestId !== undefined ? { requestId: payload.requestId } : {};

/** @param {string} event @param {Cloud} cloud @param {Session} session @param {any} payload @param {Payload} fields */
function answer(event, cloud, session, payload, fields) {
  cloud.emit(session.socket, `${event}:rpc`, { ...idOf(payload), ...fields });
}

/**
 * Sends an error. The page shows both forms: a string, and an object with `message`.
 * @param {string} event @param {Cloud} cloud @param {Session} session @param {any} payload @param {string} message
 * @param {{form?: "string" | "object"}} [options]
 */
function refuse(event, cloud, session, payload, message, { form = "object" } = {}) {
  const { errorForm, echoRequestIdInErrors } = cloud.settings;
  const asOnThePage = CONFIG_EVENTS.has(event) ? "object" : form;
  const asText = (errorForm === "mixed" ? asOnThePage : errorForm) === "string";
  cloud.emit(session.socket, `${event}:rpc`, {
    ...(echoRequestIdInErrors ? idOf(payload) : {}),
    ...(CONFIG_EVENTS.has(event) && { result: "error" }),
    error: asText ? message : { message },
  });
}
const CONFIG_EVENTS = new Set(["device:testConfig", "device:applyConfig", "device:applyYamlConfig"]);

/**
 * The checks common to every request for a device. Sends the error itself.
 * @param {string} event @param {Cloud} cloud @param {Session} session @param {any} payload
 * @param {{fields?: string[], offline?: boolean}} [options] other required strings; whether it may be offline
 * @returns {import("./fleet.mjs").Device | undefined}
 */
function deviceFor(event, cloud, session, payload, { fields = [], offline = false } = {}) {
  const no = (/** @type {string} */ message, /** @type {"string" | "object"} */ form) =>
    void refuse(event, cloud, session, payload, message, { form });
  if (session.privilege !== "control") return no(NO_PRIVILEGE, "string");
  if (!isObject(payload)) return no("Invalid request: an object is needed", "string");
  for (const name of ["deviceId", ...fields]) {
    if (typeof payload[name] !== "string" || payload[name] === "") return no(`Missing parameter: ${name}`, "string");
  }
  const device = cloud.devices.get(payload.deviceId);
  if (!device) return no("Unknown device", "object");
  if (!offline && !device.online) return no("Device is offline", "object");
  return device;
}

/** @type {Handler} */
function cmd(cloud, session, payload) {
  const device = deviceFor("device:cmd", cloud, session, payload, { fields: ["cmd"] });
  if (!device) return;
  const { slowCommandMs, commandMs, replyBeforeRpc } = cloud.settings;
  const correlationId = randomUUID();
  const { delayMs, ...output } = runCommand(device, payload.cmd, {
    nowMs: cloud.settings.now(),
    slowCommandMs,
    plantOffsetMs: cloud.feeds.plantOffsetMs,
  });
  const rpc = () => cloud.emit(session.socket, "device:cmd:rpc", { correlationId, ...idOf(payload) });
  const outages = device.outages;
  if (!replyBeforeRpc) rpc();
  cloud.later(
    commandMs + delayMs,
    () => {
      if (device.outages !== outages) return; // it went offline during the command
      cloud.emit(session.socket, "device:cmd:reply", { ...output, correlationId, ...idOf(payload) });
      if (replyBeforeRpc) rpc();
    },
    session,
  );
}

/** @type {Handler} */
function feed(cloud, session, payload) {
  const event = "device:feed";
  const { settings, feeds } = cloud;
  const device = deviceFor(event, cloud, session, payload, {
    fields: ["table", "source"],
    offline: settings.offlineFeed === "silent",
  });
  if (!device) return;
  const { table, field: wanted, requestId } = payload;
  const field = wanted ?? undefined;
  const source = findSource(device, table, payload.source);
  if (typeof source === "string") return refuse(event, cloud, session, payload, source);
  if (field !== undefined && !source.fields?.some((f) => f.name === field)) {
    return refuse(
      event,
      cloud,
      session,
      payload,
      source.fields ? "Unknown field" : "Not a CSV source: it has no fields",
    );
  }
  if (feeds.list(session.socket).length >= settings.maxFeeds)
    return refuse(event, cloud, session, payload, "Too many feeds", { form: "string" });
  const asked = payload.samplesPerSecond;
  const samplesPerSecond =
    typeof asked === "number" && asked > 0 && asked <= MAX_RATE ? asked : settings.samplesPerSecond;
  const opened = feeds.open({ socket: session.socket, device, table, source, field, requestId, samplesPerSecond });
  for (let i = 0; i < settings.samplesBeforeRpc && device.online; i++) feeds.sendNext(opened);
  answer(event, cloud, session, payload, { feedId: opened.feedId });
  feeds.start(opened);
}

/** @type {Handler} */
function feedStop(cloud, session, payload) {
  const feedId = isObject(payload) ? payload.feedId : undefined;
  const complete = cloud.feeds.stop(session.socket, feedId);
  if (cloud.settings.replyToStop) answer("device:feed:stop", cloud, session, payload, { feedId, complete });
}

/** @type {Handler} */
function feedStopAll(cloud, session, payload) {
  cloud.feeds.stopAll(session.socket);
  if (cloud.settings.replyToStop) answer("device:feed:stopAll", cloud, session, payload, { complete: true });
}

/** @param {string} event @param {{apply: boolean}} options @returns {Handler} */
const jsonConfig =
  (event, { apply }) =>
  async (cloud, session, payload) => {
    const device = deviceFor(event, cloud, session, payload);
    if (!device) return;
    if (payload.config === undefined) return refuse(event, cloud, session, payload, "Missing parameter: config");
    const wrong = checkConfig(payload.config);
    if (wrong) return refuse(event, cloud, session, payload, wrong);
    if (!apply) return answer(event, cloud, session, payload, { result: "success" });
    const text = await toYaml(payload.config);
    applied(event, cloud, session, payload, device, payload.config, text);
  };

/** @param {Cloud} cloud @param {Session} session @param {any} payload @returns {Promise<void>} */
async function applyYamlConfig(cloud, session, payload) {
  const event = "device:applyYamlConfig";
  const device = deviceFor(event, cloud, session, payload, { fields: ["config"] });
  if (!device) return;
  const checked = await checkYaml(payload.config);
  if ("wrong" in checked) return refuse(event, cloud, session, payload, checked.wrong);
  applied(event, cloud, session, payload, device, checked.config, payload.config);
}

/**
 * @param {string} event @param {Cloud} cloud @param {Session} session @param {any} payload
 * @param {import("./fleet.mjs").Device} device @param {Payload} config @param {string} text
 */
function applied(event, cloud, session, payload, device, config, text) {
  device.configYaml = text;
  adoptConfig(device, config);
  answer(event, cloud, session, payload, { result: "success" });
  cloud.restartAgent(device);
}

/** @type {Handler} */
function refreshMeta(cloud, session, payload) {
  const device = deviceFor("device:refreshMeta", cloud, session, payload, { offline: true });
  if (!device) return;
  answer("device:refreshMeta", cloud, session, payload, { complete: true });
  if (device.online) cloud.restartAgent(device);
}

/** @type {Handler} */
function doUpgrade(cloud, session, payload) {
  const device = deviceFor("device:doUpgrade", cloud, session, payload);
  if (!device) return;
  const extra = isObject(payload.extra) ? payload.extra : {};
  runUpgrade({
    fails: device.failsUpgrade || payload.simulate === "fail" || extra.simulate === "fail",
    stepMs: cloud.settings.upgradeStepMs,
    later: cloud.later,
    reply: (fields) => cloud.emit(session.socket, "device:doUpgrade:reply", { ...fields, ...idOf(payload) }),
    setOnline: (online) => cloud.setOnline(device, online),
    done: () => {
      device.agentVersion = NEW_VERSION;
      cloud.metaChange(device);
    },
  });
}

/** @param {string} event @returns {Handler} */
const sendFile = (event) => (cloud, session, payload) => {
  if (deviceFor(event, cloud, session, payload)) answer(event, cloud, session, payload, { complete: true });
};

/** @type {Map<string, Handler>} */
const HANDLERS = new Map(
  Object.entries({
    "device:cmd": cmd,
    "device:feed": feed,
    "device:feed:stop": feedStop,
    "device:feed:stopAll": feedStopAll,
    "device:testConfig": jsonConfig("device:testConfig", { apply: false }),
    "device:applyConfig": jsonConfig("device:applyConfig", { apply: true }),
    "device:applyYamlConfig": applyYamlConfig,
    "device:refreshMeta": refreshMeta,
    "device:doUpgrade": doUpgrade,
    "device:sendArdexactl": sendFile("device:sendArdexactl"),
    "device:sendArdpkg": sendFile("device:sendArdpkg"),
  }),
);

/**
 * Responds to one event. Never throws, whatever the payload.
 * @param {Cloud} cloud @param {Session} session @param {string} event @param {any} payload
 */
export async function handle(cloud, session, event, payload) {
  const handler = HANDLERS.get(event);
  if (!handler) return; // a socket.io server ignores unknown events
  if (tooDeep(payload))
    return cloud.emit(session.socket, `${event}:rpc`, { error: "Invalid request: nested too deeply" });
  try {
    await handler(cloud, session, payload);
  } catch (error) {
    cloud.failed(event, error);
    cloud.emit(session.socket, `${event}:rpc`, { error: "Internal error occurred" });
  }
}
