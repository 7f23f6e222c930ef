/**
 * The soak: 5,000 samples a second over 100 feeds from a simulator in a process of its own, whose connections end every
 * few seconds; the invariants of lib/ledger.mjs, and memory that stays level. Node needs --expose-gc.
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

/** Every device has these four; the samples of a device are numbered over all of its feeds. */
const SOURCES = ["cpu_usage", "memory_used", "cabinet_door", "agent/log"];
const DEVICES = 25;
/** The feeds of so many devices are series; those of the others have listeners. */
const SERIES_DEVICES = 5;
const PER_FEED = 50;
const RATE = DEVICES * SOURCES.length * PER_FEED;
const SERIES_CAPACITY = 500;
const COMMAND_MS = 50;
/** How the server ends the connection. */
const ENDINGS = ["in order", "killed", "restarted", "dropped"];
const REST_MS = 20_000;
/** A machine that is busy may be slow; less than this share of the samples is no soak. */
const LEAST_SHARE = 0.1;

/**
 * @param {object} options
 * @param {new (options: any) => any} options.ArdexaClient
 * @param {number} options.ms how long @param {number} options.seed
 * @param {(line: string) => void} [options.say] a line a second
 */
export async function soak({ ArdexaClient, ms, seed, say = () => {} }) {
  const ledger = new Ledger({ sameProcess: false });
  const draws = draw(chance(seed));
  const level = new Level();
  const counts = { connections: 0, losses: {}, endings: {}, ended: 0 };
  /** Numbers of the samples of each device on this connection. @type {Map<string, number>} */
  const numbers = new Map();
  /** What came of each feed of the connection before, and what the server says that it had sent. */
  const accounts = { socket: undefined, received: new Map(), reason: undefined, said: undefined };

  const told = (message) => {
    if (message.command !== undefined) ledger.commandSeen(message.command);
    if (message.ended !== undefined) {
      accounts.said = message;
      compare();
    }
  };
  let cloud = await startCloud(told);
  const { url, port, token, workgroup, devices } = cloud;
  const client = new ArdexaClient({
    url,
    workgroup,
    token: () => token,
    reconnect: { minDelayMs: 5, maxDelayMs: 200, stableAfterMs: 0 },
  });
  /** @type {Subscription[]} */
  const subscriptions = [];
  /** @type {{subscription: Subscription, series: any, before: number}[]} */
  const allSeries = [];

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

  /** Once both have told of the end of a connection, their counts must be one. */
  function compare() {
    const { said, socket, received, reason } = accounts;
    if (said === undefined || said.ended !== socket) return;
    accounts.said = accounts.socket = undefined;
    if (reason !== "transport close") return;
    for (const [feedId, sent] of said.sent) {
      if (received.get(feedId) !== sent)
        ledger.wrong(
          `${received.get(feedId)} of ${sent} samples of feed ${feedId} on a connection that was ended in order`,
        );
    }
    ledger.complete++;
  }

  /**
   * The samples of a device are numbered one by one over all of its feeds, so that a lost, doubled or misplaced one shows.
   * Not while feeds are being opened: a new listener gets its first samples after the code that awaits the feed.
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
    // Each of the ways in turn, so that a short run has them all.
    const what = counts.ended < ENDINGS.length ? ENDINGS[counts.ended] : draws.pick(ENDINGS);
    counts.ended++;
    counts.endings[what] = (counts.endings[what] ?? 0) + 1;
    if (what !== "killed") return void cloud.send({ end: what });
    await cloud.kill();
    cloud = await startCloud(told, port);
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
          const entry = { subscription, series: undefined, before: 0 };
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
      until(condition, what, REST_MS).catch(() => ledger.wrong(`at rest: never ${what}`));
    await rest(() => client.state === "connected" && everyone.every(({ isWhole }) => isWhole), "every break told");
    await rest(() => ledger.calls.open === 0 && client.stats().openRequests === 0, "every call settled");
    const before = everyone.map(({ received }) => received);
    await rest(() => subscriptions.every(({ received }, at) => received > before[at]), "samples of every feed");
    for (const { series } of allSeries) {
      if (series.length > SERIES_CAPACITY || series.length !== Math.min(series.total, SERIES_CAPACITY))
        ledger.wrong(`a series holds ${series.length} of ${series.total} samples`);
    }
    const { openFeeds, samples } = client.stats();
    if (openFeeds !== DEVICES * SOURCES.length) ledger.wrong(`${openFeeds} feeds are open at rest`);
    if (samples !== total()) ledger.wrong(`the client counts ${samples} samples, its callers ${total()}`);
    if (rate < RATE * LEAST_SHARE)
      ledger.wrong(`${Math.round(rate)} samples a second are too few for a soak of ${RATE}`);
    for (const problem of level.problems()) ledger.wrong(problem);
    await shared.stop();
    await client.close();
    await following;

    const { made, answered, failed } = ledger.calls;
    const summary =
      `seed ${seed}, ${Math.round(ms / 1_000)} s: ${total()} samples (${Math.round(rate)}/s) over ${openFeeds} feeds, ${counts.connections} connections ` +
      `(ended: ${list(counts.endings)}; ${ledger.complete} accounted for to the last sample), ${ledger.gaps} gaps, ` +
      `${made} commands (${answered} answered, ${list(failed)}), ${level.summary()}, ${ledger.violations.length} violations`;
    return { violations: ledger.violations, ledger, counts, summary };
  } finally {
    await client.close();
    await cloud.kill();
  }
}

/** @param {(message: any) => void} told @param {number} [port] */
async function startCloud(told, port) {
  const file = fileURLToPath(new URL("child/cloud.mjs", import.meta.url));
  const child = fork(file, [JSON.stringify({ port, devices: DEVICES, samplesPerSecond: PER_FEED })], { execArgv: [] });
  const exited = once(child, "exit");
  const [hello] = await Promise.race([
    once(child, "message"),
    exited.then(([code]) => Promise.reject(new Error(`the simulator ended with ${code}`))),
  ]);
  child.on("message", told);
  return {
    ...hello,
    send: (message) => child.connected && child.send(message),
    kill: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}
