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

/** Collections that a program between two rounds would have. */
const ROUNDS = 4;
/** More of them until the heap is level: finalizers and closing sockets take as long as the machine is busy. */
const MOST_ROUNDS = 200;
const LEVEL_BYTES = 1_024;

/** Collects garbage, and lets the finalizers run. */
export async function collect() {
  for (let n = 0; n < ROUNDS; n++) await collectOnce();
}

async function collectOnce() {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Collects garbage until the heap has not shrunk for some rounds. */
async function settle() {
  let least = Infinity;
  let level = 0;
  for (let n = 0; n < MOST_ROUNDS && level < ROUNDS; n++) {
    await collectOnce();
    const { heapUsed } = process.memoryUsage();
    level = heapUsed > least - LEVEL_BYTES ? level + 1 : 0;
    least = Math.min(least, heapUsed);
  }
}

/** After a collection: the bytes of both heaps, the listeners, and what keeps the process alive. */
export async function measure() {
  await settle();
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
