// The whole API across a server restart: nothing is sent twice, nothing hangs, feeds resume.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownPort } from "../lib/own-port.mjs";
import { client, connected, FAST, got, isArdexaError, refused, simulator, until } from "./lib/support.mjs";

const LOST = /^(transport close|transport error)$/; // TCP with unread data ends with an error

/**
 * Starts every request of the API that waits for a reply; `{name: promise}`.
 * @param {import("ardexa-client").ArdexaClient} it @param {string} deviceId
 * @returns {Record<string, Promise<unknown>>}
 */
function everything(it, deviceId) {
  return {
    "device:cmd": it.cmd(deviceId, "uptime"),
    "device:testConfig": it.testConfig(deviceId, {}),
    "device:applyConfig": it.applyConfig(deviceId, {}),
    "device:applyYamlConfig": it.applyYamlConfig(deviceId, "run: []"),
    "device:refreshMeta": it.refreshMeta(deviceId),
    "device:doUpgrade": it.doUpgrade(deviceId),
    "device:sendArdexactl": it.sendArdexactl(deviceId),
    "device:sendArdpkg": it.sendArdpkg(deviceId),
    "device:feed": it.feed({ deviceId, table: "system", source: "cpu_usage" }, () => {}),
    "device:custom": it.request("device:custom", { deviceId }),
    "custom:ack": it.emitWithAck("custom:ack", [deviceId]),
  };
}

/** @type {[how: string, lose: (sim: import("./lib/support.mjs").Simulator) => unknown][]} */
const LOSSES = [
  ["restart", (sim) => sim.restart({ downMs: 40 })],
  ["dropAll", (sim) => sim.dropAll()],
  ["kick", (sim) => sim.kick()],
];

for (const [how, lose] of LOSSES) {
  test(`${how}: every open request rejects with disconnected, and none is sent again`, async (t) => {
    const sim = await simulator(t, { latencyMs: 60_000 });
    const { client: it, diary } = await connected(t, sim, { timeoutMs: Infinity });
    const open = everything(it, sim.devices[0].id);
    const names = Object.keys(open);
    for (const promise of Object.values(open)) promise.catch(() => {}); // checked below
    await until(() => got(sim).length === names.length, "the server to receive all requests");
    assert.equal(it.stats().openRequests, names.length);
    await lose(sim);
    for (const [name, promise] of Object.entries(open)) {
      const error = await refused(promise, "disconnected", { event: name });
      const sent = got(sim, name)[0].payload.requestId;
      if (name !== "device:feed") assert.equal(error.requestId, sent, name);
      assert.match(error.message, /unknown|ended the connection/);
    }
    assert.equal(it.stats().openRequests, 0);
    if (how === "kick") await it.connect();
    await diary.count("connect", 2);
    await until(() => sim.sockets.length === 1, "the second connection at the server");
    // The marker arrives after anything that the client might have repeated.
    it.emit("marker");
    await until(() => got(sim, "marker").length === 1, "the marker");
    assert.deepEqual(
      got(sim).map(({ event }) => event),
      [...names, "marker"],
    );
  });
}

test("commands over five restarts: each is sent once and settles once, with its reply or as disconnected", async (t) => {
  const sim = await simulator(t, { commandMs: 5 });
  const { client: it, diary } = await connected(t, sim);
  const deviceId = sim.devices[0].id;
  const outcomes = [];
  let ends = 0;
  for (let round = 0; round < 5; round++) {
    await diary.count("connect", round + 1);
    const row = Array.from({ length: 40 }, (_, n) =>
      it.cmd(deviceId, `echo ${round}-${n}`, { requestId: `r${round}-${n}` }),
    );
    for (const [n, promise] of row.entries()) {
      outcomes.push(
        promise.then(
          (reply) => ({ id: `r${round}-${n}`, stdout: reply.stdout }),
          (error) => ({ id: `r${round}-${n}`, error }),
        ),
      );
      void promise.finally(() => ends++).catch(() => {});
    }
    await until(() => got(sim, "device:cmd").length > round * 40 + 10, "the server to receive some commands");
    await sim.restart({ downMs: 10 });
  }
  const all = await Promise.all(outcomes);
  assert.equal(ends, 200);
  for (const { id, stdout, error } of all) {
    if (error) isArdexaError(error, "disconnected");
    else assert.equal(stdout.trim(), id.slice(1));
  }
  await diary.count("connect", 6);
  assert.equal((await it.cmd(deviceId, "echo end")).stdout.trim(), "end");
  const ids = got(sim, "device:cmd").map(({ payload }) => payload.requestId);
  assert.equal(new Set(ids).size, ids.length, "no requestId reached the server twice");
  for (const { reason } of diary.of("disconnect")) assert.match(reason, LOST);
});

