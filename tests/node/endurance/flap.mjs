/**
 * A flapping network: one client, a hostile proxy, and the simulator behind TLS, with the invariants of lib/ledger.mjs.
 * The seed decides what happens to the connections; the timing also depends on the machine.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { startSimulator } from "../../../www/simulator/index.mjs";
import { Proxy } from "../lib/proxy.mjs";
import { chance, draw } from "../lib/random.mjs";
import { TlsWebSocket, terminator } from "../lib/tls.mjs";
import { until } from "../lib/until.mjs";
import { Echo, Ledger, list, Subscription } from "./lib/ledger.mjs";

const SOURCES = ["cpu_usage", "memory_used", "cabinet_door", "agent/log"];
/** Short, so that a silent connection is detected soon, but long enough for a busy machine. */
const HEARTBEAT = { pingIntervalMs: 400, pingTimeoutMs: 600 };
/** Limit of open calls. */
const MOST_OPEN = 40;
/** Time to settle once the network works. */
const REST_MS = 20_000;

/**
 * What happens to a connection; about one in five has no fault.
 * @param {ReturnType<typeof draw>} draws
 * @returns {import("../lib/proxy.mjs").Fate}
 */
function fate({ pick, int, yes }) {
  /** @type {import("../lib/proxy.mjs").Fate["kind"][]} */
  const kinds = [
    "none",
    "none",
    "reset",
    "reset",
    "end",
    "half-close",
    "stall",
    "stall",
    "corrupt",
    "corrupt",
    yes(0.5) ? "refuse" : "black hole",
  ];
  const kind = pick(kinds);
  const way = pick(/** @type {const} */ (["down", "down", "up"]));
  // During the handshakes of TLS, HTTP and Engine.IO, or later, in the middle of data.
  const afterBytes = yes(0.25) ? int(0, 3_000) : way === "down" ? int(3_000, 150_000) : int(3_000, 20_000);
  return {
    kind,
    way,
    afterBytes,
    ...(yes(0.5) && { stallMs: int(50, 400) }),
    maxDelayMs: pick([0, 0, 2, 15]),
    maxPieces: pick([1, 1, 3, 12]),
  };
}

/**
 * @param {object} options
 * @param {typeof import("ardexa-client").ArdexaClient} options.ArdexaClient
 * @param {number} options.ms the duration
 * @param {number} options.seed
 * @param {(line: string) => void} [options.say] called with a line every second
 * @param {typeof TlsWebSocket} [options.webSocket] a class with a defect that the run must detect
 */
