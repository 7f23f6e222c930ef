import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, connected, next, rpc, settled, simulator, until } from "./support.mjs";

const LIMIT = { timeout: 20_000 };
const NOON = Date.UTC(2023, 7, 9, 2);

async function start(t, options) {
  const sim = await simulator(t, options);
  const socket = await connected(t, sim);
  const deviceId = sim.devices[0].id;
  const request = { requestId: "f", deviceId, table: "solar", source: "inverter-01" };
  return { sim, socket, deviceId, request };
}

test("one field: payloads as on the API page", LIMIT, async (t) => {
  const { socket, deviceId, request } = await start(t, { now: () => NOON, startHour: 12 });
  const first = next(socket, "device:feed:reply");
  const opened = await rpc(socket, "device:feed", { ...request, field: "AC Power" });
  assert.deepEqual(Object.keys(opened), ["requestId", "feedId"]);
  const sample = await first;
  assert.deepEqual(Object.keys(sample), [
    "feedId",
    "event_time",
    "table",
    "source",
    "device",
    "messageId",
    "value",
    "requestId",
  ]);
  const { messageId, value, ...rest } = sample;
  assert.deepEqual(rest, {
    feedId: opened.feedId,
    event_time: "2023-08-09T02:00:00.000Z",
    table: "solar",
    source: "inverter-01",
    device: deviceId,
    requestId: "f",
  });
  assert.match(messageId, /^\d+$/);
  assert.equal(typeof value, "number");
  assert.ok(value > 5_000, "noon at the plant");
});

test("a whole CSV line, in the order of the fields; no requestId if none was sent", LIMIT, async (t) => {
  const { sim, socket, request } = await start(t, { now: () => NOON, startHour: 12 });
  const { requestId, ...without } = request;
  const first = next(socket, "device:feed:reply");
  assert.deepEqual(Object.keys(await rpc(socket, "device:feed", without)), ["feedId"]);
  const sample = await first;
  assert.ok(!("requestId" in sample));
  const { fields } = sim.devices[0].tables.find((t) => t.name === "solar").sources[0];
  assert.equal(sample.value.length, fields.length);
  assert.equal(fields[0].name, "AC Power");
});

test("values are a function of seed and time", LIMIT, async (t) => {
  const values = [];
  for (const seed of [3, 3, 4]) {
    const { socket, request } = await start(t, { seed, now: () => NOON });
    const first = next(socket, "device:feed:reply");
    await rpc(socket, "device:feed", request);
    values.push((await first).value);
  }
  assert.deepEqual(values[0], values[1]);
  assert.notDeepEqual(values[0], values[2]);
});

test("every source of the fleet produces values of its kind", LIMIT, async (t) => {
  const { sim, socket } = await start(t, { startHour: 12, samplesPerSecond: 200 });
  const types = { csv: "object", decimal: "number", integer: "number", bool: "boolean", log: "string" };
  for (const device of sim.devices.slice(0, 5)) {
    for (const table of device.tables) {
      for (const source of table.sources) {
        const first = next(socket, "device:feed:reply");
        await rpc(socket, "device:feed", { deviceId: device.id, table: table.name, source: source.name });
        assert.equal(typeof (await first).value, types[source.expect], source.name);
        socket.emit("device:feed:stopAll");
        await settled(socket);
        await settled(socket);
      }
    }
  }
});

test("unknown table, source and field are errors", LIMIT, async (t) => {
  const { socket, request } = await start(t);
  for (const [change, message] of /** @type {[object, string][]} */ ([
    [{ table: "none" }, "Unknown table: none"],
    [{ source: "none" }, "Unknown source: none"],
    [{ field: "none" }, "Unknown field"],
    [{ table: "system", source: "cpu_usage", field: "x" }, "Not a CSV source: it has no fields"],
  ])) {
    assert.deepEqual(await rpc(socket, "device:feed", { ...request, ...change }), {
      requestId: "f",
      error: { message },
    });
  }
  assert.deepEqual(await rpc(socket, "device:feed", { ...request, table: undefined }), {
    requestId: "f",
    error: "Missing parameter: table",
  });
});

