// on, once, off, onAny, onFrame: who is called, how often, and what a listener may do wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, flushed, framesOut, simulator } from "../lib/cloud.mjs";
import { assertArdexaError } from "../lib/errors.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

/** Broadcasts an event and waits until the client has received it. */
async function meta(sim, made, id = sim.devices[0].id) {
  const heard = next(made, "device:metaChange");
  sim.metaChange(id);
  return heard;
}

test("the device events, as on the API page", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const change = next(made, "device:stateChange");
  sim.setOnline(deviceId, false);
  assert.deepEqual(await change, { cn: `CN=${deviceId},O=demo`, vhost: "demo", online: false, deviceId });
  const added = next(made, "device:new");
  const { id } = sim.addDevice();
  assert.deepEqual(await added, { id, cn: `CN=${id},O=demo`, online: false });
  assert.deepEqual(await meta(sim, made), { id: deviceId });
});

test("deviceId is omitted if the cn has another form", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  for (const cn of ["", "device-7", "OU=x"]) {
    const change = next(made, "device:stateChange");
    sim.broadcast("device:stateChange", { cn, vhost: "demo", online: true });
    assert.deepEqual(await change, { cn, vhost: "demo", online: true });
  }
});

test("fields that the API page does not list are passed on", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const change = next(made, "device:metaChange");
  sim.broadcast("device:metaChange", { id: "x", more: [1, null] });
  assert.deepEqual(await change, { id: "x", more: [1, null] });
});

test("a malformed broadcast is a warning", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  for (const [event, payload] of /** @type {[string, unknown][]} */ ([
    ["device:stateChange", { cn: 1 }],
    ["device:new", "x"],
    ["device:metaChange", {}],
  ])) {
    const warned = next(made, "warning");
    sim.broadcast(event, payload);
    const { error } = await warned;
    assertArdexaError(error, "protocol", { event, data: payload });
  }
  await meta(sim, made);
});

test("the same listener twice is one subscription", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  let calls = 0;
  const listener = () => calls++;
  made.on("device:metaChange", listener);
  made.on("device:metaChange", listener);
  await meta(sim, made);
  assert.equal(calls, 1);
  made.off("device:metaChange", listener);
  await meta(sim, made);
  assert.equal(calls, 1);
});

test("the same listener on two events is two subscriptions", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const calls = [];
  const listener = (event) => calls.push(Object.keys(event).length);
  made.on("device:metaChange", listener);
  made.on("device:stateChange", listener);
  sim.setOnline(deviceId, false);
  await meta(sim, made);
  assert.deepEqual(calls, [4, 1]);
});

test("on() and once() return an undo function, which may be called twice", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  let calls = 0;
  for (const stop of [made.on("device:metaChange", () => calls++), made.once("device:metaChange", () => calls++)]) {
    assert.equal(typeof stop, "function");
    assert.equal(stop(), undefined);
    assert.equal(stop(), undefined);
  }
  await meta(sim, made);
  assert.equal(calls, 0);
});

test("a used undo function does not stop a later subscription of the same listener", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  let calls = 0;
  const listener = () => calls++;
  const stop = made.on("device:metaChange", listener);
  stop();
  made.on("device:metaChange", listener);
  stop();
  await meta(sim, made);
  assert.equal(calls, 1);
});

test("once() is called once", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  let calls = 0;
  made.once("device:metaChange", () => calls++);
  await meta(sim, made);
  await meta(sim, made);
  assert.equal(calls, 1);
});

test("on() after once() of the same listener stays subscribed", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  let calls = 0;
  const listener = () => calls++;
  made.once("device:metaChange", listener);
  made.on("device:metaChange", listener);
  await meta(sim, made);
  await meta(sim, made);
  assert.equal(calls, 2);
});

test("a listener added or removed while its event is delivered", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const calls = [];
  const late = () => calls.push("late");
  made.once("device:metaChange", () => {
    calls.push("first");
    made.on("device:metaChange", late);
  });
  await meta(sim, made);
  assert.deepEqual(calls, ["first"]);
  await meta(sim, made);
  assert.deepEqual(calls, ["first", "late"]);
});

