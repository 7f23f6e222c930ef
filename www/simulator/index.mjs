/**
 * An Ardexa cloud to develop and test against: the API's events on the official socket.io server, with a fake fleet.
 * See README.md for what it supports and which parts are invented.
 */
import { settingsFrom } from "./options.mjs";
import { Simulator } from "./simulator.mjs";

export { makeToken } from "./token.mjs";

/** @param {import("./options.mjs").SimulatorOptions} [options] @returns {Promise<Simulator>} */
export async function startSimulator(options = {}) {
  const simulator = new Simulator(settingsFrom(options));
  await simulator.listen();
  return simulator;
}
