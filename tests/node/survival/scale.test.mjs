// Large numbers: everything settles correctly and in bounded time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { spentMs } from "../../../benches/lib/measure.mjs";
import { client, connected, FAST, got, refused, simulator, until } from "./lib/support.mjs";
import { event, rawServer } from "./lib/raw-server.mjs";

const BOUND_MS = 20_000;

test("10,000 concurrent commands each get their own reply", async (t) => {
  const sim = await simulator(t, { maxReceived: 20_000 });
  const { client: it } = await connected(t, sim);
  const { id } = sim.devices[0];
  const began = performance.now();
  const calls = Array.from({ length: 10_000 }, (_, n) => it.cmd(id, `echo ${n}`));
  assert.equal(it.stats().openRequests, 10_000);
  const replies = await Promise.all(calls);
  const tookMs = performance.now() - began;
  replies.forEach(({ stdout }, n) => assert.equal(stdout.trim(), String(n)));
  assert.equal(it.stats().openRequests, 0);
  assert.equal(new Set(got(sim, "device:cmd").map(({ payload }) => payload.requestId)).size, 10_000);
  assert.ok(tookMs < BOUND_MS, `${tookMs} ms`);
  t.diagnostic(`10,000 commands: ${Math.round(tookMs)} ms, including the server's time`);
});

test("10,000 requests with replies in reverse order, a third refused, a third aborted", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url });
  await it.connect();
  const [link] = server.links;
  const ids = [];
  link.onFrame = (frame) => {
    ids.push(JSON.parse(String(frame).slice(2))[1].requestId);
    if (ids.length < 10_000) return;
    for (let n = 9_999; n >= 0; n--) {
      if (n % 3 === 0) link.send(event("many:rpc", { requestId: ids[n], n }));
      if (n % 3 === 1) link.send(event("many:rpc", { requestId: ids[n], error: `no ${n}` }));
    }
  };
  const aborts = [];
  // Processor time, since much else runs beside this. How long a request may wait is bounded by its timeout.
  const began = spentMs();
  const calls = Array.from({ length: 10_000 }, (_, n) => {
    const abort = new AbortController();
    if (n % 3 === 2) aborts.push(abort);
    return it.request("many", { n }, { signal: abort.signal }).then(
      (/** @type {{n: number}} */ reply) => reply.n,
      (error) => `${error.code} ${error.data ?? ""}`,
    );
  });
  await until(() => ids.length === 10_000);
  for (const abort of aborts) abort.abort();
  const outcomes = await Promise.all(calls);
  const tookMs = spentMs() - began;
  outcomes.forEach((outcome, n) => assert.equal(outcome, [n, `rejected no ${n}`, "aborted "][n % 3]));
  assert.equal(it.stats().openRequests, 0);
  assert.deepEqual(diary.names(), ["connect"]);
  assert.ok(tookMs < BOUND_MS, `${tookMs} ms`);
  t.diagnostic(`10,000 requests, mixed outcomes: ${Math.round(tookMs)} ms of processor time`);
});

test("10,000 open requests and a lost connection: all reject, and the client reconnects", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url, reconnect: FAST });
  await it.connect();
  const calls = Array.from({ length: 10_000 }, (_, n) => it.request("many", { n }).catch((error) => error.code));
  const began = performance.now();
  server.links[0].cut();
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["disconnected"]));
  const tookMs = performance.now() - began;
  await diary.count("connect", 2);
  assert.equal(it.stats().openRequests, 0);
  assert.ok(tookMs < BOUND_MS, `${tookMs} ms`);
  t.diagnostic(`10,000 rejections after a loss: ${Math.round(tookMs)} ms`);
});

test("10,000 concurrent timeouts", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url });
  await it.connect();
  const calls = Array.from({ length: 10_000 }, (_, n) =>
    it.request("many", { n }, { timeoutMs: 1 + (n % 50) }).catch((error) => error.code),
  );
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["timeout"]));
  assert.equal(it.stats().openRequests, 0);
  assert.deepEqual(diary.names(), ["connect"]);
});

