// Callers that misbehave: they throw in every callback, free clients in use, abandon promises and iterators, and
// terminate workers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { AT_ONCE, client, connected, simulator } from "../lib/cloud.mjs";
import { ArdexaClient, imported } from "../lib/consumer.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { eventOf, rawCloud } from "../lib/raw-cloud.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

const SLACK = 500_000;

/** Thrown by callbacks; the `cause` of the warning. */
const boom = Object.assign(new Error("boom"), { boom: true });
const bang = () => {
  throw boom;
};

/** Each installs a callback that throws, and triggers it. */
const THROWERS = {
  "a listener of connect": ({ sim, client: made }) => (made.on("connect", bang), sim.dropAll()),
  "a listener of disconnect": ({ sim, client: made }) => (made.on("disconnect", bang), sim.dropAll()),
  "a listener of reconnecting": ({ sim, client: made }) => (made.on("reconnecting", bang), sim.dropAll()),
  "a listener of a broadcast": ({ sim, client: made, deviceId }) => (
    made.on("device:metaChange", bang),
    sim.metaChange(deviceId)
  ),
  "once()": ({ sim, client: made, deviceId }) => (made.once("device:metaChange", bang), sim.metaChange(deviceId)),
  onAny: ({ sim, client: made }) => (made.onAny(bang), sim.broadcast("anything")),
  "onFrame, in": ({ sim, client: made }) => (made.onFrame((way) => way === "in" && bang()), sim.broadcast("anything")),
  "onFrame, out": ({ client: made }) => (made.onFrame((way) => way === "out" && bang()), made.emit("anything")),
  "a feed's listener": ({ client: made, solar }) => made.feed(solar, bang),
  "a listener of a shared feed": async ({ client: made, solar }) => (
    await made.feed(solar, () => {}),
    await made.feed({ ...solar }, bang)
  ),
  onGap: async ({ sim, client: made, solar }) => (await made.feed(solar, () => {}, { onGap: bang }), sim.dropAll()),
  onUpdate: ({ client: made, solar }) => made.series(solar, { onUpdate: bang }),
  onProgress: ({ client: made, deviceId }) => void made.doUpgrade(deviceId, { onProgress: bang }).catch(() => {}),
};
for (const [what, arrange] of Object.entries(THROWERS)) {
  test(`${what} throws: a warning with the cause, and no other effect`, LIMIT, async (t) => {
    const it = await connected(t);
    const warnings = collect(it.client, "warning");
    await arrange(it);
    await until(() => warnings.length > 0, "the warning");
    assert.ok(warnings.every(({ error }) => error.cause === boom));
    await it.client.connect();
    const other = it.sim.devices.find(({ id, online }) => online && id !== it.deviceId);
    assert.equal((await it.client.cmd(other.id, "true")).returnCode, 0);
    assert.equal(it.client.state, "connected");
  });
}

test("an exception in a warning listener is logged to the console, without another warning", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const said = [];
  t.mock.method(console, "error", (...args) => said.push(args));
  let calls = 0;
  made.on("warning", () => {
    calls++;
    throw boom;
  });
  made.on("device:metaChange", bang);
  sim.metaChange(deviceId);
  await until(() => said.length > 0);
  assert.equal(calls, 1);
  assert.deepEqual(
    said.map((args) => args.at(-1)),
    [boom],
  );
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
});

test("without a warning listener, an exception is logged to the console, once", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const said = [];
  t.mock.method(console, "error", (...args) => said.push(args.at(-1)));
  made.on("device:metaChange", bang);
  sim.metaChange(deviceId);
  await until(() => said.length > 0);
  assert.deepEqual(said, [boom]);
  let samples = 0;
  const feed = await made.feed(solar, () => {
    samples++;
    bang();
  });
  // From the second on, `frames.js` calls the listener.
  await until(() => samples > 2);
  await feed.stop();
  assert.deepEqual(said, Array(1 + samples).fill(boom));
});

test("thrown values of every kind, from a listener called 1,000 times", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const warnings = collect(made, "warning");
  const kinds = [
    undefined,
    null,
    0,
    "text",
    Symbol("s"),
    1n,
    {},
    Object.create(null),
    new Proxy({}, { get: bang }),
    () => {},
  ];
  let n = 0;
  made.onAny(() => {
    throw kinds[n++ % kinds.length];
  });
  for (let round = 0; round < 1_000; round++) sim.broadcast("tick", round);
  await until(() => n >= 1_000 && warnings.length >= 1_000);
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
});

test("a feed and a series are garbage-collected and have no free()", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  for (const held of [await made.feed(solar, () => {}), await made.series(solar)]) {
    assert.ok(!("free" in held) && !(Symbol.dispose && Symbol.dispose in held), held.constructor.name);
    await held.stop();
  }
  assert.equal(made.stats().openFeeds, 0);
});

