/**
 * For child processes: what the package holds. Import it before anything that imports the package, for it looks at
 * the WebAssembly memory without an export, and counts the listeners on the global object.
 */
import { wasmBytes } from "../../lib/wasm-memory.mjs";

/** Listeners on the global object and the document, as a browser would hold them: `type` → functions. */
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

/** Tells the listeners of an event. */
export const fire = (type) =>
  (listeners.get(type) ?? []).slice().forEach((listener) => listener({ type, persisted: true }));

export const listenerCount = () => [...listeners.values()].reduce((sum, held) => sum + held.length, 0);

/** Runs collections until what is dead is gone, finalizers of the package included. */
export async function collect() {
  for (let n = 0; n < 4; n++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** After a collection: bytes of both heaps, listeners, and what keeps the process alive. */
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
