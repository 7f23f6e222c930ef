/** A client of a scripted cloud, for the tests of callbacks. */
import { client } from "../../lib/cloud.mjs";
import { scriptedCloud } from "../../lib/scripted-cloud.mjs";

export const REQUEST = Object.freeze({ deviceId: "d", table: "t", source: "s", field: "f" });
/** @type {(keyof import("ardexa-client").ClientEvents)[]} */
export const EVENTS = [
  "connect",
  "disconnect",
  "reconnecting",
  "connect_error",
  "device:stateChange",
  "device:new",
  "device:metaChange",
  "warning",
];
export const STATE_CHANGE = { cn: "CN=d,O=demo", vhost: "demo", online: true };
export const noop = () => {};
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A scripted cloud and its client, connected unless `idle`.
 * @param {import("node:test").TestContext} t
 * @param {Parameters<typeof scriptedCloud>[0]} [script]
 * @param {{idle?: boolean} & import("../../lib/cloud.mjs").Options} [options]
 */
export async function scripted(t, script, { idle = false, ...options } = {}) {
  const cloud = scriptedCloud(script);
  const made = client(t, cloud, { webSocket: cloud.webSocket, ...options });
  if (!idle) await made.connect();
  return { cloud, client: made };
}

/**
 * Calls `act` once inside a listener.
 * @param {Pick<Awaited<ReturnType<typeof scripted>>, "cloud" | "client">} it @param {() => void} act
 */
export function inStateChange({ cloud, client: made }, act) {
  made.once("device:stateChange", act);
  cloud.socket.event("device:stateChange", STATE_CHANGE);
}