test("feeds resume once each, before anything else is sent, and report their gaps", async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 50 });
  const { client: it, diary } = await connected(t, sim);
  const [device] = sim.devices;
  const requests = ["cpu_usage", "memory_used", "agent/log"].map((source) => ({
    deviceId: device.id,
    table: "system",
    source,
  }));
  const steps = []; // the callbacks of all subscriptions, in order
  const subscribe = (request, name) =>
    it.feed(request, (sample) => steps.push({ name, sample, at: Date.now() }), {
      onGap: (gap) => steps.push({ name, gap, at: Date.now() }),
    });
  const feeds = [];
  for (const request of requests) feeds.push(await subscribe(request, request.source));
  feeds.push(await subscribe(requests[0], "shared"));
  assert.equal(sim.feeds().length, 3);
  assert.equal(feeds[3].id, feeds[0].id, "equal requests share one feed");
  const before = feeds.map((feed) => feed.id);
  await until(() => feeds.every((feed) => feed.received > 1), "samples of every feed");

  it.on("disconnect", () => steps.push({ name: "lost" }));
  it.on("connect", () => it.emit("first-by-the-caller"));
  await sim.restart({ downMs: 60 });
  await diary.count("connect", 2);
  await until(() => steps.filter(({ gap }) => gap).length === 4, "four gaps");
  const gapsAt = feeds.map((_, n) => [...requests.map((r) => r.source), "shared"][n]);
  await until(
    () =>
      gapsAt.every(
        (name) =>
          steps.findLastIndex((s) => s.name === name && s.sample) > steps.findIndex((s) => s.name === name && s.gap),
      ),
    "samples after the gap",
  );

  // The server receives the three requests first on the new socket, once each, in order of creation.
  const [socketId] = sim.sockets.map((socket) => socket.id);
  await until(() => got(sim, "first-by-the-caller").length === 1, "the caller's own event");
  const resumed = got(sim).filter((entry) => entry.socketId === socketId);
  assert.deepEqual(
    resumed.map(({ event }) => event),
    ["device:feed", "device:feed", "device:feed", "first-by-the-caller"],
  );
  assert.deepEqual(
    resumed.slice(0, 3).map(({ payload }) => payload.source),
    requests.map((r) => r.source),
  );
  assert.equal(sim.feeds().length, 3);
  assert.equal(it.stats().openFeeds, 3);

  // Each subscription gets samples, the loss, one gap, then samples.
  const lostAt = steps.findIndex(({ name }) => name === "lost");
  for (const [n, name] of gapsAt.entries()) {
    const own = steps.map((step, index) => ({ ...step, index })).filter((step) => step.name === name);
    const gaps = own.filter(({ gap }) => gap);
    assert.equal(gaps.length, 1, `${name}: one gap`);
    const last = own.findLast(({ sample, index }) => sample && index < lostAt);
    const next = own.find(({ index }) => index > lostAt);
    assert.ok(next.gap, `${name}: the gap comes before the next sample`);
    const { fromMs, toMs, lastMessageId } = next.gap;
    assert.equal(lastMessageId, last.sample.messageId, name);
    assert.ok(
      Math.abs(fromMs - last.at) <= 50,
      `${name}: fromMs is the time of the last sample (${fromMs - last.at} ms apart)`,
    );
    assert.ok(toMs - fromMs >= 55, `${name}: the gap is at least 60 ms, not ${toMs - fromMs}`);
    assert.ok(Math.abs(toMs - next.at) <= 200, `${name}: toMs is the time of resumption`);
    assert.notEqual(feeds[n].id, before[n], "a new id");
    assert.ok(sim.feeds().some(({ feedId }) => feedId === feeds[n].id));
    const ids = own.filter(({ sample }) => sample).map(({ sample }) => sample.messageId);
    assert.equal(new Set(ids).size, ids.length, `${name}: no sample twice`);
  }
});

test("a gap has no start if the feed had no sample before it", async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 0 });
  const { client: it } = await connected(t, sim);
  let gap;
  await it.feed(
    { deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" },
    { onGap: (event) => (gap = event) },
  );
  const from = Date.now();
  sim.dropAll();
  await until(() => gap, "the gap");
  assert.deepEqual([gap.fromMs, gap.lastMessageId], [undefined, undefined]);
  assert.ok("fromMs" in gap && "lastMessageId" in gap, "both fields exist");
  assert.ok(gap.toMs >= from && gap.toMs <= Date.now());
});