export async function flap({ ArdexaClient, ms, seed, say = () => {}, webSocket = TlsWebSocket }) {
  const ledger = new Ledger();
  const cloud = new Cloud(ledger);
  const sim = await startSimulator({
    devices: 5,
    commandMs: 1,
    samplesPerSecond: 50,
    maxReceived: 1,
    ...HEARTBEAT,
    onConnection: (socket) => cloud.joined(socket),
  });
  const tls = await terminator(() => sim.port);
  const proxy = await new Proxy(tls.port, { seed, fate }).listen();
  const client = new ArdexaClient({
    url: `https://127.0.0.1:${proxy.port}`,
    workgroup: sim.workgroup,
    token: () => sim.token,
    webSocket,
    connectTimeoutMs: 1_500,
    reconnect: { minDelayMs: 5, maxDelayMs: 100, stableAfterMs: 0, firstConnect: true },
  });
  /** @type {Subscription[]} */
  const subscriptions = [];
  /** @typedef {Record<string, number>} Counts */
  const counts = {
    connections: 0,
    losses: /** @type {Counts} */ ({}),
    failedAttempts: 0,
    endings: /** @type {Counts} */ ({}),
  };

  /** @type {string | undefined} */
  let id;
  client.on("connect", (event) => (counts.connections++, (id = event.id)));
  client.on("connect_error", () => counts.failedAttempts++);
  client.on("warning", ({ error }) => ledger.wrong(`a warning: ${error.message}`));
  client.on("disconnect", ({ reason }) => {
    counts.losses[reason] = (counts.losses[reason] ?? 0) + 1;
    const socket = cloud.sockets.get(id);
    const passage = proxy.passages.find(
      ({ farPort }) => farPort !== undefined && farPort === tls.origins.get(socket?.port),
    );
    // If the proxy dropped nothing and the client saw the end, it must have received everything before it.
    const isWhole = Boolean(socket?.ended && passage && !passage.struck && reason === "transport close");
    for (const subscription of subscriptions) {
      if (isWhole) cloud.assertComplete(subscription);
      subscription.lost();
    }
    if (isWhole) ledger.complete++;
    cloud.left(id);
  });

  /**
   * Retries until the feed is open.
   * @param {() => Promise<import("ardexa-client").Feed>} make
   */
  async function open(make) {
    for (;;) {
      try {
        await client.connect();
        return await make();
      } catch (error) {
        if (!["disconnected", "not-connected"].includes(error.code)) throw error;
      }
    }
  }
  /**
   * @param {string} name @param {import("ardexa-client").FeedRequest} request
   * @param {{hear?: (messageId: string) => void, joins?: boolean}} [options]
   */
  async function subscribe(name, request, { hear = () => {}, joins = false } = {}) {
    const subscription = new Subscription(ledger, name, { joins });
    const listener = (sample) => {
      cloud.check(subscription, sample);
      hear(sample.messageId);
    };
    subscription.feed = await open(() => client.feed(request, listener, { onGap: subscription.onGap }));
    subscriptions.push(subscription);
  }

  let number = 0;
  function call() {
    const n = number++;
    const [{ id: deviceId }] = sim.devices;
    const kind = draws.pick(["cmd", "cmd", "cmd", "ask", "abort"]);
    if (kind === "ask")
      return void ledger.call(() => client.emitWithAck("ask", [n]), { expect: ([echo]) => echo === n });
    const control = new AbortController();
    void ledger.call(() => client.cmd(deviceId, `echo ${n}`, { signal: control.signal }), {
      command: n,
      expect: ({ stdout }) => stdout.trim() === String(n),
    });
    if (kind === "abort") setTimeout(() => control.abort(), draws.int(0, 10));
  }

  /** Ends the connection at the server, in a random way. */
  async function endConnection() {
    const what = draws.pick(["closed cleanly", "closed cleanly", "dropped", "restarted"]);
    counts.endings[what] = (counts.endings[what] ?? 0) + 1;
    if (what !== "closed cleanly") cloud.cut();
    if (what === "dropped") sim.dropAll();
    else if (what === "restarted") await sim.restart({ downMs: draws.int(0, 50) });
    else for (const socket of sim.sockets) cloud.end(socket);
  }

  const line = () => {
    const { made, open: left, answered, failed } = ledger.calls;
    return (
      `${counts.connections} connections (lost: ${list(counts.losses)}; ${ledger.complete} closed cleanly, complete), ${ledger.samples} samples, ` +
      `${ledger.gaps} gaps, ${made} calls (${answered} answered, ${list(failed)}, ${left} open), ${ledger.violations.length} violations`
    );
  };

  const draws = draw(chance(seed));
  try {
    for (const device of sim.devices.filter(({ online }) => online)) {
      for (const source of SOURCES)
        await subscribe(`${device.name} ${source}`, { deviceId: device.id, table: "system", source });
    }
    // A shared feed, with a second listener and an iterator.
    const request = { deviceId: sim.devices[0].id, table: "system", source: SOURCES[0] };
    const echo = new Echo(ledger);
    await subscribe("shared", request, { joins: true, hear: (messageId) => echo.hear(messageId) });
    const following = echo.follow(await open(() => client.feed(request, { queue: 1_000_000 })));

    const end = performance.now() + ms;
    let nextEnd = performance.now();
    let nextLine = performance.now() + 1_000;
    while (performance.now() < end && ledger.violations.length === 0) {
      if (client.state === "connected") while (ledger.calls.open < MOST_OPEN && draws.yes(0.7)) call();
      else if (draws.yes(0.1)) call();
      if (performance.now() > nextEnd) {
        await endConnection();
        nextEnd = performance.now() + draws.int(200, 1_200);
      }
      if (performance.now() > nextLine) {
        nextLine += 1_000;
        say(line());
      }
      await sleep(draws.int(1, 20));
    }

    const struck = {};
    for (const {
      struck: was,
      fate: { kind },
    } of proxy.passages)
      if (was) struck[kind] = (struck[kind] ?? 0) + 1;

    // From here on the network works, and everything settles.
    proxy.fate = () => ({ kind: "none" });
    for (const passage of proxy.passages) if (!passage.near.destroyed) passage.reset();
    const rest = async (condition, what) => {
      if (ledger.violations.length > 0) return; // the run ended early
      await until(condition, what, REST_MS).catch(() => ledger.wrong(`at the end: never ${what}`));
    };
    const held = () =>
      new Set(
        sim
          .feeds()
          .filter((feed) => feed.socketId === client.id)
          .map((feed) => feed.feedId),
      );
    await rest(
      () => client.state === "connected" && subscriptions.every(({ feed, isWhole }) => isWhole && held().has(feed.id)),
      "every feed resumed, every gap reported",
    );
    await rest(() => ledger.calls.open === 0 && client.stats().openRequests === 0, "every call settled");
    const before = subscriptions.map(({ received }) => received);
    await rest(() => subscriptions.every(({ received }, at) => received > before[at]), "samples of every feed");
    await client.close();
    await following;

    const summary = `seed ${seed}, ${Math.round(ms / 1_000)} s: ${line()}; ${proxy.passages.length} TCP connections, ${counts.failedAttempts} attempts failed; the network: ${list(struck)}; the server: ${list(counts.endings)}`;
    return { violations: ledger.violations, ledger, counts, struck, summary };
  } finally {
    await client.close();
    await proxy.close();
    await tls.close();
    await sim.close();
  }
}

