/** `feeds-to-mqtt/`: feeds on a real MQTT broker. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { namesOf, shardOf, statusTopicOf, topicOf } from "../../www/recipes/feeds-to-mqtt/topics.mjs";
import { simulator } from "../node/lib/cloud.mjs";
import { until as wait } from "../node/lib/until.mjs";
import { broker } from "./lib/broker.mjs";
import { cloudOf, scratch, start } from "./lib/recipe.mjs";

/** Longer than for other tests: several processes share two busy cores. */
const LIMIT = { timeout: 120_000 };
const until = (condition, what) => wait(condition, what, 60_000);
const BRIDGE = "feeds-to-mqtt/bridge.mjs";
const SHARD = { number: 1, of: 1 };

/** @param {import("node:test").TestContext} t @param {object[]} feeds */
function feedsFile(t, feeds) {
  const file = join(scratch(t), "feeds.json");
  writeFileSync(file, JSON.stringify(feeds));
  return file;
}

/** Starts a bridge of these feeds from a simulator to a broker. */
function bridge(t, { sim, url, feeds, args = [], env = {} }) {
  return start(t, BRIDGE, [feedsFile(t, feeds), ...args], { env: { ...cloudOf(sim), MQTT_URL: url, ...env } });
}

/** A plain copy, whose properties can be replaced; the simulator's are getters. */
const cloudOnly = ({ url, workgroup, token }) => ({ url, workgroup, token });
const solar = (device, more = {}) => ({ deviceId: device.id, table: "solar", source: "inverter-01", ...more });
const ids = (payloads) => payloads.map(({ messageId }) => Number(messageId));
const rising = (numbers) => numbers.every((number, index) => index === 0 || number > numbers[index - 1]);

test("samples arrive under their topic, in order and complete; SIGTERM ends it cleanly", LIMIT, async (t) => {
  const [sim, mqtt] = [await simulator(t), await broker(t)];
  const seen = await mqtt.listener();
  const [device] = sim.devices;
  const feeds = [solar(device), solar(device, { field: "AC Power" })];
  const { child, ended } = bridge(t, { sim, url: mqtt.url, feeds });
  const [all, one] = feeds.map((feed) => topicOf(sim.workgroup, feed));
  assert.equal(one, `ardexa/demo/${device.id}/solar/inverter-01/AC Power`);
  await until(() => seen.on(all).length > 50 && seen.on(one).length > 50, "fifty samples of each");

  child.kill("SIGTERM");
  const { code, signal, stderr } = await ended;
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
  await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0, "no feed left at the cloud");
  const status = statusTopicOf(sim.workgroup, SHARD);
  const last = await until(() => seen.on(status).find(({ state }) => state === "down"), "the last status");
  assert.deepEqual(last, {
    state: "down",
    feeds: 0,
    published: seen.on(all).length + seen.on(one).length,
    waiting: 0,
    dropped: 0,
  });
  assert.equal(seen.on(status)[0].state, "up");

  for (const { topic, qos, retain } of seen.messages)
    if (topic !== status) assert.deepEqual({ qos, retain }, { qos: 1, retain: false });
  const { fields } = device.tables[0].sources[0];
  for (const { event_time, value } of seen.on(all)) {
    assert.ok(!Number.isNaN(Date.parse(event_time)));
    assert.equal(value.length, fields.length);
  }
  // One counter per device over both feeds: nothing is missing or duplicated.
  const numbers = [...ids(seen.on(all)), ...ids(seen.on(one))].sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => numbers[0] + index),
  );
  assert.ok(rising(ids(seen.on(all))) && rising(ids(seen.on(one))));
});

