// The `receive` measurement, shared by Node and browsers.
import { CSV_VALUES, makeFrames } from "./frames.mjs";
import { alternate, joined, spentMs } from "./measure.mjs";
import { floor, hasSeries, ours, ourSeries, theirColumns, theirs } from "./receivers.mjs";

/** Prepared frames. A round delivers all of them, in some cases more than once. */
const POOL = 10_000;
/** Samples kept in the columns of one feed, and of all feeds together. */
const KEPT = 1024;
const KEPT_IN_ALL = 160_000;
/** Frames delivered before each run of the microtask queue, in which socket.io-client calls its listeners. */
const BATCH = 16;
/** Of each process. */
const ROUNDS = 7;

/**
 * @typedef {object} Case
 * @property {"sample" | "csv"} payload
 * @property {number} feeds
 */

/** @type {Case[]} */
export const CASES = [
  { payload: "sample", feeds: 1 },
  { payload: "sample", feeds: 100 },
  { payload: "sample", feeds: 10_000 },
  { payload: "csv", feeds: 1 },
  { payload: "csv", feeds: 100 },
  { payload: "csv", feeds: 10_000 },
];

/** @param {Case} wanted */
export const caseName = ({ payload, feeds }) =>
  `${payload === "csv" ? `CSV of ${CSV_VALUES}` : "one value"}, ${feeds.toLocaleString("en")} ${feeds === 1 ? "feed" : "feeds"}`;

/**
 * @typedef {object} Options
 * @property {boolean} [quick]
 * @property {Case[]} [cases]
 * @property {any} [other] another build of ours to measure alongside this one
 */

/**
 * @param {import("./receivers.mjs").Libraries} libraries
 * @param {Options} [options]
 * @returns {Promise<Array<Case & { ns: Record<string, import("./measure.mjs").Measured> }>>} nanoseconds per sample
 */
export async function measureReceive(libraries, { quick = false, cases = CASES, other } = {}) {
  const results = [];
  for (const wanted of cases) results.push({ ...wanted, ns: await measureCase(libraries, wanted, { quick, other }) });
  return results;
}

/**
 * @param {import("./receivers.mjs").Libraries} libraries
 * @param {Case} wanted
 * @param {{ quick: boolean, other?: any }} options
 */
async function measureCase(libraries, { payload, feeds }, { quick, other }) {
  const csv = payload === "csv";
  const frames = makeFrames({ feeds, count: POOL, csv });
  const kept = keptWith(feeds);
  const receivers = [
    await ours(libraries, feeds),
    await theirs(libraries, feeds),
    await theirColumns(libraries, feeds, csv ? CSV_VALUES : 1, kept),
    floor(feeds),
  ];
  if (hasSeries(libraries)) receivers.push(await ourSeries(libraries, feeds, kept));
  if (other) {
    const second = { ...libraries, ardexa: other };
    receivers.push({ ...(await ours(second, feeds)), name: "objects, other" });
    if (hasSeries(second)) receivers.push({ ...(await ourSeries(second, feeds, kept)), name: "series, other" });
  }
  return measureInTurns(receivers.map(toLoad(frames, kept * feeds)), {
    rounds: ROUNDS,
    quick,
    passes: csv || quick ? 1 : 3,
  });
}

/**
 * The cases of several processes as one measurement.
 * @template {{ ns: Record<string, import("./measure.mjs").Measured> }} T
 * @param {T[][]} processes @returns {T[]}
 */
export const joinedCases = (processes) =>
  processes[0].map((one, n) => ({ ...one, ns: joined(processes.map((cases) => cases[n].ns)) }));

/** The numbers of feeds whose costs are compared with each other. */
export const FEW = 1;
export const MANY = 10_000;

/**
 * The cost of a sample with few and with many feeds, in turns: between two cases the machine may have changed its speed.
 * @param {import("./receivers.mjs").Libraries} libraries
 * @param {{ quick: boolean }} options
 * @returns {Promise<Record<string, import("./measure.mjs").Measured>>} nanoseconds per sample, by `growthName`
 */
export async function measureGrowth(libraries, { quick }) {
  const loads = [];
  for (const feeds of [FEW, MANY]) {
    const frames = makeFrames({ feeds, count: POOL, csv: false });
    const kept = keptWith(feeds);
    const receivers = [await ours(libraries, feeds), floor(feeds)];
    if (hasSeries(libraries)) receivers.push(await ourSeries(libraries, feeds, kept));
    const named = receivers.map((receiver) => ({ ...receiver, name: growthName(receiver.name, feeds) }));
    loads.push(...named.map(toLoad(frames, kept * feeds)));
  }
  return measureInTurns(loads, { rounds: quick ? ROUNDS : 2 * ROUNDS, quick, passes: quick ? 1 : 3 });
}

/** @param {string} name @param {number} feeds */
export const growthName = (name, feeds) => `${name}, ${caseName({ payload: "sample", feeds })}`;

/** @param {number} feeds */
const keptWith = (feeds) => Math.min(KEPT, KEPT_IN_ALL / feeds);

/**
 * @typedef {object} Load a receiver and what it is given
 * @property {import("./receivers.mjs").Receiver} receiver
 * @property {string[]} frames
 * @property {number} fill samples delivered before the measurement, since growing columns is not part of the steady state
 */

/** @param {string[]} frames @param {number} columns the samples that fill all columns */
const toLoad = (frames, columns) => (/** @type {import("./receivers.mjs").Receiver} */ receiver) => {
  return { receiver, frames, fill: /series|columns/.test(receiver.name) ? columns : 0 };
};

/**
 * @param {Load[]} loads
 * @param {{ rounds: number, passes: number, quick: boolean }} options
 */
async function measureInTurns(loads, { rounds, passes, quick }) {
  // Lets work deferred by opening finish before the first sample arrives.
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { receiver, frames, fill } of loads)
    for (let n = 0; n < fill; n += frames.length) await deliver(receiver.socket, frames);
  const candidates = loads.map(({ receiver, frames }) => ({
    name: receiver.name,
    round: () => nsPerSample(receiver, frames, passes),
  }));
  const measured = await alternate(candidates, {
    rounds,
    warmup: quick ? 3 : 4,
    mostMs: quick ? 5_000 : 15_000,
  });
  for (const { receiver } of loads) await receiver.close();
  return measured;
}

/** @param {import("./receivers.mjs").Receiver} receiver @param {string[]} frames @param {number} passes */
async function nsPerSample({ name, socket, received }, frames, passes) {
  const wanted = received() + frames.length * (passes + 1);
  // An uncounted pass: the previous candidate has evicted this one's data from the processor's caches, but a page has
  // only one client.
  await deliver(socket, frames);
  const start = spentMs();
  for (let pass = 0; pass < passes; pass++) await deliver(socket, frames);
  const ms = spentMs() - start;
  if (received() !== wanted) throw new Error(`${name} lost samples: ${received()} of ${wanted}`);
  return (ms * 1e6) / (frames.length * passes);
}

/** @param {import("./socket.mjs").MemorySocket} socket @param {string[]} frames */
export async function deliver(socket, frames) {
  for (let start = 0; start < frames.length; start += BATCH) {
    const end = Math.min(start + BATCH, frames.length);
    for (let n = start; n < end; n++) socket.deliver(frames[n]);
    await undefined;
  }
}
