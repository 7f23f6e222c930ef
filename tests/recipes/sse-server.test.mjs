/** `sse-server/`: one connection to the cloud, any number of streams of server-sent events. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { simulator } from "../node/lib/cloud.mjs";
import { LIMIT, until } from "../node/lib/until.mjs";
import { cloudOf, start } from "./lib/recipe.mjs";

/** Starts the server, and waits until it listens. */
async function server(t, sim, env = {}) {
  const process = start(t, "sse-server/server.mjs", [], { env: { ...cloudOf(sim), PORT: "0", ...env } });
  await until(() => /listening at/.test(process.output.stderr), "the server");
  return { ...process, url: /http:\S+/.exec(process.output.stderr)[0] };
}

/** Follows a stream; its events are collected in `events`, as `{ event, data }`. */
async function stream(t, url, path) {
  const ended = new AbortController();
  t.after(() => ended.abort());
  const response = await fetch(new URL(path, url), { signal: ended.signal });
  const events = [];
  const over = read(response, events).catch(() => {});
  return { response, events, over, leave: () => ended.abort() };
}

async function read(response, events) {
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map((line) => /^(\w*): (.*)$/s.exec(line).slice(1)));
      if (fields.data !== undefined) events.push({ event: fields.event ?? "message", data: JSON.parse(fields.data) });
    }
  }
}

const CPU = "system/cpu_usage";
const samples = ({ events }) => events.filter(({ event }) => event === "message");

test("streams share a feed; the last one to leave ends it at the cloud", LIMIT, async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 50 });
  const [{ id }] = sim.devices;
  const { url } = await server(t, sim);
  await until(() => sim.stats().connected === 1, "the connection");
  const both = await Promise.all([stream(t, url, `feeds/${id}/${CPU}`), stream(t, url, `feeds/${id}/${CPU}`)]);
  for (const one of both) {
    assert.equal(one.response.headers.get("content-type"), "text/event-stream");
    await until(() => samples(one).length > 5, "samples");
    const { event_time, messageId, value } = samples(one)[0].data;
    assert.deepEqual([typeof event_time, typeof messageId, typeof value], ["string", "string", "number"]);
    assert.ok(!JSON.stringify(one.events).includes(sim.token));
  }
  assert.deepEqual([sim.feeds().length, sim.stats().connections], [1, 1]);
  both[0].leave();
  const before = samples(both[1]).length;
  await until(() => samples(both[1]).length > before + 5, "more samples");
  assert.equal(sim.feeds().length, 1);
  both[1].leave();
  await until(() => sim.feeds().length === 0, "the end of the feed");
  const again = await stream(t, url, `feeds/${id}/${CPU}`);
  await until(() => samples(again).length > 0, "the feed again");
});

test("a later subscriber gets the newest sample immediately; a field is selected by name", LIMIT, async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 0 });
  const [{ id }] = sim.devices;
  const { url } = await server(t, sim);
  await until(() => sim.stats().connected === 1, "the connection");
  const path = `feeds/${id}/solar/inverter-01?field=AC%20Power`;
  const first = await stream(t, url, path);
  assert.equal(sim.feeds()[0].field, "AC Power");
  sim.broadcast("device:feed:reply", {
    feedId: sim.feeds()[0].feedId,
    event_time: "T",
    device: id,
    table: "solar",
    source: "inverter-01",
    messageId: "m",
    value: 7,
  });
  await until(() => samples(first).length === 1, "the sample");
  const second = await stream(t, url, path);
  await until(() => samples(second).length === 1, "the same sample");
  assert.deepEqual(second.events, [{ event: "message", data: { event_time: "T", value: 7, messageId: "m" } }]);
});

test(
  "a refused feed returns 404, after which browsers do not reconnect; an invalid field returns 400",
  LIMIT,
  async (t) => {
    const sim = await simulator(t);
    const [{ id }] = sim.devices;
    const { url } = await server(t, sim);
    await until(() => sim.stats().connected === 1, "the connection");
    const unknown = await fetch(new URL(`feeds/${id}/no/such`, url));
    assert.equal(unknown.status, 404);
    assert.match((await unknown.json()).error, /Unknown/);
    for (const query of ["?field=", "?field=a&field=b", "?field[x]=1"]) {
      assert.equal(
        (await fetch(new URL(`feeds/${id}/${CPU}${query.replace("[", "%5B").replace("]", "%5D")}`, url))).status,
        query.includes("[") ? 200 : 400,
        query,
      );
    }
    assert.match(await (await fetch(url)).text(), /EventSource/);
  },
);