test("names that a topic cannot contain are escaped, and can be restored", LIMIT, async (t) => {
  const names = ["a/b", "+", "#", "100%", "%2F", "$gap", "a$b", "Zähler 1 ☀", "tab\there", "nul\0", "..", " "];
  for (const source of names) {
    const topic = topicOf("w$/+", { deviceId: "d#", table: "t/1", source, field: source });
    assert.doesNotMatch(topic, /[+#\u0000-\u001f]/);
    assert.equal(topic.split("/").length, 6);
    assert.ok(!topic.includes("/$"));
    assert.deepEqual(namesOf(topic), ["ardexa", "w$/+", "d#", "t/1", source, source]);
  }
  assert.equal(new Set(names.map((source) => topicOf("w", { deviceId: "d", table: "t", source }))).size, names.length);

  // A source with such a name, configured on a device and followed through the broker.
  const [sim, mqtt] = [await simulator(t, { samplesPerSecond: 50 }), await broker(t)];
  const seen = await mqtt.listener();
  const [device] = sim.devices;
  const source = "loop #1 + 2/3 ☀";
  device.tables.push({ name: "odd", sources: [{ ...device.tables[0].sources[0], name: source }] });
  bridge(t, { sim, url: mqtt.url, feeds: [{ deviceId: device.id, table: "odd", source }] });
  await until(
    () => seen.on(`ardexa/demo/${device.id}/odd/loop %231 %2B 2%2F3 ☀`).length > 5,
    "samples under the escaped name",
  );
});

test("shards are disjoint and complete, and each device's feeds stay together", LIMIT, async (t) => {
  const devices = Array.from({ length: 2_000 }, (_, index) => `device-${index}`);
  for (const of of [1, 2, 3, 8, 64]) {
    const sizes = new Array(of).fill(0);
    for (const id of devices) {
      const shard = shardOf(id, of);
      assert.ok(Number.isInteger(shard) && shard >= 1 && shard <= of);
      sizes[shard - 1]++;
    }
    const fair = devices.length / of;
    for (const size of sizes)
      assert.ok(Math.abs(size - fair) < 5 * Math.sqrt(fair), `${of} shards: one has ${size} of ${fair}`);
  }
  // Must never change: two versions of the bridge may run side by side.
  assert.deepEqual(
    ["device-0", "device-1", "Zähler", ""].map((id) => shardOf(id, 8)),
    [3, 2, 8, 3],
  );

  const [sim, mqtt] = [await simulator(t, { devices: 40, samplesPerSecond: 20 }), await broker(t)];
  const seen = await mqtt.listener();
  const feeds = sim.devices.flatMap(({ id, tables }) => {
    const { name: table, sources } = tables[0];
    return sources.slice(0, 2).map(({ name: source }) => ({ deviceId: id, table, source }));
  });
  for (const { id } of sim.devices) sim.setOnline(id, true);
  const started = [1, 2, 3].map((number) => bridge(t, { sim, url: mqtt.url, feeds, args: ["--shard", `${number}/3`] }));
  await until(() => sim.stats().feeds === feeds.length, "all feeds");
  const wanted = feeds.map((feed) => topicOf(sim.workgroup, feed)).sort();
  await until(() => wanted.every((topic) => seen.on(topic).length > 2), "samples of all");

  assert.equal(sim.stats().connected, 3, "one connection for each process");
  const key = ({ deviceId, table, source }) => JSON.stringify([deviceId, table, source]);
  assert.deepEqual(sim.feeds().map(key).sort(), feeds.map(key).sort(), "each feed once");
  const owner = new Map();
  for (const { deviceId, socketId } of sim.feeds()) {
    assert.equal(owner.get(deviceId) ?? socketId, socketId, "all feeds of a device in one process");
    owner.set(deviceId, socketId);
  }
  assert.equal(new Set(owner.values()).size, 3, "each process has a share");

  const listed = await Promise.all(
    [1, 2, 3].map(async (number) => {
      const { code, stdout } = await start(t, BRIDGE, [feedsFile(t, feeds), "--list", "--shard", `${number}/3`], {
        env: cloudOf(sim),
      }).ended;
      assert.equal(code, 0);
      return stdout.trimEnd().split("\n");
    }),
  );
  assert.deepEqual(listed.flat().sort(), wanted);
  for (const { child } of started) child.kill("SIGTERM");
  for (const { ended } of started) assert.equal((await ended).code, 0);
});

test(
  "after a lost cloud connection it resumes and publishes the gap; a refused feed is requested again",
  LIMIT,
  async (t) => {
    const [sim, mqtt] = [await simulator(t), await broker(t)];
    const seen = await mqtt.listener();
    const [device] = sim.devices;
    const unknown = { deviceId: device.id, table: "later", source: "inverter-01" };
    const { output } = bridge(t, { sim, url: mqtt.url, feeds: [solar(device), unknown] });
    const topic = topicOf(sim.workgroup, solar(device));
    await until(() => seen.on(topic).length > 5 && output.stderr.includes("/later/"), "samples, and a refusal");
    device.tables.push({ name: "later", sources: device.tables[0].sources });
    await sim.restart();
    const [gap] = await until(() => seen.on(`${topic}/$gap`).length > 0 && seen.on(`${topic}/$gap`), "the gap");
    assert.ok(gap.fromMs <= gap.toMs);
    const before = seen.on(topic).findIndex(({ messageId }) => messageId === gap.lastMessageId);
    assert.ok(before >= 0, "the last sample before the gap was published");
    await until(() => seen.on(topic).length > before + 5, "samples after it");
    await until(
      () => seen.on(topicOf(sim.workgroup, unknown)).length > 5,
      "samples of the feed that was refused at first",
    );
    assert.ok(rising(ids(seen.on(topic))));
  },
);

test("without a broker messages are kept: none is lost, and all arrive in order", LIMIT, async (t) => {
  const [sim, mqtt] = [await simulator(t), await broker(t)];
  const [device] = sim.devices;
  const seen = await mqtt.listener();
  const { child, output, ended } = bridge(t, {
    sim,
    url: mqtt.url,
    feeds: [solar(device)],
    args: ["--queue", "100000"],
  });
  const topic = topicOf(sim.workgroup, solar(device));
  await until(() => seen.on(topic).length > 5, "samples");
  await mqtt.stop();
  await until(() => output.stderr.includes("no connection to the broker"), "the loss to be noticed");
  const sent = sim.stats().samples;
  await until(() => sim.stats().samples > sent + 100, "samples meanwhile");
  await mqtt.start();
  await until(
    () => output.stderr.match(/connected to the broker/g).length === 2 && seen.connected,
    "both connections to the broker",
  );
  sim.setRate(50);
  const again = sim.stats().samples;
  await until(() => sim.stats().samples > again + 50, "further samples");
  sim.setRate(0);
  await until(() => ids(seen.on(topic)).at(-1) === device.messages, "the last sample");
  assert.ok(rising([...new Set(ids(seen.on(topic)))]));
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const { published, waiting, dropped } = JSON.parse(/^ended: (.*)$/m.exec(stderr)[1]);
  // Each was acknowledged by the old broker or the new one.
  assert.deepEqual({ published, waiting, dropped }, { published: sim.stats().samples, waiting: 0, dropped: 0 });
});

test("SIGTERM ends it if both connections are lost, and if there never were any", LIMIT, async (t) => {
  const [sim, mqtt] = [await simulator(t), await broker(t)];
  const feeds = [solar(sim.devices[0])];
  const [was, never] = [
    bridge(t, { sim, url: mqtt.url, feeds }),
    bridge(t, { sim: { ...cloudOnly(sim), url: "http://127.0.0.1:1" }, url: "mqtt://127.0.0.1:1", feeds }),
  ];
  await until(
    () => sim.stats().feeds === 1 && was.output.stderr.includes("connected to the broker"),
    "both connections",
  );
  await Promise.all([sim.close(), mqtt.stop()]);
  await until(
    () => /no connection to the cloud/.test(was.output.stderr) && /no connection to the broker/.test(was.output.stderr),
    "both losses",
  );
  await until(
    () => /cloud: /.test(never.output.stderr) && /no connection to the broker/.test(never.output.stderr),
    "both failures",
  );
  for (const { child, ended } of [was, never]) {
    child.kill("SIGTERM");
    const { code, signal, stderr } = await ended;
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
  }
});

for (const qos of ["0", "1"]) {
  test(
    `a stalled broker does not cost memory: the oldest samples are dropped and counted (QoS ${qos})`,
    LIMIT,
    async (t) => {
      const [sim, mqtt] = [await simulator(t, { samplesPerSecond: 20_000, pingIntervalMs: 100 }), await broker(t)];
      const [device] = sim.devices;
      const seen = await mqtt.listener();
      const { child, ended } = bridge(t, {
        sim,
        url: mqtt.url,
        feeds: [solar(device)],
        args: ["--queue", "50", "--qos", qos],
      });
      const topic = topicOf(sim.workgroup, solar(device));
      await until(() => seen.on(topic).length > 5, "samples");
      mqtt.pause();
      // Far more than the queue, the unacknowledged messages and the system's socket buffers hold.
      const sent = sim.stats().samples;
      await until(() => sim.stats().samples > sent + 20_000, "samples meanwhile");
      sim.setRate(0);
      // A pong arrives after everything sent before its ping; the first may answer an earlier ping.
      let pongs = 0;
      sim.sockets[0].conn.on("heartbeat", () => pongs++);
      await until(() => pongs === 2, "the bridge to have received them all");
      mqtt.resume();
      child.kill("SIGTERM");
      const { code, stderr } = await ended;
      assert.equal(code, 0, stderr);
      const { published, waiting, dropped } = JSON.parse(/^ended: (.*)$/m.exec(stderr)[1]);
      assert.deepEqual({ waiting, all: published + dropped }, { waiting: 0, all: sim.stats().samples }, stderr);
      if (qos === "1") assert.ok(dropped > 20_000 - 50 - 100, `only ${dropped} dropped`);
      else assert.ok(dropped > 0);
      assert.ok(rising([...new Set(ids(seen.on(topic)))]), "the messages are in order");
    },
  );
}

test("usage errors are one sentence, with exit code 2", LIMIT, async (t) => {
  const good = feedsFile(t, [{ deviceId: "d", table: "t", source: "s" }]);
  const env = { ARDEXA_URL: "http://127.0.0.1:1", ARDEXA_WORKGROUP: "w", ARDEXA_TOKEN: "secret-token" };
  const bad = (entry) => feedsFile(t, [entry]);
  /** @type {[args: string[], sentence: RegExp, env?: Record<string, string>][]} */
  const cases = [
    [[], /^expected one file of feeds/],
    [[good, "--shard", "0/8"], /^--shard 0\/8: expected NUMBER\/COUNT/],
    [[good, "--shard", "9/8"], /^--shard 9\/8: /],
    [[good, "--shard", "x"], /^--shard x: /],
    [[good, "--qos", "3"], /^--qos 3: expected a whole number from 0 to 2/],
    [[good, "--queue", ""], /^--queue : expected a whole number/],
    [[good, "--colour"], /--colour/],
    [["no-such.json"], /^no-such\.json cannot be read \(ENOENT\)/],
    [[bad({ deviceId: "d", table: "t" })], /entry 1: source must be a non-empty string/],
    [[bad({ deviceId: "d", table: "t", source: "s", field: 1 })], /entry 1: field must be a non-empty string/],
    [[bad(null)], /entry 1: deviceId must be a non-empty string/],
    [[bad({ deviceId: "d", table: "t", source: "s".repeat(70_000) })], /is too long for MQTT/],
    [[good], /^set ARDEXA_WORKGROUP/, { ARDEXA_WORKGROUP: "" }],
    [[good], /^set ARDEXA_URL and ARDEXA_TOKEN/, { ARDEXA_TOKEN: "" }],
    [[good], /url/, { ARDEXA_URL: "gopher://x" }],
    [[good], /^MQTT_URL: expected mqtt:/, { MQTT_URL: "http://user:secret-password@x" }],
  ];
  for (const [args, sentence, more] of cases) {
    const { code, stdout, stderr } = await start(t, BRIDGE, args, { env: { ...env, ...more } }).ended;
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, stderr);
    assert.match(stderr, sentence);
    assert.equal(stderr.split("\n").length, 2, stderr);
    assert.ok(!stderr.includes("secret"));
  }
});

test("refused credentials, of the cloud or of the broker, end it with 3", LIMIT, async (t) => {
  const sim = await simulator(t);
  const open = await broker(t);
  const feeds = [solar(sim.devices[0])];
  const cloud = await bridge(t, { sim: { ...cloudOnly(sim), token: "wrong" }, url: open.url, feeds }).ended;
  assert.equal(cloud.code, 3, cloud.stderr);
  assert.ok(!cloud.stderr.includes("wrong"));

  const file = join(scratch(t), "passwords");
  writeFileSync(file, "");
  const closed = await broker(t, { password: { file } });
  const refused = await bridge(t, {
    sim,
    url: closed.url,
    feeds,
    env: { MQTT_USERNAME: "u", MQTT_PASSWORD: "secret-password" },
  }).ended;
  assert.equal(refused.code, 3, refused.stderr);
  assert.ok(!refused.stderr.includes("secret-password"));
  await until(() => sim.stats().connected === 0, "the connection to the cloud to close");
});