test("a client that nothing refers to is not collected while it is connected", LIMIT, async (t) => {
  const sim = await simulator(t);
  const [{ id: deviceId }] = sim.devices;
  let heard = 0;
  let samples = 0;
  await (async () => {
    const made = new ArdexaClient({ url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: false });
    made.on("device:metaChange", () => heard++);
    await made.connect();
    await made.feed({ deviceId, table: "solar", source: "inverter-01" }, () => samples++);
  })();
  for (let n = 0; n < 5; n++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const before = samples;
  sim.metaChange(deviceId);
  await until(() => heard === 1 && samples > before, "both listeners");
});

test("free(), called twice, has the same effect as close()", LIMIT, async (t) => {
  const { client: made, deviceId, solar } = await connected(t);
  const iterated = await made.feed(solar);
  const reading = (async () => {
    for await (const _ of iterated);
  })();
  const call = made.cmd(deviceId, "slow");
  for (let n = 0; n < 2; n++) /** @type {any} */ (made).free(); // not in the types
  await rejects(call, "closed");
  await rejects(made.cmd(deviceId, "true"), "closed");
  throws(() => made.emit("x"), "closed");
  await reading.catch(() => {});
  assert.equal(made.state, "closed");
  await made.connect();
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
});

test("6,000 abandoned promises: settled, released, and memory stays level", LIMIT, async (t) => {
  const cloud = await rawCloud(t, {
    onFrame: (frame, link) => {
      const event = eventOf(frame);
      if (event?.name.startsWith("device:") && event.args[0]?.requestId)
        link.event(`${event.name}:rpc`, { requestId: event.args[0].requestId, complete: true });
    },
  });
  const made = client(t, cloud);
  await made.connect();
  const abandon = async () => {
    for (let n = 0; n < 1_000; n++) {
      void made.sendArdpkg("d");
      void made.request("device:x", {}).then(() => {});
    }
    await until(() => made.stats().openRequests === 0);
    cloud.frames.length = 0;
    globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  await abandon();
  const before = await abandon();
  const after = await abandon();
  assert.ok(after - before < 2 * SLACK, `${before} → ${after}`);
});

test("an abandoned iterator holds at most its queue", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesPerSecond: 1_000 } });
  const feed = await made.feed(solar, { queue: 50 });
  const iterator = feed[Symbol.asyncIterator]();
  await iterator.next();
  await until(() => feed.dropped > 500, "samples to be dropped");
  assert.ok(feed.received - feed.dropped <= 52, `${feed.received} received, ${feed.dropped} dropped`);
  await feed.stop();
});

test("two clients in one process: neither one's actions nor its end affect the other", LIMIT, async (t) => {
  const one = await connected(t);
  const other = client(t, one.sim, { Client: imported.ArdexaClient });
  await other.connect();
  const events = [];
  for (const name of /** @type {const} */ (["connect", "disconnect", "reconnecting", "warning"]))
    other.on(name, () => events.push(name));
  let samples = 0;
  const feed = await other.feed(one.solar, () => samples++);
  await one.client.feed(one.solar, bang);
  one.client.on("warning", bang);
  t.mock.method(console, "error", () => {});
  one.client.cmd(one.deviceId, "slow").catch(() => {});
  /** @type {any} */ (one.client).free(); // not in the types
  await until(() => one.sim.sockets.length === 1);
  const { received } = feed;
  await until(() => samples > received + 5);
  assert.deepEqual(events, []);
  assert.equal((await other.cmd(one.deviceId, "true")).returnCode, 0);
});

/** The worker's activity when it is terminated. */
const MOMENTS = {
  "while it connects": "client.connect().catch(() => {}); parentPort.postMessage('now');",
  "in the middle of samples":
    "await client.connect(); await client.feed(request, () => parentPort.postMessage('now'));",
  "with requests open":
    "await client.connect(); for (let n = 0; n < 100; n++) client.cmd(request.deviceId, 'slow').catch(() => {}); parentPort.postMessage('now');",
  "within a listener":
    "await client.connect(); await client.feed(request, () => { parentPort.postMessage('now'); for (;;); });",
};
for (const [when, text] of Object.entries(MOMENTS)) {
  test(`a worker terminated ${when}: its socket closes, and the next worker works`, LIMIT, async (t) => {
    const sim = await simulator(t);
    const request = { deviceId: sim.devices[0].id, table: "solar", source: "inverter-01" };
    const made = client(t, sim);
    await made.connect();
    const program = `
      import { parentPort, workerData } from "node:worker_threads";
      const { ArdexaClient } = await import(workerData.entry);
      const { options, request } = workerData;
      const client = new ArdexaClient(options);
      ${text}`;
    const workerData = {
      entry: new URL("../../../pkg/node.js", import.meta.url).href,
      request,
      options: { url: sim.url, workgroup: sim.workgroup, token: sim.token, reconnect: AT_ONCE },
    };
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), { workerData });
      await once(worker, "message");
      await worker.terminate();
      await until(() => sim.sockets.length === 1 && sim.feeds().length === 0, "only the other client to be connected");
    }
    assert.equal(made.state, "connected");
    assert.equal((await made.cmd(request.deviceId, "true")).returnCode, 0);
    const down = next(made, "disconnect");
    sim.dropAll();
    await down;
    await made.connect();
  });
}
