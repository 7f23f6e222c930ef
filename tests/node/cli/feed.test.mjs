/** `ardexa feed` and `ardexa watch`: their output, and how they end. */
import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { received } from "../lib/cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, parsed, run, says, start } from "./support.mjs";

const CPU = ["-t", "system", "-s", "cpu_usage"];
const SOLAR = ["-t", "solar", "-s", "inverter-01"];

/** Asserts that the feeds were stopped at the server before the connection ended. */
async function stopped(sim, feeds) {
  await until(() => sim.stats().connected === 0, "the connection to end");
  assert.equal(sim.feeds().length, 0);
  assert.equal(received(sim, "device:feed:stop").length, feeds);
}

test("the end of a feed reaches a server that is too busy to read it at once", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 5_000 });
  for (let n = 1; n <= 3; n++) {
    const feed = start(t, ["feed", ids[0], ...SOLAR], { env });
    await says(feed, "stdout", /\n/);
    feed.child.kill("SIGINT");
    // The simulator runs in this thread. Then it writes before it reads, as a server with much to send may.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    sim.broadcast("test:busy");
    assert.equal((await feed.ended).code, 130);
    await stopped(sim, n);
  }
});

test("ndjson is the default if stdout is not a terminal; --count ends it", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  for (const args of [[], ["--json"], ["--format", "ndjson"]]) {
    const { code, stdout, stderr } = await run(
      t,
      ["feed", ids[0], ...SOLAR, "-f", "AC Power", "--count", "3", ...args],
      { env },
    );
    assert.deepEqual([code, stderr], [0, ""]);
    const samples = parsed(stdout);
    assert.equal(samples.length, 3);
    for (const { device, table, source, value, event_time } of samples) {
      assert.deepEqual([device, table, source], [ids[0], "solar", "inverter-01"]);
      assert.ok(typeof value === "number" || value === null);
      assert.ok(Date.parse(event_time) > 0);
    }
  }
  await stopped(sim, 3);
});

test("CSV of one field, and of all fields", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const one = await run(t, ["feed", ids[0], ...SOLAR, "-f", "AC Power", "--format", "csv", "--count", "2"], { env });
  const [header, ...rows] = one.stdout.trimEnd().split("\n");
  assert.equal(header, "event_time,device,table,source,value");
  assert.equal(rows.length, 2);
  for (const row of rows) assert.match(row, new RegExp(`^\\d{4}-\\S+Z,${ids[0]},solar,inverter-01,(\\d+)?$`));

  const all = await run(t, ["feed", ids[0], ...SOLAR, "--format", "csv", "--count", "2"], { env });
  const lines = all.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  assert.deepEqual(lines[0], [
    "event_time",
    "device",
    "table",
    "source",
    ...Array.from({ length: 11 }, (_, n) => `value_${n + 1}`),
  ]);
  assert.deepEqual(
    lines.map((line) => line.length),
    [15, 15, 15],
  );
});

test("a sample that is not JSON is reported on stderr with its feed, and the feed continues", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 0 });
  const feed = start(t, ["feed", ids[0], ...CPU, "--count", "2"], { env });
  await until(() => sim.feeds().length === 1);
  const [{ feedId }] = sim.feeds();
  for (const value of ["1", "NaN", "-Infinity", "2"])
    sim.sockets[0].conn.write(`2["device:feed:reply",{"feedId":"${feedId}","device":"${ids[0]}","value":${value}}]`);
  const { code, stdout, stderr } = await feed.ended;
  assert.equal(code, 0);
  assert.deepEqual(
    parsed(stdout).map(({ value }) => value),
    [1, 2],
  );
  assert.match(
    stderr,
    new RegExp(
      `^ardexa: device:feed:reply: [^\n]*table "system", source "cpu_usage" of device "${ids[0]}" is not JSON[^\n]*\n$`,
    ),
  );
});

test("CSV quotes cells, and reports rows of different lengths", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 0 });
  const values = [
    ['a,"b"', "two\nlines", null],
    [1, { deep: true }],
    [1, 2, 3, 4],
  ];
  const feed = start(t, ["feed", ids[0], ...CPU, "--format", "csv", "--count", "3"], { env });
  await until(() => sim.feeds().length === 1);
  const [{ feedId }] = sim.feeds();
  for (const value of values)
    sim.broadcast("device:feed:reply", {
      feedId,
      event_time: "T",
      device: ids[0],
      table: "t",
      source: "s",
      messageId: "1",
      value,
    });
  const { code, stdout, stderr } = await feed.ended;
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `event_time,device,table,source,value_1,value_2,value_3\nT,${ids[0]},t,s,"a,""b""","two\nlines",\nT,${ids[0]},t,s,1,"{""deep"":true}",\nT,${ids[0]},t,s,1,2,3,4\n`,
  );
  assert.match(stderr, /^ardexa: a sample has 2 values but the CSV header has 3; use --field [^\n]*\n$/);
});

