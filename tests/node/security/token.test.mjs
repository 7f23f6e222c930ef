// The token cannot be reached through or printed from clients, feeds, series, errors and events, nor does it appear in
// the output of a whole process. Single messages and frames: ../api/secrecy.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../lib/children.mjs";
import { client, simulator } from "../lib/cloud.mjs";
import { imported } from "../lib/consumer.mjs";
import { rejects } from "../lib/errors.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { inspectAll } from "./lib/inspector.mjs";
import { walk } from "./lib/walk.mjs";

const TOKEN = 't0p-s3cr€t+/="\\ü&';
const FORMS = [
  TOKEN,
  encodeURIComponent(TOKEN),
  JSON.stringify(TOKEN).slice(1, -1),
  "t0p-s3cr",
  encodeURIComponent(TOKEN).toLowerCase(),
];
/** @type {(keyof import("ardexa-client").ClientEvents)[]} */
const EVENTS = [
  "connect",
  "disconnect",
  "reconnecting",
  "connect_error",
  "device:stateChange",
  "device:new",
  "device:metaChange",
  "warning",
];

/** @param {string} text @param {string} path */
function assertNone(text, path) {
  for (const form of FORMS)
    assert.ok(
      !text.includes(form),
      `${path} shows ${form}: ${text.slice(Math.max(0, text.indexOf(form) - 80), text.indexOf(form) + 80)}`,
    );
}

/** @param {Record<string, unknown>} roots @returns {number} objects visited */
const assertSecret = (roots) => walk(roots, assertNone);

test("the walk finds hidden values", () => {
  class Holder {
    get quiet() {
      return { token: TOKEN };
    }
  }
  for (const value of [
    { a: { b: [TOKEN] } },
    { [Symbol(TOKEN)]: 1 },
    new Map([[{}, TOKEN]]),
    new Set([TOKEN]),
    Object.defineProperty({}, "x", { value: TOKEN }),
    new Holder(),
    Object.create({ up: TOKEN }),
    Object.assign(new Error("x"), { cause: { cause: new Error(TOKEN) } }),
    () => "t0p-s3cr",
    Buffer.from(TOKEN),
    { [TOKEN]: 1 },
    { toJSON: () => TOKEN },
    { toString: () => TOKEN },
  ])
    assert.throws(() => assertSecret({ value }), /shows/);
  assert.ok(assertSecret({ a: { b: ["[token]"] } }) >= 3);
});

test("the token is unreachable from a client in every state", LIMIT, async (t) => {
  const said = [];
  for (const name of /** @type {const} */ (["log", "info", "warn", "error", "debug", "trace", "dir"]))
    t.mock.method(console, name, (...args) => said.push(args));
  const sim = await simulator(t);
  sim.setToken(TOKEN);
  const made = client(t, { url: sim.url, workgroup: sim.workgroup, token: TOKEN });
  const events = [];
  for (const name of EVENTS) made.on(name, (event) => events.push([name, event]));
  made.onAny((...args) => events.push(args));
  made.onFrame((...args) => events.push(args));
  const held = { made, events, said, module: { ...imported } };
  let objects = assertSecret(held);
  const connecting = made.connect();
  objects += assertSecret({ ...held, connecting });
  await connecting;
  const [{ id: deviceId }] = sim.devices;
  const request = { deviceId, table: "solar", source: "inverter-01" };
  const feed = await made.feed(request, () => {});
  const read = await made.feed({ ...request, source: "inverter-02" });
  const iterator = read[Symbol.asyncIterator]();
  const series = await made.series({ ...request, source: "inverter-03" });
  await until(() => series.length > 2);
  const failures = [];
  const calls = [
    made.cmd("no such device", "x"),
    made.cmd(deviceId, "slow", { timeoutMs: 1 }),
    made.request("device:cmd", {}),
    made.testConfig(deviceId, /** @type {any} */ ({ run: 1 })),
  ];
  failures.push(...(await Promise.all(calls.map((call) => rejects(call)))));
  Object.assign(held, {
    feed,
    read,
    iterator,
    next: await iterator.next(),
    series,
    failures,
    pending: made.cmd(deviceId, "slow").catch((error) => failures.push(error)),
  });
  objects += assertSecret(held);
  sim.dropAll();
  await until(() => events.filter(([name]) => name === "connect").length === 2);
  objects += assertSecret(held);
  /** @type {any} */ (made).free(); // not in the types
  failures.push(await made.cmd(deviceId, "x").catch((error) => error));
  objects += assertSecret(held);
  // A refusal could mention the token too.
  sim.setToken("another");
  failures.push(await made.connect().catch((error) => error));
  assert.equal(failures.at(-1).code, "unauthorized");
  objects += assertSecret(held);
  t.diagnostic(`${objects} objects`);
  assert.ok(objects > 500 && failures.length >= 6);
});