test("an async iterator continues across a restart", async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 100 });
  const { client: it } = await connected(t, sim);
  let gaps = 0;
  const feed = await it.feed(
    { deviceId: sim.devices[0].id, table: "system", source: "memory_used" },
    { onGap: () => gaps++ },
  );
  let after = 0;
  let restarted;
  for await (const sample of feed) {
    assert.equal(sample.source, "memory_used");
    if (gaps === 0) restarted ??= sim.restart({ downMs: 20 });
    else if (++after === 3) break;
  }
  await restarted;
  assert.equal(gaps, 1);
  await until(() => sim.feeds().length === 0, "leaving the loop ends the feed at the server");
});

test("a feed that the server refuses to resume ends with its error; the others resume", async (t) => {
  const sim = await simulator(t, { offlineFeed: "error" });
  const { client: it, diary } = await connected(t, sim);
  const [gone, stays] = sim.devices;
  const lost = await it.feed({ deviceId: gone.id, table: "system", source: "cpu_usage" });
  const kept = await it.feed({ deviceId: stays.id, table: "system", source: "cpu_usage" });
  const id = kept.id;
  sim.setOnline(gone.id, false);
  await sim.restart();
  await diary.count("connect", 2);
  const reader = lost[Symbol.asyncIterator]();
  await refused(
    (async () => {
      for (;;) if ((await reader.next()).done) return "done";
    })(),
    "rejected",
    { event: "device:feed" },
  );
  await until(() => kept.id !== id, "the other feed to resume");
  assert.equal(it.stats().openFeeds, 1);
});

test("a feed stopped while disconnected is not resumed; a kick ends all feeds", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim);
  const [device] = sim.devices;
  const stopped = await it.feed({ deviceId: device.id, table: "system", source: "cpu_usage" }, () => {});
  const kept = await it.feed({ deviceId: device.id, table: "system", source: "memory_used" });
  it.once("disconnect", () => void stopped.stop());
  sim.dropAll();
  await diary.count("connect", 2);
  await until(() => sim.feeds().length === 1, "one feed to resume");
  it.emit("marker");
  await until(() => got(sim, "marker").length === 1, "the marker");
  assert.equal(got(sim, "device:feed").length, 3);
  const next = kept[Symbol.asyncIterator]();
  const ended = (async () => {
    for (;;) if ((await next.next()).done) return "done";
  })();
  sim.kick();
  await refused(ended, "disconnected");
  await it.connect();
  assert.equal(it.stats().openFeeds, 0);
  assert.equal(sim.feeds().length, 0);
});

test("stopAllFeeds and emits without a connection", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: { minDelayMs: 600_000, maxDelayMs: 3_600_000 } });
  const [device] = sim.devices;
  const feed = await it.feed({ deviceId: device.id, table: "system", source: "cpu_usage" });
  sim.dropAll();
  await diary.count("reconnecting", 1);
  assert.throws(
    () => it.emit("x"),
    (error) => (isArdexaError(error, "not-connected"), true),
  );
  await refused(it.cmd(device.id, "uptime"), "not-connected", { event: "device:cmd" });
  await refused(it.feed({ deviceId: device.id, table: "system", source: "memory_used" }), "not-connected");
  await refused(it.emitWithAck("x", []), "not-connected");
  await it.stopAllFeeds();
  // Samples from before the loss are still read, then the iteration ends.
  const samples = [];
  for await (const sample of feed) samples.push(sample);
  assert.equal(samples.length, feed.received);
  it.reconnectNow();
  await diary.count("connect", 2);
  it.emit("marker");
  await until(() => got(sim, "marker").length === 1, "the marker");
  assert.deepEqual(
    got(sim).map(({ event }) => event),
    ["device:feed", "marker"],
    "nothing was queued",
  );
});

test("a server that is down at first: the client is usable once it is up", async (t) => {
  const port = await ownPort();
  const url = `http://127.0.0.1:${port}`;
  const { client: it, diary } = client(t, { url, token: "t", reconnect: FAST });
  await refused(it.connect(), "unreachable");
  assert.equal(it.state, "closed");
  assert.deepEqual(
    diary.entries.map(({ name, attempt, willRetry }) => [name, attempt, willRetry]),
    [["connect_error", 1, false]],
  );
  const again = await simulator(t, { port, token: "t" });
  await it.connect();
  assert.equal((await it.cmd(again.devices[0].id, "true")).returnCode, 0);
});