test("CSV: --bom, and no cell is a formula", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 0 });
  const value = ["=1+1", "+x", "-x", "@x", "\tx", "-5.5", "+1e3", -5, "a=b", null];
  const feed = start(t, ["feed", ids[0], ...CPU, "--format", "csv", "--bom", "--count", "2"], { env });
  await until(() => sim.feeds().length === 1);
  const [{ feedId }] = sim.feeds();
  for (let n = 0; n < 2; n++)
    sim.broadcast("device:feed:reply", {
      feedId,
      event_time: "T",
      device: ids[0],
      table: "=t",
      source: "s",
      messageId: "1",
      value,
    });
  const { code, stdout } = await feed.ended;
  assert.equal(code, 0);
  const [header, ...rows] = stdout.trimEnd().split("\n");
  assert.ok(header.startsWith("\ufeffevent_time,device,"));
  const row = `T,${ids[0]},'=t,s,'=1+1,'+x,'-x,'@x,'\tx,-5.5,+1e3,-5,a=b,`;
  assert.deepEqual(rows, [row, row]);
});

test("several devices share one stream, and --count counts all samples", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const { code, stdout } = await run(t, ["feed", ...ids.slice(0, 3), ...CPU, "--count", "60"], { env });
  assert.equal(code, 0);
  assert.equal(parsed(stdout).length, 60);
  assert.deepEqual([...new Set(parsed(stdout).map(({ device }) => device))].sort(), ids.slice(0, 3).sort());
  await stopped(sim, 3);
});

test("--for ends a feed, and the absence of samples is reported", LIMIT, async (t) => {
  const { sim, env, ids, offline } = await cloud(t);
  const some = await run(t, ["feed", ids[0], ...CPU, "--for", "0.3s"], { env });
  assert.deepEqual([some.code, some.stderr], [0, ""]);
  assert.ok(parsed(some.stdout).length > 0);
  const none = await run(t, ["feed", offline, ...CPU, "--for", "50ms"], { env });
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /^ardexa: no samples received; check that the device is online[^\n]*\n$/);
  await stopped(sim, 2);
});

test("a refused feed, with and without others", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const alone = await run(t, ["feed", ids[0], "-t", "solar", "-s", "nope"], { env });
  assert.deepEqual([alone.code, alone.stdout], [1, ""]);
  assert.match(alone.stderr, /^ardexa: Unknown source: nope; check the device ID, table, source and field\n$/);
  const among = await run(t, ["feed", "nope", ids[0], ...CPU, "--count", "2"], { env });
  assert.equal(among.code, 1);
  assert.equal(parsed(among.stdout).length, 2);
  assert.match(among.stderr, /^ardexa: nope: Unknown device; check/);
});

test("--json prints a line for a refused feed, and for one that ends with the connection", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const among = await run(t, ["feed", "nope", ids[0], ...CPU, "--count", "2", "--json"], { env });
  const lines = parsed(among.stdout);
  assert.deepEqual([among.code, lines.length], [1, 3]);
  assert.deepEqual(
    lines.filter(({ error }) => error),
    [{ device: "nope", error: { code: "rejected", message: "device:feed: Unknown device" } }],
  );

  const feed = start(t, ["feed", ids[0], ids[1], ...CPU, "--json"], { env });
  await until(() => sim.feeds().length === 2);
  await says(feed, "stdout", /\n/);
  sim.kick();
  const { stdout, stderr } = await feed.ended;
  assert.deepEqual(
    parsed(stdout)
      .filter(({ error }) => error)
      .map(({ device, error }) => [device, error.code])
      .sort(),
    ids
      .slice(0, 2)
      .map((id) => [id, "disconnected"])
      .sort(), // the feeds were opened at once, in either order
  );
  assert.match(stderr, /^ardexa: [^\n]+\n$/);
});

for (const [signal, exitCode] of /** @type {const} */ ([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])) {
  test(`${signal} stops feeds at the server`, LIMIT, async (t) => {
    const { sim, env, ids } = await cloud(t);
    const feed = start(t, ["feed", ids[0], ids[1], ...CPU], { env });
    await says(feed, "stdout", /\n/);
    await until(() => sim.feeds().length === 2);
    feed.child.kill(signal);
    const { code, stderr, stdout } = await feed.ended;
    assert.deepEqual([code, stderr], [exitCode, ""]);
    parsed(stdout); // no incomplete line
    await stopped(sim, 2);
  });
}

test("Ctrl-C while connecting", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const feed = start(t, ["feed", ids[0], ...CPU], { env: { ...env, ARDEXA_TOKEN: "x" }, input: null });
  sim.acceptTokens.set("x", "control");
  sim.onConnection = () => feed.child.kill("SIGINT"); // before its feed is open
  const { code, stderr } = await feed.ended;
  assert.deepEqual([code, stderr], [130, ""]);
  await until(() => sim.stats().connected === 0);
});