/** Records what the server has sent. */
class Cloud {
  /** By socket id. @type {Map<string, {port: number, feeds: Map<string, string[]>, ended: boolean}>} */
  sockets = new Map();
  /** The messageIds sent on each feed of the connections that are not checked yet. @type {Map<string, string[]>} */
  #sent = new Map();

  /** @param {Ledger} ledger */
  constructor(ledger) {
    this.ledger = ledger;
  }

  joined(socket) {
    const record = { port: socket.request.socket.remotePort, feeds: new Map(), ended: false };
    this.sockets.set(socket.id, record);
    const { emit } = socket;
    socket.emit = (event, payload, ...more) => {
      if (event === "device:feed:reply" && socket.conn.readyState === "open") {
        let ids = record.feeds.get(payload.feedId);
        if (!ids) {
          ids = [];
          record.feeds.set(payload.feedId, ids);
          this.#sent.set(payload.feedId, ids);
        }
        ids.push(payload.messageId);
      }
      return emit.call(socket, event, payload, ...more);
    };
    socket.use(([event, payload, answer], next) => {
      if (event === "device:cmd") this.ledger.commandSeen(payload.cmd);
      if (event === "ask") answer(payload);
      next();
    });
  }

  /** Closes a connection after everything that was sent on it. */
  end(socket) {
    const record = this.sockets.get(socket.id);
    if (!record || socket.conn.readyState !== "open") return;
    record.ended = true;
    socket.conn.close();
  }

  /** Before every connection is cut: one that is still closing, on a busy machine, may lose its last samples. */
  cut() {
    for (const record of this.sockets.values()) record.ended = false;
  }

  left(id) {
    const record = this.sockets.get(id);
    for (const feedId of record?.feeds.keys() ?? []) this.#sent.delete(feedId);
    this.sockets.delete(id);
  }

  /**
   * Checks that the next sample of a feed is the next one that was sent.
   * @param {Subscription} subscription @param {import("ardexa-client").FeedSample} sample
   */
  check(subscription, sample) {
    const sent = this.#sent.get(sample.feedId) ?? [];
    subscription.take(sample);
    // After a break, all subscriptions start with the first sample.
    if (subscription.joins && subscription.received === 1) subscription.count = sent.indexOf(sample.messageId) + 1;
    const expected = sent[subscription.count - 1];
    if (sample.messageId !== expected)
      this.ledger.wrong(
        `${subscription.name}: sample ${sample.messageId} instead of ${expected}, number ${subscription.count} of feed ${sample.feedId}`,
      );
  }

  /** @param {Subscription} subscription */
  assertComplete(subscription) {
    if (subscription.joins && subscription.received === 0) return; // it may have joined after the last sample
    const sent = this.#sent.get(subscription.feed.id)?.length;
    if (sent !== undefined && subscription.count !== sent)
      this.ledger.wrong(
        `${subscription.name}: ${subscription.count} of ${sent} samples of a connection that was closed cleanly`,
      );
  }
}
