// Measures memory: per feed, per idle client, per kept sample of a series, and its growth over millions of samples.
import { startSimulator } from "../scripts/lib/target.mjs";
import { feedRequest, makeFrames } from "./lib/frames.mjs";
import { deliver } from "./lib/receive.mjs";
import { CLOUD, hasSeries, ours, ourSeries, theirs } from "./lib/receivers.mjs";
import { inChild } from "./lib/child.mjs";
import { FEEDS_EACH } from "./lib/idle.mjs";
import { libraries } from "./lib/libraries.mjs";
import { alternate, ratio } from "./lib/measure.mjs";
import { MemorySocket } from "./lib/socket.mjs";

const FEEDS = 10_000;
/** Above the default, so that a series' fixed overhead is negligible. */
const CAPACITY = 1_000_000;
const GROWTH_FEEDS = 100;
/** Samples kept by each series in the growth measurement; full after the warm-up. */
const SERIES_KEEP = 1024;
const WARM_UP = 500_000;
const SAMPLES = 5_000_000;
/** Processes per client: an idle process's memory is counted in pages and varies. */
const IDLE_ROUNDS = 5;

/** @typedef {{ readonly buffer: ArrayBuffer }} Memory */

/** The minimum size of a one-column sample: its time and its value. */
const LEAST_PER_SAMPLE = 16;

/**
 * Runs each part in its own process. A module's memory never shrinks, so memory freed by one part would be reused by
 * the next and hide its cost.
 * @param {import("./run.mjs").BenchOptions} options
 */
export async function run({ quick, pkg }) {
  const samples = quick ? SAMPLES / 10 : SAMPLES;
  const part = (/** @type {string} */ name, /** @type {unknown[]} */ ...args) =>
    inChild(import.meta.url, name, pkg, ...args);
  const result = {
    unit: "bytes",
    samples,
    perFeed: { "ardexa-client": await part("perFeed", "ours"), "socket.io-client": await part("perFeed", "theirs") },
    perClient: await perClient(pkg, quick ? 1 : IDLE_ROUNDS),
    perKeptSample: await part("perKeptSample"),
    growth: {
      objects: await part("growth", "ours", samples),
      "socket.io-client": await part("growth", "theirs", samples),
      series: await part("growth", "series", samples),
    },
  };
  if (result.perKeptSample < LEAST_PER_SAMPLE) {
    throw new Error(`${result.perKeptSample} bytes cannot hold a sample: the measurement is wrong`);
  }
  return result;
}

/**
 * Process memory in bytes per client, connected to a simulator in another process, with its feeds open and silent.
 * @param {string} pkg
 * @param {number} rounds
 */
async function perClient(pkg, rounds) {
  const simulator = await startSimulator({ samplesPerSecond: 0 });
  const { url, workgroup, token, devices } = simulator;
  const requests = devices
    .filter((/** @type {any} */ { online }) => online)
    .slice(0, FEEDS_EACH)
    .map((/** @type {any} */ { id, tables: [{ name, sources }] }) => ({
      deviceId: id,
      table: name,
      source: sources[0].name,
    }));
  if (requests.length !== FEEDS_EACH) throw new Error(`the simulator has ${requests.length} devices online`);
  const idle = new URL("lib/idle.mjs", import.meta.url).href;
  const candidate = (/** @type {string} */ name, /** @type {string} */ who) => ({
    name,
    round: () => inChild(idle, "perIdleClient", who, pkg, { url, workgroup, token, requests }),
  });
  try {
    const candidates = [candidate("ardexa-client", "ours"), candidate("socket.io-client", "theirs")];
    return await alternate(candidates, { rounds, warmup: 0 });
  } finally {
    await simulator.close();
  }
}

/** @type {Record<string, (libraries: import("./lib/receivers.mjs").Libraries, feeds: number) => Promise<import("./lib/receivers.mjs").Receiver>>} */
const OPEN = { ours, theirs, series: (libraries, feeds) => ourSeries(libraries, feeds, SERIES_KEEP) };

/** Loads the libraries and returns them with the memory of their module. @param {string} pkg */
async function load(pkg) {
  const memories = watchWasm();
  const both = await libraries(pkg);
  // Importing does not instantiate the module.
  await both.ardexa.init?.();
  if (memories.length !== 1) throw new Error(`${memories.length} modules have a memory that can be watched, not one`);
  return { memories, both };
}

