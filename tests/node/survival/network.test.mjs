// One network fault at a time, over TCP: bytes that arrive late, one by one, not at all, or corrupted.
// ../endurance/flap.mjs combines all faults for minutes, from a seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { proxy } from "../lib/proxy.mjs";
import { TlsWebSocket, terminator } from "../lib/tls.mjs";
import { client, got, refused, simulator, until } from "./lib/support.mjs";

/**
 * A simulator behind a proxy. Each connection takes the next of these fates; later ones have no fault.
 * @typedef {import("../lib/proxy.mjs").Fate} Fate
 *
 * @param {import("node:test").TestContext} t
 * @param {Partial<import("ardexa-client").ClientOptions>
 *   & {fates?: Fate[], sim?: import("../../../www/simulator/options.mjs").SimulatorOptions}} [options]
 */
async function behind(t, { fates = [], sim: options = {}, ...clientOptions } = {}) {
  const sim = await simulator(t, { samplesPerSecond: 200, ...options });
  const network = await proxy(t, sim.port);
  network.fates.push(...fates);
  const made = client(t, {
    url: `http://127.0.0.1:${network.port}`,
    workgroup: sim.workgroup,
    token: sim.token,
    ...clientOptions,
  });
  const request = { deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" };
  return { sim, network, request, deviceId: sim.devices[0].id, it: made.client, ...made };
}

/** A feed that records the server's sample numbers; a device with a single feed numbers them without holes. */
async function numbered(it, request, options) {
  const numbers = [];
  const feed = await it.feed(request, ({ messageId }) => numbers.push(Number(messageId)), options);
  return { feed, numbers };
}

const rising = (numbers) => numbers.every((number, at) => at === 0 || number === numbers[at - 1] + 1);

test("single bytes in both directions change nothing", async (t) => {
  const { it, deviceId, request } = await behind(t, {
    fates: [{ kind: "none", maxPieces: 400, maxDelayMs: 1 }],
    sim: { samplesPerSecond: 20 },
  });
  await it.connect();
  const { numbers } = await numbered(it, request);
  const text = "é日本🌞".repeat(4);
  assert.equal((await it.cmd(deviceId, `echo ${text}`)).stdout.trim(), text);
  await until(() => numbers.length >= 10);
  assert.ok(rising(numbers), String(numbers));
  assert.equal(it.stats().connections, 1);
});

for (const [way, who] of /** @type {const} */ ([
  ["down", "the server's"],
  ["up", "the client's"],
])) {
  test(`${who} direction is closed and the other one stays open: a transport close, and everything resumes`, async (t) => {
    const { it, diary, request, sim } = await behind(t, {
      fates: [{ kind: "half-close", way, afterBytes: way === "down" ? 8_000 : 700 }],
    });
    await it.connect();
    let gaps = 0;
    const { numbers } = await numbered(it, request, { onGap: () => gaps++ });
    const call = it.cmd(request.deviceId, "slow", { timeoutMs: Infinity });
    const code = call.then(
      () => "answered",
      (error) => error.code,
    );
    // Upwards, the fault occurs only after enough bytes.
    if (way === "up") for (let n = 0; n < 40 && it.state === "connected"; n++) it.emit("filler", "x".repeat(30));
    await diary.count("connect", 2);
    assert.equal(diary.of("disconnect")[0].reason, "transport close");
    assert.equal(await code, "disconnected");
    await until(() => gaps === 1);
    const { length } = numbers;
    await until(() => numbers.length > length + 5);
    assert.ok(got(sim, "device:cmd").length <= 1, "never sent twice");
  });
}

/** Connects with a short `connectTimeoutMs`, which a busy machine may exceed. */
const connects = (it) =>
  until(
    () =>
      it.connect().then(
        () => true,
        () => false,
      ),
    "a connection",
  );

test("a stall that ends in time loses nothing; a longer one is a ping timeout", async (t) => {
  const { it, diary, network, request } = await behind(t, {
    fates: [
      { kind: "stall", afterBytes: 6_000, stallMs: 300 },
      { kind: "stall", afterBytes: 6_000 },
    ],
    sim: { pingIntervalMs: 1_000, pingTimeoutMs: 1_500 },
  });
  await it.connect();
  const { numbers } = await numbered(it, request);
  await until(() => numbers.length > 200);
  assert.ok(rising(numbers));
  assert.deepEqual(diary.names(), ["connect"]);
  network.passages[0].reset();
  await diary.count("connect", 3);
  assert.deepEqual(
    diary.of("disconnect").map(({ reason }) => reason),
    ["transport close", "ping timeout"],
  );
});

test("a reset in the middle of a frame: no partial frame is delivered", async (t) => {
  const fates = Array.from(
    { length: 6 },
    (_, n) => /** @type {Fate} */ ({ kind: "reset", afterBytes: 3_000 + n * 37 }),
  );
  const { it, diary, request } = await behind(t, { fates });
  await it.connect();
  const order = [];
  await it.feed(request, (sample) => {
    assert.deepEqual(Object.keys(sample).slice(0, 2), ["feedId", "event_time"]);
    order.push([sample.feedId, Number(sample.messageId)]);
  });
  await diary.count("connect", fates.length + 1);
  for (const feedId of new Set(order.map(([id]) => id)))
    assert.ok(rising(order.filter(([id]) => id === feedId).map(([, number]) => number)));
  assert.ok(diary.of("disconnect").every(({ reason }) => reason === "transport close" || reason === "transport error"));
  assert.equal(diary.of("warning").length, 0);
});

test("a refused connection is unreachable", async (t) => {
  const { it, deviceId } = await behind(t, { fates: [{ kind: "refuse" }], reconnect: false });
  await refused(it.connect(), "unreachable");
  await it.connect();
  assert.equal((await it.cmd(deviceId, "true")).returnCode, 0);
});

test("a black hole is a timeout of the attempt", async (t) => {
  const { it, deviceId } = await behind(t, {
    fates: [{ kind: "black hole" }],
    connectTimeoutMs: 500,
    reconnect: false,
  });
  await refused(it.connect(), "timeout");
  await connects(it);
  assert.equal((await it.cmd(deviceId, "true")).returnCode, 0);
});

test("a flipped bit without TLS: an error or different data, and the client survives", async (t) => {
  const places = Array.from({ length: 36 }, (_, n) => 40 + n * 20);
  const { it, diary, request, deviceId, network } = await behind(t, {
    fates: places.map(
      (afterBytes, n) => /** @type {Fate} */ ({ kind: "corrupt", afterBytes, way: n % 3 ? "down" : "up" }),
    ),
    connectTimeoutMs: 250,
    reconnect: false,
  });
  const codes = new Set();
  for (const place of places) {
    const outcome = await it
      .connect()
      .then(async () => {
        const feed = await it.feed(request, () => {}, { timeoutMs: 200 });
        await it.cmd(deviceId, "true", { timeoutMs: 200 });
        await feed.stop();
        return "success";
      })
      .catch((error) => error.code);
    assert.ok(
      [
        "success",
        "unreachable",
        "unauthorized",
        "timeout",
        "disconnected",
        "closed",
        "protocol",
        "rejected",
        "not-connected",
      ].includes(outcome),
      `${place}: ${outcome}`,
    );
    codes.add(outcome);
    await it.close();
    assert.deepEqual([it.stats().openRequests, it.stats().openFeeds], [0, 0]);
  }
  assert.ok(
    network.passages.filter(({ struck }) => struck).length > places.length / 2,
    "the fault occurred on most connections",
  );
  assert.ok(codes.size >= 3, [...codes].join());
  await connects(it);
  assert.equal((await it.cmd(deviceId, "true")).returnCode, 0);
  assert.ok(diary.of("disconnect").every(({ reason }) => typeof reason === "string"));
});

test("a flipped bit under TLS ends the connection: all samples before it are intact", async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 200 });
  const tls = await terminator(() => sim.port);
  t.after(() => tls.close());
  const network = await proxy(t, tls.port);
  for (let n = 0; n < 10; n++) network.fates.push({ kind: "corrupt", afterBytes: 6_000 + n * 101 });
  const { client: it, diary } = client(t, {
    url: `https://127.0.0.1:${network.port}`,
    workgroup: sim.workgroup,
    token: sim.token,
    webSocket: TlsWebSocket,
  });
  await it.connect();
  const request = { deviceId: sim.devices[0].id, table: "system", source: "memory_used" };
  const order = [];
  await it.feed(request, (sample) => order.push([sample.feedId, Number(sample.messageId)]));
  await diary.count("connect", 11);
  assert.equal(network.passages.filter(({ struck }) => struck).length, 10);
  const { length } = order;
  await until(() => order.length > length + 5);
  for (const feedId of new Set(order.map(([id]) => id)))
    assert.ok(rising(order.filter(([id]) => id === feedId).map(([, number]) => number)));
  assert.ok(diary.of("disconnect").every(({ reason }) => reason.startsWith("transport")));
});
