/** A simulator and its clients, closed when the test ends, whether it passed or failed. */
import { startSimulator } from "../../../www/simulator/index.mjs";
import { ArdexaClient } from "./consumer.mjs";
import { ownPort } from "./own-port.mjs";
import { until } from "./until.mjs";

/**
 * @typedef {import("../../../www/simulator/options.mjs").SimulatorOptions} SimulatorOptions
 * @typedef {Awaited<ReturnType<typeof startSimulator>>} Simulator
 * @typedef {import("ardexa-client").ArdexaClient} Client
 * @typedef {Partial<import("ardexa-client").ClientOptions> & {Client?: typeof ArdexaClient}} Options
 */

/** @param {import("node:test").TestContext} t @param {SimulatorOptions} [options] */
export async function simulator(t, options) {
  const sim = await startSimulator({
    commandMs: 0,
    restartMs: 5,
    upgradeStepMs: 1,
    slowCommandMs: 60_000,
    samplesPerSecond: 200,
    ...options,
    port: options?.port ?? (await ownPort()),
  });
  t.after(() => sim.close());
  return sim;
}

/** Reconnects immediately, so that no test waits for a delay. */
export const AT_ONCE = Object.freeze({ minDelayMs: 0, maxDelayMs: 5, stableAfterMs: 0 });

/**
 * A client that is not yet connected.
 * @param {import("node:test").TestContext} t
 * @param {{url: string, workgroup: string, token: string}} sim
 * @param {Options} [options]
 * @returns {Client}
 */
export function client(t, sim, options = {}) {
  const Client = options.Client ?? ArdexaClient;
  const { Client: _, ...rest } = options;
  const made = new Client({ url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: AT_ONCE, ...rest });
  t.after(() => made.close());
  return made;
}

/**
 * A simulator and a connected client.
 * @param {import("node:test").TestContext} t
 * @param {Options & {sim?: SimulatorOptions}} [options]
 */
export async function connected(t, { sim: simOptions, ...options } = {}) {
  const sim = await simulator(t, simOptions);
  const made = client(t, sim, options);
  await made.connect();
  const device = sim.devices[0];
  return {
    sim,
    client: made,
    device,
    deviceId: device.id,
    solar: { deviceId: device.id, table: "solar", source: "inverter-01" },
  };
}

/**
 * The first argument of each event of this name that the simulator has received.
 * @param {Simulator} sim @param {string} event
 */
export const received = (sim, event) => sim.received.filter((r) => r.event === event).map((r) => r.args[0]);

/** Resolves once the simulator has received everything sent so far. @param {Client} made @param {Simulator} sim */
export async function flushed(made, sim) {
  const marker = `flush-${Math.random()}`;
  made.emit("test:flush", marker);
  await until(() => sim.received.some((r) => r.event === "test:flush" && r.args[0] === marker), "the marker to arrive");
}

/** The frames that a client sends; binary ones as Uint8Array. @param {Client} made */
export function framesOut(made) {
  /** @type {(string | Uint8Array)[]} */
  const frames = [];
  made.onFrame((direction, frame) => direction === "out" && frames.push(frame));
  return frames;
}
