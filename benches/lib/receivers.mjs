// The ways to receive feeds that the benchmark compares. Each opens its feeds with the same requests on its own socket
// of the same class. They run in Node and in browsers.
import { PREFIX, feedId, feedRequest } from "./frames.mjs";
import { MemorySocket } from "./socket.mjs";

/**
 * @typedef {object} Receiver
 * @property {string} name
 * @property {MemorySocket} socket
 * @property {() => number} received samples so far, to check that none was lost
 * @property {() => unknown} close
 *
 * @typedef {object} Libraries
 * @property {any} ardexa the exports of `ardexa-client`
 * @property {any} io the export `io` of `socket.io-client`
 */

const AT_ONCE = 500;
export const CLOUD = { url: "https://bench.invalid", workgroup: "demo", token: "token" };

/** Like an application's listener: reads the sample's value and stores it. */
function makeCounter() {
  const counter = { samples: 0, last: /** @type {unknown} */ (undefined) };
  const makeListener = () => (/** @type {{ value: unknown }} */ sample) => {
    counter.samples += 1;
    counter.last = sample.value;
  };
  return { counter, makeListener };
}

/** @param {Libraries} libraries */
async function connectOurs({ ardexa }) {
  const client = await ardexa.connect({ ...CLOUD, webSocket: MemorySocket });
  return { client, socket: MemorySocket.last };
}

/** Delivers samples to listeners. @param {Libraries} libraries @param {number} feeds @returns {Promise<Receiver>} */
export async function ours(libraries, feeds) {
  const { client, socket } = await connectOurs(libraries);
  const { counter, makeListener } = makeCounter();
  const held = await inGroups(feeds, (n) => client.feed(feedRequest(n), makeListener()));
  return { name: "objects", socket, received: () => counter.samples, close: () => ((held.length = 0), client.close()) };
}

/**
 * Stores each sample in its feed's columns.
 * @param {Libraries} libraries
 * @param {number} feeds
 * @param {number} capacity number of newest samples to keep
 * @returns {Promise<Receiver>}
 */
export async function ourSeries(libraries, feeds, capacity) {
  const { client, socket } = await connectOurs(libraries);
  const held = await inGroups(feeds, (n) => client.series(feedRequest(n), { capacity }));
  const received = () => held.reduce((sum, series) => sum + series.total, 0);
  return { name: "series", socket, received, close: () => client.close() };
}

/** Whether this build has `series` yet. @param {Libraries} libraries */
export const hasSeries = ({ ardexa }) => typeof ardexa.ArdexaClient.prototype.series === "function";

/** @param {Libraries} libraries */
export async function connectTheirs({ io }) {
  const { url, workgroup, token } = CLOUD;
  const socket = io(url, {
    path: "/socket.io-client/",
    query: { token, orgName: workgroup },
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
  });
  await new Promise((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", reject);
  });
  return { client: socket, socket: MemorySocket.last };
}

/** Opens a feed by hand. @param {any} client */
function feedsByHand(client) {
  /** @type {Map<string, (id: string) => void>} */
  const waiting = new Map();
  client.on("device:feed:rpc", (/** @type {{ requestId: string, feedId: string }} */ reply) => {
    waiting.get(reply.requestId)?.(reply.feedId);
    waiting.delete(reply.requestId);
  });
  return (/** @type {number} */ n) => {
    const requestId = globalThis.crypto.randomUUID();
    return new Promise((/** @type {(id: string) => void} */ resolve) => {
      waiting.set(requestId, resolve);
      client.emit("device:feed", { ...feedRequest(n), requestId });
    });
  };
}

/** The same by hand with socket.io-client. @param {Libraries} libraries @param {number} feeds @returns {Promise<Receiver>} */
export async function theirs(libraries, feeds) {
  const { client, socket } = await connectTheirs(libraries);
  const { counter, makeListener } = makeCounter();
  const open = feedsByHand(client);
  /** @type {Map<string, (sample: any) => void>} */
  const listeners = new Map();
  client.on("device:feed:reply", (/** @type {{ feedId: string }} */ sample) => listeners.get(sample.feedId)?.(sample));
  await inGroups(feeds, async (n) => void listeners.set(await open(n), makeListener()));
  return { name: "socket.io-client", socket, received: () => counter.samples, close: () => client.close() };
}

/**
 * Stores samples in hand-written columns with socket.io-client.
 * @param {Libraries} libraries
 * @param {number} feeds
 * @param {number} columns
 * @param {number} capacity
 * @returns {Promise<Receiver>}
 */
export async function theirColumns(libraries, feeds, columns, capacity) {
  const { client, socket } = await connectTheirs(libraries);
  const open = feedsByHand(client);
  /** @type {Map<string, Ring>} */
  const rings = new Map();
  client.on("device:feed:reply", (/** @type {any} */ sample) =>
    rings.get(sample.feedId)?.push(sample.event_time, sample.value),
  );
  await inGroups(feeds, async (n) => void rings.set(await open(n), new Ring(columns, capacity)));
  const received = () => [...rings.values()].reduce((sum, ring) => sum + ring.total, 0);
  return { name: "socket.io-client, columns by hand", socket, received, close: () => client.close() };
}

/** What an application would write to keep the newest samples as numbers. */
class Ring {
  total = 0;

  /** @param {number} columns @param {number} capacity */
  constructor(columns, capacity) {
    this.capacity = capacity;
    this.times = new Float64Array(capacity);
    this.columns = Array.from({ length: columns }, () => new Float64Array(capacity));
  }

  /** @param {string} time @param {number | number[]} value */
  push(time, value) {
    const at = this.total++ % this.capacity;
    this.times[at] = Date.parse(time);
    if (typeof value === "number") this.columns[0][at] = value;
    else for (let column = 0; column < this.columns.length; column++) this.columns[column][at] = value[column];
  }
}

/** The minimum work to deliver an object to its feed, without a client. @param {number} feeds @returns {Receiver} */
export function floor(feeds) {
  const socket = new MemorySocket("wss://floor.invalid");
  const { counter, makeListener } = makeCounter();
  /** @type {Map<string, (sample: any) => void>} */
  const listeners = new Map();
  for (let n = 0; n < feeds; n++) listeners.set(feedId(n), makeListener());
  socket.onmessage = ({ data }) => {
    if (!data.startsWith(PREFIX)) return;
    const sample = JSON.parse(data.slice(PREFIX.length, -1));
    listeners.get(sample.feedId)?.(sample);
  };
  return { name: "floor", socket, received: () => counter.samples, close: () => socket.close() };
}

/**
 * Makes `count` items in order, a group at a time.
 * @template T
 * @param {number} count
 * @param {(n: number) => Promise<T>} make
 * @returns {Promise<T[]>}
 */
export async function inGroups(count, make) {
  /** @type {T[]} */
  const made = [];
  for (let start = 0; start < count; start += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, n) => make(start + n));
    made.push(...(await Promise.all(group)));
  }
  return made;
}
