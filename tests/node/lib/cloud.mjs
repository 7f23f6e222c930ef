/** A simulator and clients of it that are gone when the test is, passed or failed. */
import { startSimulator } from "../../../www/simulator/index.mjs";
import { ArdexaClient } from "./consumer.mjs";
import { until } from "./until.mjs";

/** @param {import("node:test").TestContext} t @param {import("../../../www/simulator/options.mjs").SimulatorOptions} [options] */
export async function simulator(t, options) {
  const sim = await startSimulator({
    port: 0,
    commandMs: 0,
    restartMs: 5,
    upgradeStepMs: 1,
    slowCommandMs: 60_000,
    samplesPerSecond: 200,
    ...options,
  });
  t.after(() => sim.close());
  return sim;
}

/** Reconnects at once, so that no test waits for a delay. */
export const AT_ONCE = Object.freeze({ minDelayMs: 0, maxDelayMs: 5, stableAfterMs: 0 });

/** A client that is not yet connected. */
export function client(t, sim, options = {}) {
  const Client = options.Client ?? ArdexaClient;
  const { Client: _, ...rest } = options;
  const made = new Client({ url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: AT_ONCE, ...rest });
  t.after(() => made.close());
  return made;
}

/** A simulator and a client that it has accepted. */
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

/** What the simulator has received of an event: the first arguments. */
export const received = (sim, event) => sim.received.filter((r) => r.event === event).map((r) => r.args[0]);

/** Everything that the client sent before this has been received once this resolves. */
export async function flushed(made, sim) {
  const marker = `flush-${Math.random()}`;
  made.emit("test:flush", marker);
  await until(() => sim.received.some((r) => r.event === "test:flush" && r.args[0] === marker), "the marker to arrive");
}

/** The frames that a client sends, as text; the binary ones as Uint8Array. */
export function framesOut(made) {
  const frames = [];
  made.onFrame((direction, frame) => direction === "out" && frames.push(frame));
  return frames;
}