test("5,000 samples a second: none is lost or duplicated", LIMIT, async (t) => {
  const { sim, socket, request } = await start(t);
  let count = 0;
  let last;
  const ids = new Set();
  const times = [];
  socket.on("device:feed:reply", (sample) => {
    count++;
    ids.add(sample.messageId);
    if (last !== undefined) assert.equal(Number(sample.messageId), last + 1);
    last = Number(sample.messageId);
    times.push(Date.parse(sample.event_time));
  });
  const started = performance.now();
  await rpc(socket, "device:feed", { ...request, field: "AC Power", samplesPerSecond: 5_000 });
  await until(() => count >= 5_000);
  const seconds = (performance.now() - started) / 1_000;
  assert.ok(seconds > 0.95, `no faster than the clock: ${seconds}`);
  assert.equal(ids.size, count);
  assert.ok(times.at(-1) - times[0] >= 990, "event times advance with the clock");
  socket.emit("device:feed:stopAll");
  await settled(socket);
  assert.equal(sim.stats().samples, count);
  assert.equal(sim.stats().samplesSkipped, 0);
});

test("setRate applies to open feeds and to the default", LIMIT, async (t) => {
  const { sim, socket, request } = await start(t, { samplesPerSecond: 0.001 });
  const samples = collect(socket, "device:feed:reply");
  await rpc(socket, "device:feed", request);
  sim.setRate(1_000);
  await until(() => samples.length > 20);
  assert.equal(sim.feeds()[0].samplesPerSecond, 1_000);
  assert.throws(() => sim.setRate(-1), /rate/);
});

test("stop ends one feed without a reply; it cannot end another connection's feed", LIMIT, async (t) => {
  const { sim, socket, request } = await start(t);
  const other = await connected(t, sim);
  const { feedId } = await rpc(socket, "device:feed", request);
  const { feedId: second } = await rpc(socket, "device:feed", request);
  other.emit("device:feed:stop", { feedId });
  await settled(other);
  assert.equal(sim.feeds().length, 2);
  const heard = [];
  socket.onAny((event) => heard.push(event));
  socket.emit("device:feed:stop", { feedId });
  await settled(socket);
  assert.deepEqual(
    sim.feeds().map((f) => f.feedId),
    [second],
  );
  assert.ok(!heard.some((event) => event.startsWith("device:feed:stop")));
});

test("stop replies, by option", LIMIT, async (t) => {
  const { socket, request } = await start(t, { replyToStop: true });
  const { feedId } = await rpc(socket, "device:feed", request);
  assert.deepEqual(await rpc(socket, "device:feed:stop", { requestId: "s", feedId }), {
    requestId: "s",
    feedId,
    complete: true,
  });
  assert.deepEqual(await rpc(socket, "device:feed:stopAll"), { complete: true });
});

test("stopAll ends the feeds of its connection, and so does a lost connection", LIMIT, async (t) => {
  const { sim, socket, request } = await start(t);
  const other = await connected(t, sim);
  await rpc(socket, "device:feed", request);
  await rpc(other, "device:feed", request);
  socket.emit("device:feed:stopAll");
  await settled(socket);
  assert.deepEqual(
    sim.feeds().map((f) => f.socketId),
    [other.id],
  );
  other.close();
  await until(() => sim.feeds().length === 0);
});

test("an offline device's feed is silent and resumes later", LIMIT, async (t) => {
  const { sim, socket, deviceId, request } = await start(t, { samplesPerSecond: 500 });
  const samples = collect(socket, "device:feed:reply");
  await rpc(socket, "device:feed", request);
  await until(() => samples.length > 3);
  sim.setOnline(deviceId, false);
  await settled(socket);
  const { length } = samples;
  const { sent } = sim.feeds()[0];
  assert.equal(sent, length);
  await rpc(socket, "device:feed", { ...request, requestId: "while offline" });
  assert.equal(sim.feeds().length, 2);
  sim.setOnline(deviceId, true);
  await until(() => samples.some((s) => s.requestId === "while offline"));
  await until(() => samples.length > length + 10);
});

test("opening a feed of an offline device fails, by option", LIMIT, async (t) => {
  const { sim, socket, deviceId, request } = await start(t, { offlineFeed: "error" });
  sim.setOnline(deviceId, false);
  assert.deepEqual(await rpc(socket, "device:feed", request), {
    requestId: "f",
    error: { message: "Device is offline" },
  });
});

test("samples before the rpc, under another event name, by option", LIMIT, async (t) => {
  const { socket, request } = await start(t, { samplesBeforeRpc: 3, feedEvent: "device:feed:data" });
  const order = [];
  socket.onAny((event) => order.push(event));
  await rpc(socket, "device:feed", request);
  assert.deepEqual(order.slice(0, 4), ["device:feed:data", "device:feed:data", "device:feed:data", "device:feed:rpc"]);
});

test("feeds per connection are limited", LIMIT, async (t) => {
  const { socket, request } = await start(t, { maxFeeds: 1 });
  await rpc(socket, "device:feed", request);
  assert.deepEqual(await rpc(socket, "device:feed", request), { requestId: "f", error: "Too many feeds" });
});
