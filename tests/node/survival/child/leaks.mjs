// Repeats one action many times and reports what is held before and after, for example `leaks.mjs reconnections 1000`.
import { getEventListeners } from "node:events";
import { collect, measure, report } from "../lib/measure.mjs";
import { counts, MemorySocket, open } from "../lib/memory-socket.mjs";

const { ArdexaClient } = await import("../../lib/package.mjs");
const { startSimulator } = await import("../../../../www/simulator/index.mjs");
const [what, given] = process.argv.slice(2);
const times = Number(given);

// A busy machine may take minutes.
MemorySocket.pingIntervalMs = 3_600_000;

/** The server behind the in-memory sockets: opens feeds, and replies to all requests except "pending". */
let feeds = 0;
MemorySocket.onFrame = (socket, frame) => {
  if (typeof frame !== "string" || !frame.startsWith("42[")) return;
  const [event, payload] = JSON.parse(frame.slice(2));
  if (event === "pending" || event.startsWith("device:feed:")) return;
  const answer = { requestId: payload.requestId, ...(event === "device:feed" && { feedId: `f${++feeds}` }) };
  queueMicrotask(() => socket.give(`42${JSON.stringify([`${event}:rpc`, answer])}`));
};

/** Sends a sample of a feed. @param {string} feedId @param {unknown} value */
const sample = (feedId, value) =>
  [...open][0].give(
    `42${JSON.stringify(["device:feed:reply", { feedId, event_time: "2024-01-01T00:00:00Z", messageId: "1", value }])}`,
  );

/** @param {Partial<import("ardexa-client").ClientOptions>} [options] */
const make = (options) =>
  new ArdexaClient({
    url: "http://localhost:1",
    workgroup: "w",
    token: () => "t",
    webSocket: MemorySocket,
    reconnect: { minDelayMs: 0, maxDelayMs: 0 },
    ...options,
  });

/** Parts of a measurement, each with its own growth of the heap. */
const PARTS = 5;

/**
 * Runs `round` often enough to fill every cache, then `times` times in several parts. `growths`: by how many bytes the
 * heap grew in each part.
 */
async function measured(round, warmUp = 300, every = 250) {
  const rounds = async (count) => {
    for (let n = 0; n < count; n++) {
      await round(n);
      if (n % every === every - 1) await collect(); // as in a program, whose event loop turns between rounds
    }
  };
  await rounds(warmUp);
  const before = await measure();
  let after = before;
  const growths = [];
  for (let part = 0; part < PARTS; part++) {
    await rounds(times / PARTS);
    const { heapBytes } = after;
    after = await measure();
    growths.push(after.heapBytes - heapBytes);
  }
  return { before, after, growths };
}

/**
 * The next event of this name.
 * @param {import("ardexa-client").ArdexaClient} client @param {keyof import("ardexa-client").ClientEvents} name
 */
const once = (client, name) => new Promise((resolve) => client.once(name, resolve));

