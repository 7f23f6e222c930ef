// Measures the cost of an idle client: process memory per client with five feeds, connected to a server by real
// sockets. It runs in its own process, since memory freed by another part would be reused for these clients.
import { importPackage } from "./libraries.mjs";

/** Clients opened before the measurement, to get one-time allocation, compilation and growth out of the way. */
const FIRST = 100;
const CLIENTS = 200;
export const FEEDS_EACH = 5;
/** Clients opened concurrently. A larger number leaves the heap larger than needed, by a varying amount. */
const TOGETHER = 10;

/**
 * @typedef {object} Cloud
 * @property {string} url
 * @property {string} workgroup
 * @property {string} token
 * @property {Record<string, string>[]} requests one per feed of a client
 */

/**
 * Process memory in bytes per client.
 * @param {"ours" | "theirs"} who
 * @param {string} pkg the folder of the built package
 * @param {Cloud} cloud
 */
export async function perIdleClient(who, pkg, cloud) {
  const open = await { ours, theirs }[who](pkg, cloud);
  /** @type {Array<() => void>} */
  const held = [];
  const reach = async (/** @type {number} */ count) => {
    while (held.length < count) held.push(...(await Promise.all(Array.from({ length: TOGETHER }, open))));
    return resident();
  };
  const before = await reach(FIRST);
  const after = await reach(FIRST + CLIENTS);
  if (held.length !== FIRST + CLIENTS) throw new Error(`${held.length} clients are open`);
  for (const close of held) close();
  return (after - before) / CLIENTS;
}

/** The memory of the process after garbage collection. */
async function resident() {
  for (let n = 0; n < 5; n++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
}

/** @param {string} pkg @param {Cloud} cloud */
async function ours(pkg, { requests, ...cloud }) {
  const { connect } = await importPackage(pkg);
  return async () => {
    const client = await connect(cloud);
    await Promise.all(requests.map((request) => client.feed(request, () => {})));
    return () => client.close();
  };
}

/** The same by hand, as an application would write it. @param {string} _pkg @param {Cloud} cloud */
async function theirs(_pkg, { url, workgroup, token, requests }) {
  const { io } = await import("socket.io-client");
  return async () => {
    const socket = io(url, {
      path: "/socket.io-client/",
      query: { token, orgName: workgroup },
      transports: ["websocket"],
      forceNew: true,
    });
    /** @type {Map<string, (feedId: string) => void>} */
    const waiting = new Map();
    /** @type {Map<string, (sample: unknown) => void>} */
    const listeners = new Map();
    socket.on("device:feed:rpc", (/** @type {{ requestId: string, feedId: string }} */ { requestId, feedId }) => {
      waiting.get(requestId)?.(feedId);
      waiting.delete(requestId);
    });
    socket.on("device:feed:reply", (/** @type {{ feedId: string }} */ sample) =>
      listeners.get(sample.feedId)?.(sample),
    );
    await new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("connect_error", reject);
    });
    const opened = requests.map(async (request) => {
      const requestId = globalThis.crypto.randomUUID();
      const feedId = await new Promise((/** @type {(id: string) => void} */ resolve) => {
        waiting.set(requestId, resolve);
        socket.emit("device:feed", { ...request, requestId });
      });
      listeners.set(feedId, () => {});
    });
    await Promise.all(opened);
    return () => socket.close();
  };
}
