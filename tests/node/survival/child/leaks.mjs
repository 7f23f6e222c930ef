// A process that does one thing very often and reports what is held before and after: `leaks.mjs reconnections 1000`.
import { getEventListeners } from "node:events";
import { collect, measure, report } from "../lib/measure.mjs";
import { counts, MemorySocket, open } from "../lib/memory-socket.mjs";
import { until } from "../lib/support.mjs";

const { ArdexaClient } = await import("../../../../pkg/node.js");
const { startSimulator } = await import("../../../../www/simulator/index.mjs");
const [what, given] = process.argv.slice(2);
const times = Number(given);

/** The server behind the in-memory sockets: feeds are opened, requests are answered. */
let feeds = 0;
MemorySocket.onFrame = (socket, frame) => {
  if (typeof frame !== "string" || !frame.startsWith("42[")) return;
  const [event, payload] = JSON.parse(frame.slice(2));
  const answer = { "device:feed": { feedId: `f${++feeds}` }, "device:feed:stop": undefined }[event] ?? (event in { "device:feed:stop": 0 } ? undefined : {});
  if (answer) queueMicrotask(() => socket.give(`42${JSON.stringify([`${event}:rpc`, { requestId: payload?.requestId, ...answer }])}`));
};

const make = (options) => new ArdexaClient({ url: "http://localhost:1", workgroup: "w", token: () => "t", webSocket: MemorySocket, reconnect: { minDelayMs: 0, maxDelayMs: 0 }, ...options });

/** Runs `round` often enough to fill every cache, then `times` times; answers both measures. */
async function twice(round, warmUp = 300) {
  for (let n = 0; n < warmUp; n++) await round(n);
  const before = await measure();
  for (let n = 0; n < times; n++) await round(n);
  return { before, after: await measure() };
}

/** The next event of this name. */
const once = (client, name) => new Promise((resolve) => client.once(name, resolve));

const scenarios = {
  /** A client with listeners, a feed, a series and open requests loses its connection again and again. */
  async reconnections() {
    const client = make();
    for (const name of ["connect", "disconnect", "reconnecting", "warning"]) client.on(name, () => {});
    await client.connect();
    let samples = 0;
    await client.feed({ deviceId: "d", table: "t", source: "s" }, () => samples++, { onGap: () => {} });
    await client.series({ deviceId: "d", table: "t", source: "s2", field: "f" }, { capacity: 64, onUpdate: () => {} });
    const result = await twice(async () => {
      const back = once(client, "connect");
      client.request("pending", {}).catch(() => {});
      client.emitWithAck("pending", []).catch(() => {});
      [...open][0].drop();
      await back;
      await client.request("settled", {});
      [...open][0].give(`42${JSON.stringify(["device:feed:reply", { feedId: `f${feeds}`, value: 1 }])}`);
    });
    return { ...result, connections: client.stats().connections, samples, closed: await closed(client) };
  },

  /** The same against the official server, over TCP. */
  async network() {
    const sim = await startSimulator({ samplesPerSecond: 0 });
    const client = new ArdexaClient({ url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: { minDelayMs: 0, maxDelayMs: 0 } });
    await client.connect();
    await client.feed({ deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" }, () => {});
    const result = await twice(async () => {
      const back = once(client, "connect");
      sim.dropAll();
      await back;
      await client.cmd(sim.devices[0].id, "true");
      sim.received.length = 0;
    }, 60);
    await client.close();
    await sim.close();
    return { ...result, connections: client.stats().connections };
  },

  /** Attempts that fail in every way there is. */
  async failures() {
    const ways = [
      (socket) => socket.drop(),
      (socket) => socket.give("rubbish"),
      (socket) => socket.give('44{"message":"no","data":{"a":[1,2,3]}}'),
      (socket) => socket.give("41"),
      (socket) => (socket.onerror({ message: "broken" }), socket.drop()),
    ];
    const client = make({ reconnect: false, token: "t" });
    client.on("connect_error", () => {});
    const result = await twice(async (n) => {
      const connecting = client.connect().then(() => "connected", (error) => error.code);
      const [socket] = open;
      socket.send = () => {};
      await Promise.resolve();
      ways[n % ways.length](socket);
      if ((await connecting) === "connected") throw new Error("must not connect");
    });
    return { ...result, closed: await closed(client) };
  },

  /** Requests with one signal for all, and with one of their own, settled and aborted. */
  async signals() {
    const client = make();
    await client.connect();
    const shared = new AbortController();
    let left = 0;
    const result = await twice(async (n) => {
      const own = new AbortController();
      const calls = [
        client.request("settled", {}, { signal: shared.signal }),
        client.request("settled", {}, { signal: own.signal }),
        client.emitWithAck("aborted", [], { signal: own.signal }).catch(() => {}),
      ];
      await calls[0];
      if (n % 2) own.abort();
      else [...open][0].give(`43${ack(client)}[]`);
      await Promise.all(calls);
      left += getEventListeners(own.signal, "abort").length;
    });
    return { ...result, left, shared: getEventListeners(shared.signal, "abort").length, openRequests: client.stats().openRequests };
  },

  /** Feeds opened, iterated and stopped. */
  async feeds() {
    const client = make();
    await client.connect();
    const result = await twice(async (n) => {
      const request = { deviceId: "d", table: "t", source: `s${n % 7}` };
      const heard = await client.feed(request, () => heard.received);
      const read = await client.feed(request);
      const series = await client.series(request, { capacity: 16, onUpdate: () => {} });
      const next = read[Symbol.asyncIterator]().next();
      [...open][0].give(`42${JSON.stringify(["device:feed:reply", { feedId: heard.id, value: n }])}`);
      await next;
      await Promise.all([heard.stop(), read.stop(), series.stop()]);
    });
    return { ...result, openFeeds: client.stats().openFeeds };
  },

  /** Clients made, used, closed and forgotten. */
  async clients() {
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    const kinds = {
      untouched: () => make(),
      closed: async (client = make()) => (await client.connect(), await client.request("settled", {}), await client.close(), client),
      refused: async (client = make({ reconnect: false })) => {
        const connecting = client.connect().catch(() => {});
        while (open.size === 0) await Promise.resolve();
        [...open].at(-1).drop();
        await connecting;
        return client;
      },
      listening: async (client = make()) => {
        client.on("connect", () => client.id);
        client.onAny(() => client.state);
        await client.connect();
        await client.close();
        return client;
      },
      feeding: async (client = make()) => {
        await client.connect();
        const feed = await client.feed({ deviceId: "d", table: "t", source: "s" }, () => feed.id, { onGap: () => client.id });
        await client.close();
        return client;
      },
    };
    const outcome = {};
    for (const [kind, start] of Object.entries(kinds)) {
      const { before, after } = await twice(async () => {
        const client = await start();
        registry.register(client, kind);
      }, 200);
      await collect();
      outcome[kind] = { before, after, collected };
      collected = 0;
    }
    return { outcome, sockets: counts.open };
  },
};

let acks = 0;
/** The number of the acknowledgement that was asked for last: they count from 0. */
const ack = () => acks++;

/** Closes a client and says what is left of it. */
async function closed(client) {
  await client.close();
  await collect();
  return { ...(await measure()), open: counts.open, dirty: counts.dirty, made: counts.made };
}

report(await scenarios[what]());
// What would keep the process alive shows as a child that does not end.
void until;