const scenarios = {
  /** A client with listeners, a feed, a series and open requests loses its connection repeatedly. */
  async reconnections() {
    const client = make();
    for (const name of /** @type {const} */ (["connect", "disconnect", "reconnecting", "warning"]))
      client.on(name, () => {});
    await client.connect();
    let samples = 0;
    const feed = await client.feed({ deviceId: "d", table: "t", source: "s" }, () => samples++, { onGap: () => {} });
    const series = await client.series(
      { deviceId: "d", table: "t", source: "s2", field: "f" },
      { capacity: 64, onUpdate: () => {} },
    );
    const result = await measured(async () => {
      const back = once(client, "connect");
      client.request("pending", {}).catch(() => {});
      client.emitWithAck("pending", []).catch(() => {});
      [...open][0].drop();
      await back;
      await client.request("settled", {});
      sample(feed.id, 1);
      sample(series.feed.id, 2);
    });
    return {
      ...result,
      connections: client.stats().connections,
      samples,
      total: series.total,
      closed: await closed(client),
    };
  },

  /** The same against the official server, over TCP. */
  async network() {
    const sim = await startSimulator({ samplesPerSecond: 0 });
    const client = new ArdexaClient({
      url: sim.url,
      workgroup: sim.workgroup,
      token: sim.token,
      reconnect: { minDelayMs: 0, maxDelayMs: 0 },
    });
    await client.connect();
    await client.feed({ deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" }, () => {});
    const result = await measured(async () => {
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

  /** Attempts that fail in every way. */
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
    const result = await measured(async (n) => {
      const connecting = client.connect().then(
        () => "connected",
        (error) => error.code,
      );
      const [socket] = open;
      socket.send = () => {};
      await Promise.resolve();
      ways[n % ways.length](socket);
      if ((await connecting) === "connected") throw new Error("must not connect");
    });
    return { ...result, closed: await closed(client) };
  },

  /** Requests that share a signal or have their own, settled and aborted. */
  async signals() {
    const client = make();
    await client.connect();
    const shared = new AbortController();
    let left = 0;
    let rounds = 0;
    const result = await measured(async (n) => {
      const own = new AbortController();
      const calls = [
        client.request("settled", {}, { signal: shared.signal }),
        client.request("settled", {}, { signal: own.signal }),
        client.emitWithAck("pending", [], { signal: own.signal }).catch(() => {}),
      ];
      await calls[0];
      if (n % 2) own.abort();
      else [...open][0].give(`43${rounds}[]`);
      rounds++; // acknowledgements are counted from 0
      await Promise.all(calls);
      left += getEventListeners(own.signal, "abort").length;
    });
    return {
      ...result,
      left,
      shared: getEventListeners(shared.signal, "abort").length,
      openRequests: client.stats().openRequests,
      closed: await closed(client),
    };
  },

  /** Feeds opened, iterated and stopped. */
  async feeds() {
    const client = make();
    await client.connect();
    const result = await measured(async (n) => {
      const request = { deviceId: "d", table: "t", source: `s${n % 7}` };
      const heard = await client.feed(request, () => heard.received);
      const read = await client.feed(request);
      const series = await client.series(request, { capacity: 16, onUpdate: () => {} });
      const next = read[Symbol.asyncIterator]().next();
      sample(heard.id, n);
      await next;
      await Promise.all([heard.stop(), read.stop(), series.stop()]);
    });
    return { ...result, openFeeds: client.stats().openFeeds, closed: await closed(client) };
  },

  /** Clients created, used, closed and dropped. */
  async clients() {
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    const kinds = {
      untouched: () => make(),
      closed: async (client = make()) => (
        await client.connect(),
        await client.request("settled", {}),
        await client.close(),
        client
      ),
      refused: async (client = make({ reconnect: false })) => {
        const connecting = client.connect().catch(() => {});
        while (open.size === 0) await Promise.resolve();
        [...open].at(-1).drop();
        await connecting;
        return client;
      },
      /** The thrown error, which is the cause of the reported one, refers to the client. */
      "without a token": async () => {
        const client = make({
          reconnect: false,
          token: () => {
            throw Object.assign(new Error("no token"), { client });
          },
        });
        await client.connect().catch(() => {});
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
        const feed = await client.feed({ deviceId: "d", table: "t", source: "s" }, () => feed.id, {
          onGap: () => client.id,
        });
        await client.close();
        return client;
      },
    };
    const outcome = {};
    for (const [kind, start] of Object.entries(kinds)) {
      const result = await measured(async () => registry.register(await start(), kind), 200, 100);
      await collect();
      outcome[kind] = { ...result, collected };
      collected = 0;
    }
    return { outcome, sockets: counts.open };
  },
};

/** Closes a client and measures what remains. @param {import("ardexa-client").ArdexaClient} client */
async function closed(client) {
  await client.close();
  await collect();
  return { ...(await measure()), open: counts.open, dirty: counts.dirty, made: counts.made };
}

// If anything keeps the process alive after this, the child does not exit.
report(await scenarios[what]());