test(
  "with a reader that has stopped reading, the first Ctrl-C stops the feed and the second exits immediately",
  LIMIT,
  async (t) => {
    const { sim, env, ids } = await cloud(t, { samplesPerSecond: 5_000 });
    const feed = start(t, ["feed", ids[0], ...SOLAR], { env, read: false });
    await until(() => sim.stats().samples > 4_000);
    feed.child.kill("SIGINT");
    await until(() => sim.feeds().length === 0 && sim.stats().connected === 0);
    assert.equal(feed.child.exitCode, null, "it is waiting for its reader");
    const second = Date.now();
    feed.child.kill("SIGINT");
    assert.equal((await feed.ended).code, 130);
    assert.ok(Date.now() - second < 4_000, "earlier than the first would have ended it");
  },
);

test("with a reader that never reads, one Ctrl-C is enough", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 5_000 });
  const feed = start(t, ["feed", ids[0], ...SOLAR], { env, read: false });
  await until(() => sim.stats().samples > 4_000);
  feed.child.kill("SIGINT");
  assert.equal((await feed.ended).code, 130);
});

test("a slow reader keeps the connection, and dropped samples are reported", LIMIT, async (t) => {
  // A command that reads nothing while it waits for its reader answers no heartbeat, so the timeout may be a long one.
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 0, pingIntervalMs: 50 });
  const feed = start(t, ["feed", ids[0], ...CPU], { env, read: false });
  await until(() => sim.feeds().length === 1);
  const [{ feedId }] = sim.feeds();
  const sample = { feedId, event_time: "T", device: ids[0], table: "t", source: "s", value: 1 };
  for (let n = 0; n < 80_000; n++) {
    sim.broadcast("device:feed:reply", { ...sample, messageId: String(n) });
    if (n % 100 === 0) await nextTurn(); // lets the server answer heartbeats
  }
  // Everything sent before a heartbeat has arrived.
  let heartbeats = 0;
  sim.sockets[0].conn.on("heartbeat", () => heartbeats++);
  await until(() => heartbeats > 5, "heartbeats");
  assert.equal(sim.stats().connections, 1);
  let text = "";
  feed.child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  feed.child.kill("SIGINT");
  const { code } = await feed.ended;
  assert.equal(code, 130);
  assert.match(feed.stderr, /^ardexa: \d+ samples were dropped because they were not read fast enough[^\n]*\n$/);
  assert.ok(text.length > 0);
});

for (const [name, args, feeds] of /** @type {[string, (id: string) => string[], number][]} */ ([
  ["feed", (id) => ["feed", id, ...CPU], 1],
  ["watch", () => ["watch"], 0],
])) {
  test(`closing the output of ${name} is not an error`, LIMIT, async (t) => {
    const { sim, env, ids } = await cloud(t, { flapEveryMs: 5 });
    const head = start(t, args(ids[0]), { env });
    await says(head, "stdout", /\n/);
    head.child.stdout.destroy();
    const { code, stderr } = await head.ended;
    assert.deepEqual([code, stderr], [0, ""]);
    await stopped(sim, feeds);
  });
}

test("watch prints broadcasts, as text and as JSON", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  for (const json of [false, true]) {
    const connections = sim.stats().connections;
    const watch = start(t, ["watch", "--count", "4", ...(json ? ["--json"] : [])], { env });
    await until(() => sim.stats().connections > connections);
    sim.setOnline(ids[1], false);
    sim.setOnline(ids[1], true);
    const { id } = sim.addDevice();
    sim.metaChange(ids[2]);
    const { code, stdout, stderr } = await watch.ended;
    assert.deepEqual([code, stderr], [0, ""]);
    if (json) {
      assert.deepEqual(
        parsed(stdout).map(({ event, deviceId, id, online }) => [event, deviceId ?? id, online]),
        [
          ["device:stateChange", ids[1], false],
          ["device:stateChange", ids[1], true],
          ["device:new", id, false],
          ["device:metaChange", ids[2], undefined],
        ],
      );
      assert.ok(parsed(stdout).every(({ time }) => Date.parse(time) > 0));
    } else {
      const lines = stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
      assert.deepEqual(
        lines.map(([, ...rest]) => rest),
        [
          [ids[1], "offline"],
          [ids[1], "online"],
          [id, "new"],
          [ids[2], "configuration changed"],
        ],
      );
    }
  }
  const quiet = await run(t, ["watch", "--for", "50ms"], { env });
  assert.deepEqual([quiet.code, quiet.stdout], [0, ""]);
});

test("Ctrl-C ends a watch", LIMIT, async (t) => {
  const { sim, env } = await cloud(t);
  const watch = start(t, ["watch"], { env });
  await until(() => sim.stats().connected === 1);
  watch.child.kill("SIGINT");
  assert.deepEqual((await watch.ended).code, 130);
  await until(() => sim.stats().connected === 0);
});
