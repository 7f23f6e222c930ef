// What is held: per feed, per kept sample of a series, and after millions of samples more than before.
import { feedRequest, makeFrames } from "./lib/frames.mjs";
import { deliver } from "./lib/receive.mjs";
import { CLOUD, hasSeries, inGroups, ours, theirs } from "./lib/receivers.mjs";
import { libraries } from "./lib/libraries.mjs";
import { MemorySocket } from "./lib/socket.mjs";

const FEEDS = 10_000;
/** Above the default, so that what a series holds besides its samples does not count. */
const CAPACITY = 1_000_000;
const WARM_UP = 500_000;
const SAMPLES = 5_000_000;

/** @typedef {{ readonly buffer: ArrayBuffer }} Memory */

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ quick, pkg }) {
  if (!globalThis.gc) throw new Error("memory needs --expose-gc");
  const memory = watchWasm();
  const both = await libraries(pkg);
  const samples = quick ? SAMPLES / 10 : SAMPLES;
  return {
    unit: "bytes",
    samples,
    perFeed: {
      "ardexa-client": await perFeed(memory, () => ours(both, FEEDS)),
      "socket.io-client": await perFeed(memory, () => theirs(both, FEEDS)),
    },
    perKeptSample: hasSeries(both) ? await perKeptSample(memory, both) : undefined,
    growth: {
      objects: await growth(memory, (feeds) => ours(both, feeds), samples),
      "socket.io-client": await growth(memory, (feeds) => theirs(both, feeds), samples),
      series: hasSeries(both) ? await seriesGrowth(memory, both, samples) : undefined,
    },
  };
}

/** Keeps the memory of every module that is made from here on. */
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
  // What a first collection leaves to finalizers, a second one frees.
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed + arrayBuffers, wasm };
}

/** @param {Memory[]} memories @param {() => Promise<import("./lib/receivers.mjs").Receiver>} open */
async function perFeed(memories, open) {
  // The first time also compiles code and grows the module's memory for good.
  await (await open()).close();
  const first = await (await held(memories), open());
  const before = await held(memories);
  const second = await open();
  const after = await held(memories);
  await first.close();
  await second.close();
  return { heap: (after.heap - before.heap) / FEEDS, wasm: (after.wasm - before.wasm) / FEEDS };
}

/** @param {Memory[]} memories @param {import("./lib/receivers.mjs").Libraries} libraries */
async function perKeptSample(memories, { ardexa }) {
  const frames = makeFrames({ feeds: 1, count: 10_000 });
  const client = await ardexa.connect({ ...CLOUD, webSocket: MemorySocket });
  const socket = MemorySocket.last;
  const before = await held(memories);
  const series = await client.series(feedRequest(0), { capacity: CAPACITY });
  while (series.total < CAPACITY * 1.2) await deliver(socket, frames);
  const after = await held(memories);
  if (series.length !== CAPACITY || series.columns !== 1)
    throw new Error(`${series.length} samples of ${series.columns} columns are kept`);
  await client.close();
  return (after.heap + after.wasm - before.heap - before.wasm) / CAPACITY;
}

/**
 * @param {Memory[]} memories
 * @param {(feeds: number) => Promise<import("./lib/receivers.mjs").Receiver>} open
 * @param {number} samples
 */
async function growth(memories, open, samples) {
  const feeds = 100;
  const frames = makeFrames({ feeds, count: 10_000 });
  const receiver = await open(feeds);
  for (let n = 0; n < WARM_UP; n += frames.length) await deliver(receiver.socket, frames);
  const before = await held(memories);
  for (let n = 0; n < samples; n += frames.length) await deliver(receiver.socket, frames);
  const after = await held(memories);
  if (receiver.received() !== WARM_UP + samples) throw new Error(`${receiver.name} lost samples`);
  await receiver.close();
  return { heap: after.heap - before.heap, wasm: after.wasm - before.wasm };
}

/** @param {Memory[]} memories @param {import("./lib/receivers.mjs").Libraries} libraries @param {number} samples */
async function seriesGrowth(memories, { ardexa }, samples) {
  const open = async (/** @type {number} */ feeds) => {
    const client = await ardexa.connect({ ...CLOUD, webSocket: MemorySocket });
    const socket = MemorySocket.last;
    const all = await inGroups(feeds, (n) => client.series(feedRequest(n), { capacity: 1024 }));
    const received = () => all.reduce((sum, series) => sum + series.total, 0);
    return { name: "series", socket, received, close: () => client.close() };
  };
  return growth(memories, open, samples);
}

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ perFeed, perKeptSample, growth, samples }) {
  const feeds = Object.entries(perFeed).map(([name, { heap, wasm }]) => [
    name,
    (heap + wasm).toFixed(0),
    heap.toFixed(0),
    wasm.toFixed(0),
  ]);
  const grown = Object.entries(growth).flatMap(([name, grown]) =>
    grown ? [[name, ...[grown.heap + grown.wasm, grown.heap, grown.wasm].map(bytes)]] : [],
  );
  const groups = [
    { name: "per feed", rows: feeds },
    { name: `more after ${samples.toLocaleString("en")} samples than before`, rows: grown },
  ];
  if (perKeptSample !== undefined)
    groups.splice(1, 0, {
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
export function metrics({ perKeptSample, growth }) {
  const grown = [growth.objects, growth.series].flatMap((one) => (one ? [one.heap + one.wasm] : []));
  return {
    "bytes per kept sample of one column": perKeptSample,
    "bytes more after 5,000,000 samples": Math.max(...grown),
  };
}

/** @param {number} value */
const bytes = (value) => Math.round(value).toLocaleString("en");
