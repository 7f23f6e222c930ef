/**
 * The soak test: 5,000 samples per second over 100 feeds from a simulator in its own process, with a connection loss
 * every few seconds. Checks the invariants of lib/ledger.mjs and that memory stays level. Node needs --expose-gc.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chance, draw } from "../lib/random.mjs";
import { until } from "../lib/until.mjs";
import { wasmBytes } from "../lib/wasm-memory.mjs";
import { Echo, Ledger, list, Subscription } from "./lib/ledger.mjs";
import { Level } from "./lib/level.mjs";

/** Sources of every device; the samples of a device are numbered across all its feeds. */
const SOURCES = ["cpu_usage", "memory_used", "cabinet_door", "agent/log"];
const DEVICES = 25;
/** The feeds of this many devices are series; the others have listeners. */
const SERIES_DEVICES = 5;
const PER_FEED = 50;
const RATE = DEVICES * SOURCES.length * PER_FEED;
const SERIES_CAPACITY = 500;
const COMMAND_MS = 50;
/** How the server ends the connection. */
const ENDINGS = ["closed cleanly", "killed", "restarted", "dropped"];
const REST_MS = 20_000;
/** The least share of the samples that counts as a soak; a busy machine may be slow. */
const LEAST_SHARE = 0.1;

/**
 * @param {object} options
 * @param {typeof import("ardexa-client").ArdexaClient} options.ArdexaClient
 * @param {number} options.ms the duration @param {number} options.seed
 * @param {(line: string) => void} [options.say] called with a line every second
 */
