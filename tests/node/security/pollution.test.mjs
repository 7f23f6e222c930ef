// Data from a server or a caller never changes a prototype; and polluted prototypes never produce a reply that the
// server did not send.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client } from "../lib/cloud.mjs";
import { ArdexaClient } from "../lib/consumer.mjs";
import { rejects } from "../lib/errors.mjs";
import { eventOf, rawCloud } from "../lib/raw-cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";

const BUILT_IN = [
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  Symbol,
  Promise,
  Error,
  Map,
  Set,
  RegExp,
  Date,
  Uint8Array,
  Float64Array,
  ArrayBuffer,
  AbortSignal,
  EventTarget,
]
  .flatMap((constructor) => [constructor, constructor.prototype])
  .concat([globalThis, JSON, Math, Reflect]);

/** Every own property of every built-in object. */
const snapshot = () =>
  BUILT_IN.map((object) =>
    Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)?.value]),
  );

/** As JSON, so that `__proto__` is an ordinary key. */
const POISON =
  '"__proto__":{"polluted":1,"code":"x","then":1,"toString":1},"constructor":{"prototype":{"polluted":2}},"prototype":{"polluted":3},"toString":"t","valueOf":4,"hasOwnProperty":5,"length":6';

/** @type {(keyof import("ardexa-client").ClientEvents)[]} */
const EVENTS = ["connect", "disconnect", "warning", "device:stateChange", "device:new", "device:metaChange"];

test("no payload of any kind changes a prototype", LIMIT, async (t) => {
  const cloud = await rawCloud(t, {
    open: `0{"sid":"s","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000,${POISON}}`,
    accept: `40{"sid":"x",${POISON}}`,
  });
  const made = client(t, cloud, { reconnect: false });
  const heard = [];
  for (const name of EVENTS) made.on(name, (event) => heard.push(event));
  await made.connect();
  const before = snapshot();
  const say = (frame) => [...cloud.links][0].send(frame);
  const asked = async (name, n = 1) => {
    const all = () => cloud.frames.map(eventOf).filter((event) => event?.name === name);
    await until(() => all().length >= n, name);
    return all()[n - 1].args[0];
  };

  // Samples on the fast and the general path: objects, columns, both; ids that are built-in property names.
  const samples = [];
  const request = (source) => ({ deviceId: "d", table: "t", source });
  const ids = { one: "__proto__", two: "constructor", three: "plain" };
  const opening = /** @type {const} */ ([
    made.feed(request("one"), (sample) => samples.push(sample)),
    made.series(request("two")),
    made.feed(request("three"), { queue: 10 }),
  ]);
  for (let n = 1; n <= 3; n++) {
    const { requestId, source } = await asked("device:feed", n);
    say(`42["device:feed:rpc",{${POISON},"requestId":"${requestId}","feedId":"${ids[source]}"}]`);
  }
  const [feed, series, read] = await Promise.all(opening);
  assert.equal(feed.id, "__proto__");
  for (const observed of [false, true]) {
    const stop = observed ? made.onAny((...args) => heard.push(args)) : () => {};
    for (const id of Object.values(ids))
      say(
        `42["device:feed:reply",{"feedId":"${id}",${POISON},"event_time":"2024-01-01T00:00:00Z","messageId":"1","value":{${POISON}}}]`,
      );
    await until(
      () =>
        samples.length === (observed ? 2 : 1) &&
        series.total === (observed ? 2 : 1) &&
        read.received === (observed ? 2 : 1),
    );
    stop();
  }
  assert.ok(
    Object.hasOwn(samples[0], "__proto__") && Object.hasOwn(samples[0].value, "constructor"),
    "own properties, as with JSON.parse",
  );
  assert.equal(Object.getPrototypeOf(samples[0]), Object.prototype);
  assert.equal((await read[Symbol.asyncIterator]().next()).value.toString, "t");

  // Replies, errors, steps, acknowledgements, broadcasts, binary data.
  const calls = [
    made.cmd("d", "x"),
    made.request("__proto__", JSON.parse(`{${POISON}}`)),
    made.refreshMeta("d"),
    made.doUpgrade("d", { onProgress: (step) => heard.push(step) }),
    made.emitWithAck("constructor", [JSON.parse(`{${POISON}}`)]),
  ];
  say(
    `42["device:cmd:reply",{${POISON},"requestId":"${(await asked("device:cmd")).requestId}","stdout":"","stderr":"","returnCode":0,"correlationId":"__proto__"}]`,
  );
  const sent = await asked("__proto__");
  assert.deepEqual(
    Object.keys(sent).sort(),
    ["requestId", ...Object.keys(JSON.parse(`{${POISON}}`))].sort(),
    "own keys are sent unchanged",
  );
  say(`42["__proto__:rpc",{${POISON},"requestId":"${sent.requestId}"}]`);
  say(
    `42["device:refreshMeta:rpc",{"requestId":"${(await asked("device:refreshMeta")).requestId}","error":{${POISON}}}]`,
  );
  const upgrade = (await asked("device:doUpgrade")).requestId;
  say(`42["device:doUpgrade:reply",{${POISON},"requestId":"${upgrade}","status":"a","complete":false}]`);
  say(`42["device:doUpgrade:reply",{${POISON},"requestId":"${upgrade}","status":"b","complete":true}]`);
  await asked("constructor");
  say(`430[{${POISON}},"__proto__"]`);
  const refused = await rejects(calls[2], "rejected");
  assert.ok(Object.hasOwn(/** @type {object} */ (refused.data), "__proto__"));
  assert.equal(Object.getPrototypeOf(refused.data), Object.prototype);
  for (const call of [calls[0], calls[1], calls[3], calls[4]]) await call;
  say(`42["device:stateChange",{"cn":"CN=__proto__,O=b","vhost":"b","online":true,${POISON}}]`);
  say(`42["device:new",{"id":"__proto__","cn":"c","online":true,${POISON}}]`);
  say(`42["device:cmd:rpc",{"error":{${POISON}}}]`);
  const stop = made.onAny((...args) => heard.push(args));
  say(`451-["bin",{${POISON},"b":{"_placeholder":true,"num":0,"__proto__":{"x":1}}}]`);
  say(Buffer.from([1]));
  await until(() => heard.some((event) => event?.[0] === "bin"));
  stop();
  assert.equal(heard.find((event) => event?.[0] === "bin")[1].b.length, 1);

  // Arguments of the caller.
  await rejects(made.cmd("d", "mine", { extra: { deviceId: "other" } }), "invalid-argument");
  made.cmd("d", "mine", { extra: JSON.parse(`{${POISON}}`), requestId: "own" }).catch(() => {});
  const last = await asked("device:cmd", 2);
  assert.deepEqual([last.requestId, last.deviceId, last.cmd], ["own", "d", "mine"], "extra only adds");
  assert.ok(Object.hasOwn(last, "__proto__"));
  made.testConfig("d", JSON.parse(`{${POISON},"run":[{${POISON}}]}`)).catch(() => {});
  assert.ok(Object.hasOwn((await asked("device:testConfig")).config, "__proto__"));

  // The disconnect, and a refusal.
  say(`42["x",{${POISON}}`);
  await until(() => made.state === "closed");
  const refusing = await rawCloud(t, { accept: `44{"message":"no","data":{${POISON}},${POISON}}` });
  const error = await rejects(client(t, refusing, { reconnect: false }).connect(), "unauthorized");
  assert.ok(Object.hasOwn(/** @type {object} */ (error.data), "__proto__"));
  assert.deepEqual(snapshot(), before);
  assert.equal({}.polluted, undefined);
});

