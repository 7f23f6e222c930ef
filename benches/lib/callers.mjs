// The ways to send requests that the benchmark compares.
import { CLOUD, connectTheirs } from "./receivers.mjs";
import { MemorySocket } from "./socket.mjs";

/** The device in both clients' request: the smallest request of the API, answered by one `:rpc`. */
const DEVICE = "666170e2-d3b2-49b7-88fc-542e1a2c9732";

/**
 * @typedef {object} Caller
 * @property {string} name
 * @property {() => Promise<unknown>} call
 * @property {() => unknown} close
 */

/** @param {import("./receivers.mjs").Libraries} libraries @returns {Promise<Caller>} */
export async function ours({ ardexa }) {
  const client = await ardexa.connect({ ...CLOUD, webSocket: MemorySocket });
  return { name: "ardexa-client", call: () => client.refreshMeta(DEVICE), close: () => client.close() };
}

/**
 * The same by hand with socket.io-client: a fresh id and a Map of pending requests. `timeoutMs` adds a timer to each
 * request, as ours always has; without one, a request whose reply is lost never settles.
 * @param {import("./receivers.mjs").Libraries} libraries
 * @param {{ name?: string, timeoutMs?: number }} [options]
 * @returns {Promise<Caller>}
 */
export async function theirs(libraries, { name = "socket.io-client", timeoutMs } = {}) {
  const { client } = await connectTheirs(libraries);
  /** @type {Map<string, { resolve(reply: unknown): void, reject(error: unknown): void, timer?: any }>} */
  const waiting = new Map();
  client.on("device:refreshMeta:rpc", (/** @type {{ requestId: string, error?: unknown }} */ reply) => {
    const call = waiting.get(reply.requestId);
    if (!call) return;
    waiting.delete(reply.requestId);
    clearTimeout(call.timer);
    if (reply.error) call.reject(reply.error);
    else call.resolve(reply);
  });
  const call = () => {
    const requestId = globalThis.crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const gaveUp = () => {
        waiting.delete(requestId);
        reject(new Error("timeout"));
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(gaveUp, timeoutMs);
      waiting.set(requestId, { resolve, reject, timer });
      client.emit("device:refreshMeta", { deviceId: DEVICE, requestId });
    });
  };
  return { name, call, close: () => client.close() };
}
