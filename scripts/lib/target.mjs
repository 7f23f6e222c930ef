// The cloud that the demonstration connects to: the one configured in the environment, or else its own simulator.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { inRoot } from "./paths.mjs";
import { Problem } from "./problem.mjs";

const NEEDED = ["ARDEXA_URL", "ARDEXA_WORKGROUP", "ARDEXA_TOKEN"];

/**
 * @typedef {object} Target
 * @property {boolean} simulated
 * @property {string} url
 * @property {string} workgroup
 * @property {string} token
 * @property {{ id: string, name: string } | undefined} device
 * @property {{ id: string, name: string }[]} devices all known devices in their current state
 * @property {{ deviceId: string, table: string, source: string, field?: string } | undefined} feed
 * @property {(() => void) | undefined} changeState changes a device's state, if the target supports it
 * @property {() => Promise<void>} close
 */

/**
 * @param {Record<string, unknown>} [simulatorOptions]
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Target>}
 */
export async function openTarget(simulatorOptions = {}, env = process.env) {
  return cloudFrom(env) ?? simulated(simulatorOptions);
}

/**
 * The cloud configured in the environment, or `undefined` if there is none.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Target | undefined}
 */
export function cloudFrom(env) {
  const missing = NEEDED.filter((name) => !env[name]);
  if (missing.length === NEEDED.length) return undefined;
  if (missing.length) {
    throw new Problem(
      `A real cloud needs ${NEEDED.join(", ")}; ${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing. Unset all three for the simulator.`,
    );
  }
  const { ARDEXA_URL: url = "", ARDEXA_WORKGROUP: workgroup = "", ARDEXA_TOKEN: token = "" } = env;
  const { ARDEXA_DEVICE: id, ARDEXA_TABLE: table, ARDEXA_SOURCE: source, ARDEXA_FIELD: field } = env;
  return {
    simulated: false,
    url,
    workgroup,
    token,
    device: id ? { id, name: id } : undefined,
    devices: id ? [{ id, name: id }] : [],
    feed: id && table && source ? { deviceId: id, table, source, ...(field ? { field } : {}) } : undefined,
    changeState: undefined,
    close: async () => {},
  };
}

/** @param {Record<string, unknown>} options @returns {Promise<Target>} */
async function simulated(options) {
  const simulator = await startSimulator(options);
  const online = simulator.devices.filter((/** @type {any} */ device) => device.online);
  const [device, other = device] = online;
  const table = device.tables[0];
  const source = table.sources[0];
  const field = source.fields?.[0]?.name;
  return {
    simulated: true,
    url: simulator.url,
    workgroup: simulator.workgroup,
    token: simulator.token,
    device: { id: device.id, name: device.name },
    get devices() {
      return simulatedDevices(simulator);
    },
    feed: { deviceId: device.id, table: table.name, source: source.name, ...(field ? { field } : {}) },
    changeState: () => void simulator.setOnline(other.id, false),
    close: () => simulator.close(),
  };
}

/** The part of a simulator's fleet that a page may see. @param {any} simulator */
export const simulatedDevices = (simulator) =>
  simulator.devices.map((/** @type {any} */ { id, name, online, tables }) => ({ id, name, online, tables }));

/**
 * Starts the simulator. Its packages must be installed.
 * @param {Record<string, unknown>} options those of www/simulator
 */
export async function startSimulator(options) {
  const file = inRoot("www", "simulator", "index.mjs");
  if (!existsSync(file))
    throw new Problem(
      "www/simulator/index.mjs is missing: this is not a complete copy of the repository; clone it again.",
    );
  const module = await import(pathToFileURL(file).href);
  return module.startSimulator(options);
}