test("polluted prototypes leave requests, replies and samples unchanged", LIMIT, async (t) => {
  let last;
  const cloud = await rawCloud(t, {
    onFrame: (frame, link) => {
      const { name, args } = eventOf(frame);
      last = args[0];
      const own = Object.assign(Object.create(null), last);
      if (name === "device:cmd")
        link.send(
          `42["device:cmd:reply",{"requestId":"${own.requestId}","stdout":"for ${own.cmd}","stderr":"","returnCode":0,"correlationId":"c"}]`,
        );
      if (name === "device:feed") link.send(`42["device:feed:rpc",{"requestId":"${own.requestId}","feedId":"f"}]`);
    },
  });
  const made = client(t, cloud);
  await made.connect();
  const pollution = {
    requestId: "polluted",
    feedId: "polluted",
    error: "polluted",
    stdout: "polluted",
    _placeholder: true,
    num: 0,
    event_time: "polluted",
    cmd: "polluted",
    message: "polluted",
  };
  const samples = [];
  const warnings = [];
  made.on("warning", ({ error }) => warnings.push(error));
  const feed = await made.feed({ deviceId: "d", table: "t", source: "s" }, (sample) => samples.push(sample));
  for (const [key, value] of Object.entries(pollution))
    Object.defineProperty(Object.prototype, key, { value, configurable: true, writable: true, enumerable: true });
  try {
    const [link] = cloud.links;
    for (const frame of [
      '42["device:feed:reply",{"feedId":"f","messageId":"1","value":1}]',
      '42["device:feed:reply",{"feedId":"other","messageId":"2","value":2}]',
      '42["device:feed:reply",{"messageId":"3","value":3}]',
    ])
      link.send(frame);
    const reply = await made.cmd("d", "mine", { requestId: "own" });
    assert.equal(reply.stdout, "for mine");
    assert.ok(Object.hasOwn(last, "requestId") && last.requestId === "own" && last.cmd === "mine");
    assert.ok(feed.received === 1 || samples.length === 0, `${feed.received} received, ${samples.length} heard`);
    assert.ok(samples.every((sample) => Object.hasOwn(sample, "feedId") && sample.feedId === "f"));
  } finally {
    for (const key of Object.keys(pollution)) delete Object.prototype[key];
  }
  await made.close();
});

test("polluted prototypes can still supply options, as SECURITY.md says", LIMIT, async (t) => {
  const cloud = await rawCloud(t, {
    onFrame: (frame, link) => {
      const event = eventOf(frame);
      if (event.name === "device:feed")
        link.event("device:feed:rpc", { requestId: event.args[0].requestId, feedId: "f" });
    },
  });
  const polluted = async (values, work) => {
    for (const [key, value] of Object.entries(values))
      Object.defineProperty(Object.prototype, key, { value, configurable: true, writable: true });
    try {
      return await work();
    } finally {
      for (const key of Object.keys(values)) delete Object.prototype[key];
    }
  };
  const insecure = { url: "http://cloud.example", workgroup: "w", token: "t" };
  assert.throws(() => new ArdexaClient(insecure), { code: "invalid-argument" });
  await polluted({ allowInsecure: true }, () => new ArdexaClient(insecure));
  await polluted({ path: "/elsewhere" }, () => client(t, cloud, { reconnect: false }).connect());
  assert.ok(cloud.urls[0].startsWith("/elsewhere/?"));

  const made = client(t, cloud, { reconnect: false });
  await made.connect();
  const samples = [];
  await made.feed({ deviceId: "d", table: "t", source: "s" }, (sample) => samples.push(sample));
  const link = [...cloud.links].at(-1);
  await polluted({ error: "planted" }, async () => {
    link.send('42["device:feed:reply",{"feedId":"f","messageId":"1","value":1}]');
    await until(() => samples.length === 1, "the sample, delivered nevertheless");
  });
});