/** Records the memory of every module instantiated from now on. */
function watchWasm() {
  /** @type {Memory[]} */
  const memories = [];
  const { WebAssembly } = /** @type {any} */ (globalThis);
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, args) {
      const instance = Reflect.construct(target, args);
      if (instance.exports.memory) memories.push(instance.exports.memory);
      return instance;
    },
  });
  return memories;
}

/** @param {Memory[]} memories */
async function held(memories) {
  // A second collection frees what the first left to finalizers.
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed + arrayBuffers, wasm };
}

/** @param {string} pkg @param {string} who */
export async function perFeed(pkg, who) {
  const { memories, both } = await load(pkg);
  const first = await OPEN[who](both, FEEDS);
  // By now everything is compiled and one-time allocations are done.
  const before = await held(memories);
  const second = await OPEN[who](both, FEEDS);
  const after = await held(memories);
  await first.close();
  await second.close();
  return { heap: (after.heap - before.heap) / FEEDS, wasm: (after.wasm - before.wasm) / FEEDS };
}

/** @param {string} pkg @returns {Promise<number | undefined>} `undefined` if this build has no series */
export async function perKeptSample(pkg) {
  const { memories, both } = await load(pkg);
  if (!hasSeries(both)) return undefined;
  const frames = makeFrames({ feeds: 1, count: 10_000 });
  const client = await both.ardexa.connect({ ...CLOUD, webSocket: MemorySocket });
  const socket = MemorySocket.last;
  const before = await held(memories);
  const series = await client.series(feedRequest(0), { capacity: CAPACITY });
  while (series.total < CAPACITY * 1.2) await deliver(socket, frames);
  const after = await held(memories);
  if (series.length !== CAPACITY || series.columns !== 1) {
    throw new Error(`${series.length} samples of ${series.columns} columns are kept`);
  }
  await client.close();
  return (after.heap + after.wasm - before.heap - before.wasm) / CAPACITY;
}

/** @param {string} pkg @param {string} who @param {number} samples */
export async function growth(pkg, who, samples) {
  const { memories, both } = await load(pkg);
  if (who === "series" && !hasSeries(both)) return undefined;
  const frames = makeFrames({ feeds: GROWTH_FEEDS, count: 10_000 });
  const receiver = await OPEN[who](both, GROWTH_FEEDS);
  for (let n = 0; n < WARM_UP; n += frames.length) await deliver(receiver.socket, frames);
  const before = await held(memories);
  for (let n = 0; n < samples; n += frames.length) await deliver(receiver.socket, frames);
  const after = await held(memories);
  if (receiver.received() !== WARM_UP + samples) throw new Error(`${receiver.name} lost samples`);
  await receiver.close();
  return { heap: after.heap - before.heap, wasm: after.wasm - before.wasm };
}

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ perFeed, perClient, perKeptSample, growth, samples }) {
  const feeds = Object.entries(perFeed).map(([name, { heap, wasm }]) => [
    name,
    (heap + wasm).toFixed(0),
    heap.toFixed(0),
    wasm.toFixed(0),
  ]);
  const clients = Object.entries(perClient).map(([name, { median, low, high }]) => [
    `${name} (${bytes(low)} to ${bytes(high)})`,
    bytes(median),
    "",
    "",
  ]);
  const grown = Object.entries(growth).flatMap(([name, grown]) =>
    grown ? [[name, ...[grown.heap + grown.wasm, grown.heap, grown.wasm].map(bytes)]] : [],
  );
  const groups = [
    { name: "per feed", rows: feeds },
    { name: `per idle client with ${FEEDS_EACH} feeds, of the process`, rows: clients },
    { name: `more after ${samples.toLocaleString("en")} samples than before`, rows: grown },
  ];
  if (perKeptSample !== undefined)
    groups.splice(2, 0, {
      name: "per kept sample",
      rows: [["series of one column", perKeptSample.toFixed(2), "", ""]],
    });
  return {
    title: "Memory held: bytes",
    head: ["", "in all", "heap", "wasm"],
    groups,
    notes: perKeptSample === undefined ? ["This build has no client.series(): series are not measured."] : [],
  };
}

/** @param {Awaited<ReturnType<typeof run>>} result */
export function metrics({ perClient, perKeptSample, growth }) {
  const grown = [growth.objects, growth.series].flatMap((one) => (one ? [one.heap + one.wasm] : []));
  return {
    "bytes per client / socket.io-client": ratio(perClient["ardexa-client"], perClient["socket.io-client"]),
    "bytes per kept sample of one column": perKeptSample,
    "bytes more after 5,000,000 samples": Math.max(...grown),
  };
}

/** @param {number} value */
const bytes = (value) => Math.round(value).toLocaleString("en");