test(
  "a stream survives a lost connection and reports the gap; without a connection it reports that and ends",
  LIMIT,
  async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const [{ id }] = sim.devices;
    const { url, output } = await server(t, sim);
    await until(() => sim.stats().connected === 1, "the connection");
    const one = await stream(t, url, `feeds/${id}/${CPU}`);
    await until(() => samples(one).length > 0, "samples");
    sim.dropAll();
    await until(() => one.events.some(({ event }) => event === "gap"), "the gap");
    const before = samples(one).length;
    await until(() => samples(one).length > before, "more samples");
    await sim.close();
    await until(() => /cannot reach/.test(output.stderr), "a failed attempt");
    const none = await stream(t, url, `feeds/${id}/solar/inverter-01`);
    await none.over;
    assert.deepEqual(
      [none.response.status, none.events.map(({ event, data }) => [event, data.code])],
      [200, [["problem", "not-connected"]]],
    );
  },
);

test("a slow browser is notified of its losses, and uses no memory", LIMIT, async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 0 });
  const [{ id }] = sim.devices;
  const { url } = await server(t, sim);
  await until(() => sim.stats().connected === 1, "the connection");
  const { hostname, port } = new URL(url);
  const slow = connect({ host: hostname, port: Number(port) });
  t.after(() => slow.destroy());
  slow.pause();
  slow.write(`GET /feeds/${id}/${CPU} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await until(() => sim.feeds().length === 1, "the feed");
  const quick = await stream(t, url, `feeds/${id}/${CPU}`);
  const sample = {
    feedId: sim.feeds()[0].feedId,
    event_time: "T",
    device: id,
    table: "t",
    source: "s",
    value: "x".repeat(50_000),
  };
  for (let n = 0; n < 400; n++) {
    sim.broadcast("device:feed:reply", { ...sample, messageId: String(n) });
    if (n % 20 === 19) await until(() => samples(quick).length === n + 1, "the fast reader to keep up");
  }
  let text = "";
  slow.setEncoding("latin1").on("data", (/** @type {string} */ chunk) => (text += chunk.replace(/x{2,}/g, "x")));
  slow.resume();
  await until(() => {
    sim.broadcast("device:feed:reply", { ...sample, messageId: "last" });
    return /event: lost\ndata: \d+\n\n/.test(text);
  }, "the loss");
  assert.ok(Number(/event: lost\ndata: (\d+)/.exec(text)[1]) > 100);
});

/** @typedef {Awaited<ReturnType<typeof server>> & { sim: Awaited<ReturnType<typeof simulator>> }} Running */
for (const [name, act, code] of /** @type {[string, (running: Running) => unknown, number][]} */ ([
  ["SIGTERM", ({ child }) => child.kill("SIGTERM"), 0],
  ["the server's end of the connection", ({ sim }) => sim.kick(), 1],
  ["a refusal", ({ sim }) => (sim.setToken("another"), sim.dropAll()), 3],
])) {
  test(`${name} ends it and its streams, with exit code ${code}`, LIMIT, async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const made = await server(t, sim);
    await until(() => sim.stats().connected === 1, "the connection");
    const one = await stream(t, made.url, `feeds/${sim.devices[0].id}/${CPU}`);
    await until(() => samples(one).length > 0, "samples");
    act({ ...made, sim });
    assert.equal((await made.ended).code, code, made.output.stderr);
    await one.over;
    assert.ok(!made.output.stderr.includes(sim.token));
  });
}

test("a usage error is one sentence", LIMIT, async (t) => {
  const { code, stderr } = await start(t, "sse-server/server.mjs", []).ended;
  assert.equal(code, 2);
  assert.match(stderr, /^Set ARDEXA_URL, [^\n]+\n$/);
  const sim = await simulator(t);
  const { url } = await server(t, sim);
  const taken = await start(t, "sse-server/server.mjs", [], { env: { ...cloudOf(sim), PORT: new URL(url).port } })
    .ended;
  assert.equal(taken.code, 2);
  assert.match(taken.stderr, /^cannot listen at 127\.0\.0\.1:\d+: [^\n]*EADDRINUSE[^\n]*\n$/);
});