test(
  "a debugger finds it in no property, private field or internal slot of a client, a feed or a series",
  LIMIT,
  async (t) => {
    class Holder {
      #token = TOKEN;
      has = (text) => this.#token === text;
    }
    await assert.rejects(inspectAll({ deep: [new Holder()] }, assertNone), /shows/, "finds private fields");
    const sim = await simulator(t);
    sim.setToken(TOKEN);
    const made = client(t, { url: sim.url, workgroup: sim.workgroup, token: TOKEN });
    made.on("connect", () => {});
    await made.connect();
    const request = { deviceId: sim.devices[0].id, table: "solar", source: "inverter-01" };
    const roots = {
      made,
      feed: await made.feed(request, () => {}),
      series: await made.series(request),
      pending: made.cmd(request.deviceId, "slow").catch(() => {}),
    };
    const fields = await inspectAll(roots, assertNone);
    assert.deepEqual(
      fields.filter((path) => /^\.(made|feed|series)\.#/.test(path)),
      [],
      "handles have no private fields",
    );
  },
);

test(
  "a server that repeats it in every frame: no error and no frame passed to onFrame contains it",
  LIMIT,
  async (t) => {
    const leak = JSON.stringify({ token: TOKEN, nested: [{ [TOKEN]: `?token=${encodeURIComponent(TOKEN)}&x` }] });
    const failures = [];
    for (const script of [
      { accept: `44{"message":${JSON.stringify(`no ${TOKEN}`)},"data":${leak}}` },
      { open: `0{"sid":"s","pingInterval":${leak}}` },
      { accept: `40{"sid":${leak}}` },
      { accept: `41${leak}` },
      { accept: `47${TOKEN}` },
      { open: `{${TOKEN}` },
      { onOpen: ({ ws }) => ws.close(4_001, TOKEN), open: null },
      ...[
        `42["device:cmd:rpc",{"requestId":"r","error":${leak}}]`,
        `42["device:cmd:reply",{"requestId":"r","x":${leak}}]`,
        `42["${TOKEN}`,
        `42[${leak}]`,
        `430${leak}`,
        `45${TOKEN}`,
        `b${TOKEN}`,
      ].map((frame) => ({
        onFrame: (_frame, link) => link.send(frame),
      })),
    ]) {
      const cloud = await rawCloud(t, script);
      const made = client(t, { ...cloud, token: TOKEN }, { reconnect: false, connectTimeoutMs: 2_000 });
      for (const name of EVENTS) made.on(name, (event) => failures.push([name, event]));
      made.onFrame((...frame) => failures.push(frame));
      failures.push(
        await made
          .connect()
          .then(() => made.cmd("d", "x", { requestId: "r", timeoutMs: 500 }))
          .catch((error) => error),
      );
      await made.close();
    }
    assert.ok(failures.length > 30);
    assertSecret({ failures });
  },
);

test(
  "a process that prints everything, fails in many ways and crashes: not in its output, stack traces or report",
  LIMIT,
  async (t) => {
    const sim = await simulator(t);
    sim.setToken(TOKEN);
    const program = `
    import { inspect } from "node:util";
    import { ArdexaClient } from "ardexa-client";
    const { url, workgroup, device } = JSON.parse(process.env.INPUT);
    const token = process.argv0 && ${JSON.stringify([...TOKEN].map((c) => c.codePointAt(0)))}.map((c) => String.fromCodePoint(c)).join("");
    const client = new ArdexaClient({ url, workgroup, token });
    const show = (value) => console.log(inspect(value, { depth: Infinity, showHidden: true, getters: true }), String(value), JSON.stringify(value));
    for (const name of ["connect", "disconnect", "connect_error", "warning"]) client.on(name, show);
    client.onFrame((...frame) => console.log(...frame));
    process.on("warning", show);
    await client.connect();
    console.dir(client, { depth: null, showHidden: true });
    const feed = await client.feed({ deviceId: device, table: "solar", source: "inverter-01" }, () => {});
    console.error(feed);
    for (const call of [client.cmd("nobody", "x"), client.cmd(device, "slow", { timeoutMs: 1 })]) await call.catch((error) => console.trace(error));
    const { header, javascriptStack } = process.report.getReport();
    console.log(JSON.stringify({ header: { ...header, commandLine: undefined }, javascriptStack }));
    const wrong = new ArdexaClient({ url, workgroup, token: token + token });
    await wrong.connect(); // crashes with an unhandled rejection
  `;
    const { code, stdout, stderr } = await runProgram(t, program, {
      url: sim.url,
      workgroup: sim.workgroup,
      device: sim.devices[0].id,
    });
    assert.equal(code, 1);
    assert.match(stderr, /ArdexaError/);
    assert.match(stdout, /ArdexaClient/);
    assertSecret({ stdout, stderr });
  },
);
