/**
 * For child processes: measures what the package holds. Import this before anything that imports the package: it
 * intercepts the WebAssembly instance and counts the listeners on the global object.
 */
import { wasmBytes } from "../../lib/wasm-memory.mjs";

/** Listeners on the global object and the document by type, as in a browser. @type {Map<string, Function[]>} */
export const listeners = new Map();
const target = {
  addEventListener(type, listener) {
    listeners.set(type, [...(listeners.get(type) ?? []), listener]);
  },
  removeEventListener(type, listener) {
    const held = listeners.get(type) ?? [];
    const at = held.indexOf(listener);
    if (at >= 0) listeners.set(type, held.toSpliced(at, 1));
  },
};
Object.assign(globalThis, target, { document: { ...target, visibilityState: "visible" } });

/** Calls the listeners of an event. @param {string} type */
export const fire = (type) =>
  (listeners.get(type) ?? []).slice().forEach((listener) => listener({ type, persisted: true }));

export const listenerCount = () => [...listeners.values()].reduce((sum, held) => sum + held.length, 0);

/** Collects garbage until everything unreachable is gone, the package's finalizers included. */
export async function collect() {
  for (let n = 0; n < 4; n++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** After a collection: the bytes of both heaps, the listeners, and what keeps the process alive. */
export async function measure() {
  await collect();
  const active = process.getActiveResourcesInfo();
  return {
    wasmBytes: wasmBytes(),
    heapBytes: process.memoryUsage().heapUsed,
    listeners: listenerCount(),
    timers: active.filter((name) => name === "Timeout" || name === "Immediate").length,
    sockets: active.filter((name) => /TCP|Socket/.test(name)).length,
  };
}

export const report = (value) => process.stdout.write(`report ${JSON.stringify(value)}\n`);