test("off() of an unknown listener does nothing", LIMIT, async (t) => {
  const { client: made } = await connected(t);
  assert.equal(
    made.off("warning", () => {}),
    undefined,
  );
});

test("listeners are called in the order they were added, and survive reconnections", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const calls = [];
  for (const name of ["a", "b", "c"]) made.on("device:metaChange", () => calls.push(name));
  const back = next(made, "connect");
  sim.dropAll();
  await back;
  await meta(sim, made);
  assert.deepEqual(calls, ["a", "b", "c"]);
});

test(
  "a listener that throws: the others are called, a warning reports it, the connection survives",
  LIMIT,
  async (t) => {
    const { sim, client: made, deviceId } = await connected(t);
    const warnings = collect(made, "warning");
    const thrown = new RangeError("out of range");
    let other = 0;
    made.on("device:metaChange", () => {
      throw thrown;
    });
    made.on("device:metaChange", () => other++);
    await meta(sim, made);
    await until(() => warnings.length === 1);
    assertArdexaError(warnings[0].error, "invalid-argument", { message: /device:metaChange.*out of range/ });
    assert.equal(warnings[0].error.cause, thrown);
    assert.equal(other, 1);
    assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
  },
);

test("whatever a listener throws, the connection survives", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t, { sim: { samplesPerSecond: 0 } });
  const warnings = collect(made, "warning");
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
      getPrototypeOf: () => {
        throw new Error("no");
      },
    },
  );
  const badMessage = Object.defineProperty(new Error("x"), "message", {
    get: () => {
      throw new Error("no");
    },
  });
  const numberMessage = Object.assign(new Error("x"), { message: 7 });
  const values = [
    undefined,
    null,
    0,
    "text",
    Symbol("s"),
    1n,
    {},
    [],
    () => {},
    hostile,
    badMessage,
    numberMessage,
    new Error(""),
  ];
  for (const value of values) {
    const stop = made.on("device:metaChange", () => {
      throw value;
    });
    const before = warnings.length;
    await meta(sim, made);
    await until(() => warnings.length === before + 1, "the warning");
    assert.equal(warnings.at(-1).error.code, "invalid-argument");
    if (value !== undefined) assert.equal(warnings.at(-1).error.cause, value);
    stop();
  }
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
});

test("a warning listener that throws is not called for its own exception", LIMIT, async (t) => {
  t.mock.method(console, "error", () => {});
  const { sim, client: made, deviceId } = await connected(t);
  let calls = 0;
  made.on("warning", () => {
    calls++;
    throw new Error("again");
  });
  made.on("device:metaChange", () => {
    throw new Error("first");
  });
  await meta(sim, made);
  await made.cmd(deviceId, "true");
  assert.equal(calls, 1);
  // The same for a warning about the server.
  sim.broadcast("device:cmd:rpc", { requestId: "nobody's", error: "stray" });
  await made.cmd(deviceId, "true");
  assert.equal(calls, 2);
});

test("onAny receives every event with all its arguments, before the typed listeners", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const heard = [];
  const stop = made.onAny((...all) => heard.push(all));
  made.on("device:metaChange", () => heard.push("typed"));
  await meta(sim, made);
  sim.broadcast("some:other", 1, "two", null, { three: [3] });
  sim.broadcast("bare");
  await made.cmd(deviceId, "true", { requestId: "r" });
  assert.deepEqual(heard.slice(0, 4), [
    ["device:metaChange", { id: deviceId }],
    "typed",
    ["some:other", 1, "two", null, { three: [3] }],
    ["bare"],
  ]);
  assert.deepEqual(
    heard.slice(4).map(([name]) => name),
    ["device:cmd:rpc", "device:cmd:reply"],
  );
  stop();
  sim.broadcast("bare");
  await meta(sim, made);
  assert.equal(heard.length, 7);
  assert.equal(heard.at(-1), "typed");
});