export async function soak({ ArdexaClient, ms, seed, say = () => {} }) {
  const ledger = new Ledger({ sameProcess: false });
  const draws = draw(chance(seed));
  const level = new Level();
  /** @typedef {Record<string, number>} Counts */
  const counts = {
    connections: 0,
    losses: /** @type {Counts} */ ({}),
    endings: /** @type {Counts} */ ({}),
    ended: 0,
  };
  /** The last sample number of each device on this connection. @type {Map<string, number>} */
  const numbers = new Map();
  /**
   * The samples received on each feed of the last connection, and the server's report of those it sent.
   * @type {{socket?: string, received: Map<string, number>, reason?: string,
   *   report?: {ended: string, sent: [feedId: string, count: number][]}}}
   */
  const accounts = { socket: undefined, received: new Map(), reason: undefined, report: undefined };

  /** @param {any} message from the server's process */
  const onMessage = (message) => {
    if (message.command !== undefined) ledger.commandSeen(message.command);
    if (message.ended !== undefined) {
      accounts.report = message;
      compare();
    }
  };
  let cloud = await startCloud(onMessage);
  const { url, port, token, workgroup, devices } = cloud;
  const client = new ArdexaClient({
    url,
    workgroup,
    token: () => token,
    reconnect: { minDelayMs: 5, maxDelayMs: 200, stableAfterMs: 0 },
  });
  /** @type {Subscription[]} */
  const subscriptions = [];
  /** @type {{subscription: Subscription, series?: import("ardexa-client").Series, before: number}[]} */
  const allSeries = [];

  /** @type {string | undefined} */
  let id;
  client.on("connect", (event) => {
    counts.connections++;
    id = event.id;
    numbers.clear();
  });
  client.on("warning", ({ error }) => ledger.wrong(`a warning: ${error.message}`));
  client.on("disconnect", ({ reason }) => {
    counts.losses[reason] = (counts.losses[reason] ?? 0) + 1;
    Object.assign(accounts, { socket: id, reason });
    accounts.received.clear();
    for (const { feed, count } of subscriptions) accounts.received.set(feed.id, count);
    for (const { series, before } of allSeries) accounts.received.set(series.feed.id, series.total - before);
    for (const subscription of subscriptions) subscription.lost();
    for (const { subscription } of allSeries) subscription.lost();
    compare();
  });

  /** Compares the counts once both sides have reported the end of a connection. */
  function compare() {
    const { report, socket, received, reason } = accounts;
    if (report === undefined || report.ended !== socket) return;
    accounts.report = accounts.socket = undefined;
    if (reason !== "transport close") return;
    for (const [feedId, sent] of report.sent) {
      if (received.get(feedId) !== sent)
        ledger.wrong(
          `${received.get(feedId)} of ${sent} samples of feed ${feedId} on a connection that was closed cleanly`,
        );
    }
    ledger.complete++;
  }

  /**
   * Checks that no sample is lost, repeated or out of order, by the numbers of a device's samples across its feeds. Not
   * while feeds are being opened: a new listener gets its first samples only after the code that awaits the feed.
   * @param {Subscription} subscription @param {import("ardexa-client").FeedSample} sample
   */
  function check(subscription, sample) {
    subscription.take(sample);
    if (opening) return;
    const number = Number(sample.messageId);
    const last = numbers.get(sample.device);
    if (last !== undefined && number !== last + 1) ledger.wrong(`${subscription.name}: sample ${number} after ${last}`);
    numbers.set(sample.device, number);
  }

  let opening = true;
  let command = 0;
  function call() {
    const n = command++;
    void ledger.call(() => client.cmd(devices[0], `echo ${n}`), {
      command: n,
      expect: ({ stdout }) => stdout.trim() === String(n),
    });
  }

  async function endConnection() {
    // Each ending once in turn, so that a short run has all of them.
    const what = counts.ended < ENDINGS.length ? ENDINGS[counts.ended] : draws.pick(ENDINGS);
    counts.ended++;
    counts.endings[what] = (counts.endings[what] ?? 0) + 1;
    if (what !== "killed") return void cloud.send({ end: what });
    await cloud.kill();
    cloud = await startCloud(onMessage, port);
  }

  const MIB = 1024 * 1024;
  const line = (rate) =>
    `${String(Math.round(rate)).padStart(5)} samples/s, ${counts.connections} connections, ${ledger.gaps} gaps, ${ledger.calls.open} calls open, ` +
    `wasm ${(wasmBytes() / MIB).toFixed(2)} MiB, heap ${(level.last / MIB).toFixed(2)} MiB, ${ledger.violations.length} violations`;

  try {
    await client.connect();
    for (const [at, deviceId] of devices.entries()) {
      for (const source of SOURCES) {
        const request = { deviceId, table: "system", source };
        const subscription = new Subscription(ledger, `device ${at} ${source}`);
        if (at < SERIES_DEVICES) {
          /** @type {(typeof allSeries)[number]} */
          const entry = { subscription, before: 0 };
          const onGap = (gap) => {
            entry.before = entry.series.total;
            subscription.onGap(gap);
          };
          entry.series = await client.series(request, { capacity: SERIES_CAPACITY, onGap });
          allSeries.push(entry);
        } else {
          subscription.feed = await client.feed(request, (sample) => check(subscription, sample), {
            onGap: subscription.onGap,
          });
          subscriptions.push(subscription);
        }
      }
    }
    const echo = new Echo(ledger);
    const request = { deviceId: devices.at(-1), table: "system", source: SOURCES[0] };
    const shared = await client.feed(request, ({ messageId }) => echo.hear(messageId));
    const following = echo.follow(await client.feed(request, { queue: 1_000_000 }));

    await sleep(0);
    opening = false;

    const began = performance.now();
    let [nextLine, nextEnd, nextCall] = [began + 1_000, began + 2_000, began];
    let [lastTotal, lastAt] = [0, began];
    const total = () => ledger.samples + allSeries.reduce((sum, { series }) => sum + series.total, 0);
    while (performance.now() < began + ms && ledger.violations.length === 0) {
      const now = performance.now();
      for (; nextCall <= now; nextCall += COMMAND_MS) call();
      if (now > nextEnd) {
        await endConnection();
        nextEnd = performance.now() + draws.int(2_000, 5_000);
      }
      if (now > nextLine) {
        nextLine += 1_000;
        globalThis.gc();
        level.note((now - began) / ms, process.memoryUsage().heapUsed, wasmBytes());
        say(line(((total() - lastTotal) * 1_000) / (now - lastAt)));
        [lastTotal, lastAt] = [total(), now];
      }
      await sleep(10);
    }
    const rate = (total() * 1_000) / (performance.now() - began);

    const everyone = [...subscriptions, ...allSeries.map(({ subscription }) => subscription)];
    const rest = (condition, what) =>
      until(condition, what, REST_MS).catch(() => ledger.wrong(`at the end: never ${what}`));
    await rest(() => client.state === "connected" && everyone.every(({ isWhole }) => isWhole), "every gap reported");
    await rest(() => ledger.calls.open === 0 && client.stats().openRequests === 0, "every call settled");
    const before = everyone.map(({ received }) => received);
    await rest(() => subscriptions.every(({ received }, at) => received > before[at]), "samples of every feed");
    for (const { series } of allSeries) {
      if (series.length > SERIES_CAPACITY || series.length !== Math.min(series.total, SERIES_CAPACITY))
        ledger.wrong(`a series holds ${series.length} of ${series.total} samples`);
    }
    const { openFeeds, samples } = client.stats();
    if (openFeeds !== DEVICES * SOURCES.length) ledger.wrong(`${openFeeds} feeds are open at the end`);
    if (samples !== total()) ledger.wrong(`the client counts ${samples} samples, its callers received ${total()}`);
    if (rate < RATE * LEAST_SHARE)
      ledger.wrong(`${Math.round(rate)} samples per second are too few for a soak of ${RATE}`);
    for (const problem of level.problems()) ledger.wrong(problem);
    await shared.stop();
    await client.close();
    await following;

    const { made, answered, failed } = ledger.calls;
    const summary =
      `seed ${seed}, ${Math.round(ms / 1_000)} s: ${total()} samples (${Math.round(rate)}/s) over ${openFeeds} feeds, ${counts.connections} connections ` +
      `(ended: ${list(counts.endings)}; ${ledger.complete} complete to the last sample), ${ledger.gaps} gaps, ` +
      `${made} commands (${answered} answered, ${list(failed)}), ${level.summary()}, ${ledger.violations.length} violations`;
    return { violations: ledger.violations, ledger, counts, summary };
  } finally {
    await client.close();
    await cloud.kill();
  }
}

/** @param {(message: any) => void} onMessage @param {number} [port] */
async function startCloud(onMessage, port) {
  const file = fileURLToPath(new URL("child/cloud.mjs", import.meta.url));
  const child = fork(file, [JSON.stringify({ port, devices: DEVICES, samplesPerSecond: PER_FEED })], { execArgv: [] });
  const exited = once(child, "exit");
  const [hello] = await Promise.race([
    once(child, "message"),
    exited.then(([code]) => Promise.reject(new Error(`the simulator exited with ${code}`))),
  ]);
  child.on("message", onMessage);
  return {
    ...hello,
    send: (message) => child.connected && child.send(message),
    kill: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}