test("1,000 feeds on one connection: after a restart all resume, once each", async (t) => {
  const sim = await simulator(t, { devices: 250, samplesPerSecond: 2 });
  const { client: it, diary } = await connected(t, sim);
  for (const { id } of sim.devices) sim.setOnline(id, true);
  const requests = sim.devices.flatMap(({ id }) =>
    ["cpu_usage", "memory_used", "cabinet_door", "agent/log"].map((source) => ({
      deviceId: id,
      table: "system",
      source,
    })),
  );
  assert.equal(requests.length, 1_000);
  const gaps = new Map();
  const counts = new Map();
  const key = ({ deviceId, source }) => `${deviceId} ${source}`;
  const feeds = await Promise.all(
    requests.map((request) => {
      const name = key(request);
      const onGap = () => gaps.set(name, (gaps.get(name) ?? 0) + 1);
      return it.feed(
        request,
        (sample) => {
          if (sample.device !== request.deviceId || sample.source !== request.source) counts.set("wrong", sample);
          counts.set(name, (counts.get(name) ?? 0) + 1);
        },
        { onGap },
      );
    }),
  );
  assert.equal(sim.feeds().length, 1_000);
  await until(() => counts.size === 1_000, "a sample of each feed");
  const before = new Set(feeds.map((feed) => feed.id));

  const began = performance.now();
  const restarted = sim.restart({ downMs: 20 });
  await until(() => gaps.size === 1_000, "a gap of each feed");
  const tookMs = performance.now() - began;
  await restarted;
  assert.ok([...gaps.values()].every((count) => count === 1));
  assert.equal(diary.of("connect").length, 2);
  assert.equal(got(sim, "device:feed").length, 2_000);
  assert.deepEqual(
    got(sim, "device:feed")
      .slice(1_000)
      .map(({ payload }) => key(payload)),
    requests.map(key),
    "once each, in order of creation",
  );
  assert.equal(sim.feeds().length, 1_000);
  assert.ok(feeds.every((feed) => !before.has(feed.id)));
  assert.deepEqual(new Set(feeds.map((feed) => feed.id)), new Set(sim.feeds().map(({ feedId }) => feedId)));
  counts.clear();
  await until(() => counts.size === 1_000, "more samples of each feed");
  assert.equal(counts.get("wrong"), undefined);
  assert.ok(tookMs < BOUND_MS, `${tookMs} ms`);
  t.diagnostic(`1,000 feeds resumed: ${Math.round(tookMs)} ms after the crash, including 20 ms of downtime`);

  const stopping = performance.now();
  await Promise.all(feeds.map((feed) => feed.stop()));
  await until(() => sim.feeds().length === 0, "all feeds to stop");
  t.diagnostic(`1,000 stops: ${Math.round(performance.now() - stopping)} ms`);
  assert.equal(it.stats().openFeeds, 0);
});

test("1,000 subscribers share one feed until the last of them stops", async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 20 });
  const { client: it } = await connected(t, sim);
  const request = { deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" };
  const feeds = await Promise.all(Array.from({ length: 1_000 }, () => it.feed(request, () => {})));
  assert.equal(got(sim, "device:feed").length, 1);
  await until(() => feeds.every((feed) => feed.received > 0));
  for (const feed of feeds.slice(1)) await feed.stop();
  assert.equal(sim.feeds().length, 1);
  assert.equal(got(sim, "device:feed:stop").length, 0);
  await feeds[0].stop();
  await until(() => sim.feeds().length === 0);
  assert.equal(got(sim, "device:feed:stop").length, 1);
});

test("100 clients of a restarting server all reconnect, not in step", async (t) => {
  const sim = await simulator(t);
  const clients = await Promise.all(
    Array.from({ length: 100 }, () => connected(t, sim, { reconnect: { minDelayMs: 50, maxDelayMs: 400 } })),
  );
  const restarted = sim.restart({ downMs: 30 });
  await Promise.all(clients.map(({ diary }) => diary.count("connect", 2)));
  await restarted;
  const delays = clients.map(({ diary }) => diary.of("reconnecting")[0].delayMs);
  assert.ok(new Set(delays).size > 50, `${new Set(delays).size} different delays`);
  const calls = clients.map(({ client: it }) => it.cmd(sim.devices[0].id, "true"));
  assert.ok((await Promise.all(calls)).every(({ returnCode }) => returnCode === 0));
  await Promise.all(clients.map(({ client: it }) => it.close()));
  await refused(clients[0].client.cmd("x", "x"), "closed");
});