test("names of built-in properties are ordinary event names to onAny", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const heard = [];
  made.onAny((name, value) => heard.push([name, value]));
  const names = ["__proto__", "constructor", "toString", "error", "message", "open", "close", "ü ☀", ""];
  for (const name of names) sim.broadcast(name, name);
  await meta(sim, made);
  assert.deepEqual(
    heard.slice(0, -1),
    names.map((name) => [name, name]),
  );
});

test("a numeric event name is delivered as a string", LIMIT, async (t) => {
  const cloud = await rawCloud(t);
  const made = client(t, cloud);
  const heard = [];
  made.onAny((...all) => heard.push(all));
  await made.connect();
  for (const ws of cloud.links) ws.send("42[7,1]");
  await until(() => heard.length === 1);
  assert.deepEqual(heard, [["7", 1]]);
});

test("onFrame receives every frame in both directions until it is stopped", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  const frames = [];
  const stop = made.onFrame((direction, frame) => frames.push([direction, frame]));
  await made.connect();
  assert.deepEqual(
    frames.map(([direction, frame]) => `${direction} ${frame.slice(0, 2)}`),
    ["in 0{", "out 40", "in 40"],
  );
  const { framesIn, framesOut: out } = made.stats();
  assert.deepEqual([framesIn, out], [2, 1]);
  made.emit("binary", new Uint8Array([1, 2, 255]));
  assert.equal(frames[3][1], '451-["binary",{"_placeholder":true,"num":0}]');
  assert.deepEqual(frames[4], ["out", new Uint8Array([1, 2, 255])]);
  sim.broadcast("back", Buffer.from([9, 8]));
  await until(() => frames.length === 7, "both frames");
  assert.deepEqual(frames[6], ["in", new Uint8Array([9, 8])]);
  stop();
  await flushed(made, sim);
  assert.equal(frames.length, 7);
});

test("onFrame receives samples and replies too, which take shorter paths without it", LIMIT, async (t) => {
  const { client: made, solar, deviceId } = await connected(t);
  const opened = [
    async () => made.feed(solar, () => {}),
    async () => {
      const series = await made.series(solar);
      return {
        get received() {
          return series.total;
        },
        stop: () => series.stop(),
      };
    },
  ];
  for (const open of opened) {
    const feed = await open();
    await until(() => feed.received > 3, "samples without onFrame");
    const frames = [];
    const stop = made.onFrame((direction, frame) => direction === "in" && frames.push(frame));
    const before = feed.received;
    await until(() => feed.received > before + 3, "samples with onFrame");
    const samples = frames.filter((frame) => frame.startsWith('42["device:feed:reply"'));
    assert.equal(samples.length, feed.received - before);
    await made.refreshMeta(deviceId);
    assert.equal(frames.filter((frame) => frame.startsWith('42["device:refreshMeta:rpc"')).length, 1);
    stop();
    await feed.stop();
  }
});

test("an onFrame or onAny listener that throws is a warning too", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const warnings = collect(made, "warning");
  made.onAny(() => {
    throw new Error("any");
  });
  const stop = made.onFrame(() => {
    throw new Error("frame");
  });
  await meta(sim, made);
  stop();
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
  const causes = warnings.map(
    ({ error }) => /** @type {Error} */ (assertArdexaError(error, "invalid-argument").cause).message,
  );
  assert.ok(causes.includes("any") && causes.includes("frame"), causes.join());
});

test("a frame modified by an onFrame listener is sent unmodified", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  made.onFrame((_direction, frame) => frame instanceof Uint8Array && frame.fill(0));
  const out = framesOut(made);
  made.emit("binary", new Uint8Array([1, 2, 3]));
  await flushed(made, sim);
  assert.equal(out.length, 3);
  assert.deepEqual([...sim.received.find((r) => r.event === "binary").args[0]], [1, 2, 3]);
});
