/** Shared by the simulator's tests: a simulator and official clients, closed when the test ends. */
import { io } from "socket.io-client";
import { startSimulator } from "../../../www/simulator/index.mjs";

export { until } from "../lib/until.mjs";

/**
 * @param {import("node:test").TestContext} t
 * @param {import("../../../www/simulator/options.mjs").SimulatorOptions} [options]
 */
export async function simulator(t, options) {
  const sim = await startSimulator({ commandMs: 0, restartMs: 20, upgradeStepMs: 2, slowCommandMs: 20, ...options });
  t.after(() => sim.close());
  return sim;
}

/**
 * A client as the API page builds it; not yet connected.
 * @param {import("node:test").TestContext} t
 * @param {import("../../../www/simulator/simulator.mjs").Simulator} sim
 * @param {{token?: string, workgroup?: string, connect?: (...args: any[]) => any, [option: string]: unknown}} [options]
 * @returns {any} a socket of this client's generation
 */
export function client(t, sim, { token = sim.token, workgroup = sim.workgroup, connect = io, ...options } = {}) {
  const socket = connect(sim.url, {
    query: { token, orgName: workgroup },
    path: "/socket.io-client",
    forceNew: true,
    transports: ["websocket"],
    reconnection: false,
    ...options,
  });
  t.after(() => socket.close());
  return socket;
}

/**
 * A client that the simulator has accepted.
 * @param {import("node:test").TestContext} t
 * @param {import("../../../www/simulator/simulator.mjs").Simulator} sim
 * @param {Parameters<typeof client>[2]} [options]
 */
export async function connected(t, sim, options) {
  const socket = client(t, sim, options);
  await next(socket, "connect");
  return socket;
}

/** The first payload of an event. */
export const next = (socket, event) => new Promise((resolve) => socket.once(event, resolve));

/** Sends a request and returns its `:rpc`. */
export function rpc(socket, event, payload) {
  const answer = next(socket, `${event}:rpc`);
  socket.emit(event, payload);
  return answer;
}

/** Sends a command and returns its `:reply`. */
export function cmd(socket, deviceId, line) {
  const answer = next(socket, "device:cmd:reply");
  socket.emit("device:cmd", { deviceId, cmd: line });
  return answer;
}

/** Every payload of an event from now on. */
export function collect(socket, event) {
  const all = [];
  socket.on(event, (payload) => all.push(payload));
  return all;
}

/** Resolves once the server has handled every earlier request. */
export const settled = (socket) => rpc(socket, "device:sendArdpkg", {});
