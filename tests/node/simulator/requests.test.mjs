import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { collect, connected, next, rpc, settled, simulator, until } from "./support.mjs";

const LIMIT = { timeout: 20_000 };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PAGE_FAILURE =
  "ERROR. 2147. Parse error: Failed to parse 'frequency': yaml-cpp: error at line 50, column 16: bad conversion LC: 2\nERROR. 2147. Parse error: Failed to parse 'frequency': 2156. Bad frequency LC: 2\n";

/** The API page's sample configuration. */
const pageConfig = () => ({
  example_fields: [
    { meta: { units: "$" }, name: "one", expect: "integer" },
    { meta: { units: "@" }, name: "two", expect: "integer" },
    { meta: { units: "!" }, name: "other one", expect: "keyword" },
    { name: "baleReady", expect: "bool" },
  ],
  amqp: { hostname: "minikube.local", port: 30671 },
  debug: 1,
  run: [
    {
      command: "top -b -n2",
      frequency: 30,
      expect: "decimal",
      table: "data",
      source: "cpu_usage",
      meta: { units: "percentage" },
    },
  ],
  tail: [{ file: "/tmp/junk.log", table: "junk", source: "file1", expect: "csv", fields: "example_fields" }],
  stdout: true,
});

async function start(t, options) {
  const sim = await simulator(t, options);
  const socket = await connected(t, sim);
  return { sim, socket, device: sim.devices[0], deviceId: sim.devices[0].id };
}

test("device:cmd: payloads as on the API page", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t);
  const order = [];
  socket.onAny((event, item) => order.push([event, item]));
  socket.emit("device:cmd", { deviceId, cmd: "uptime" });
  await until(() => order.length === 2);
  const [[first, accepted], [second, reply]] = order;
  assert.deepEqual([first, second], ["device:cmd:rpc", "device:cmd:reply"]);
  assert.deepEqual(Object.keys(accepted), ["correlationId"]);
  assert.match(accepted.correlationId, UUID);
  assert.deepEqual(Object.keys(reply), ["stdout", "stderr", "returnCode", "correlationId"]);
  assert.match(
    reply.stdout,
    /^ \d\d:\d\d:\d\d up \d+ days, [ \d]\d:\d\d,  0 users,  load average: \d\.\d\d, \d\.\d\d, \d\.\d\d\n$/,
  );
  assert.deepEqual([reply.stderr, reply.returnCode, reply.correlationId], ["", 0, accepted.correlationId]);
});

test("requestId is returned if one was sent, whatever its type", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t);
  for (const requestId of ["r-1", "ü ☀", 17, null, { a: [1] }]) {
    const reply = next(socket, "device:cmd:reply");
    assert.deepEqual((await rpc(socket, "device:cmd", { deviceId, cmd: "true", requestId })).requestId, requestId);
    assert.deepEqual((await reply).requestId, requestId);
  }
});

test("reply before rpc, by option", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t, { replyBeforeRpc: true, latencyMs: 2 });
  const order = [];
  socket.onAny((event) => order.push(event));
  socket.emit("device:cmd", { deviceId, cmd: "true" });
  await until(() => order.length === 2);
  assert.deepEqual(order, ["device:cmd:reply", "device:cmd:rpc"]);
});

test("errors: offline, unknown, missing, not an object; both forms", LIMIT, async (t) => {
  const { sim, socket, deviceId } = await start(t);
  const offline = sim.devices.find((d) => !d.online);
  assert.deepEqual(await rpc(socket, "device:cmd", { deviceId: offline.id, cmd: "uptime", requestId: "a" }), {
    requestId: "a",
    error: { message: "Device is offline" },
  });
  assert.deepEqual(await rpc(socket, "device:cmd", { deviceId: "x", cmd: "uptime" }), {
    error: { message: "Unknown device" },
  });
  assert.deepEqual(await rpc(socket, "device:cmd", { deviceId }), { error: "Missing parameter: cmd" });
  assert.deepEqual(await rpc(socket, "device:cmd", null), { error: "Invalid request: an object is needed" });
});

test("errors: one form and without the requestId, by option", LIMIT, async (t) => {
  const { socket } = await start(t, { errorForm: "string", echoRequestIdInErrors: false });
  assert.deepEqual(await rpc(socket, "device:cmd", { deviceId: "x", cmd: "uptime", requestId: "a" }), {
    error: "Unknown device",
  });
});

test("a command is lost when its device goes offline", LIMIT, async (t) => {
  const { sim, socket, deviceId } = await start(t);
  const replies = collect(socket, "device:cmd:reply");
  await rpc(socket, "device:cmd", { deviceId, cmd: "sleep 0.05", requestId: "lost" });
  sim.setOnline(deviceId, false);
  sim.setOnline(deviceId, true);
  await rpc(socket, "device:cmd", { deviceId, cmd: "sleep 0.06", requestId: "kept" });
  await until(() => replies.length > 0);
  assert.deepEqual(
    replies.map((r) => r.requestId),
    ["kept"],
  );
});

test("testConfig: success, and the failure shown on the API page", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t);
  const config = pageConfig();
  assert.deepEqual(await rpc(socket, "device:testConfig", { requestId: "1", deviceId, config }), {
    requestId: "1",
    result: "success",
  });
  // @ts-expect-error not a number
  config.run[0].frequency = "often";
  assert.deepEqual(await rpc(socket, "device:testConfig", { requestId: "2", deviceId, config }), {
    requestId: "2",
    result: "error",
    error: { message: PAGE_FAILURE },
  });
});

test("testConfig: errors name the mistake", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t);
  /** @type {[(config: any) => unknown, RegExp][]} */
  const mistakes = [
    [(c) => delete c.tail[0].table, /Missing 'table' in a 'tail'/],
    [(c) => delete c.run[0].expect, /Missing 'expect'/],
    [(c) => (c.tail[0].fields = "no_such"), /no such anchor: no_such/],
    [(c) => (c.tail[0].fields = "constructor"), /no such anchor/],
    [(c) => (c.tail[0].fields = [null]), /every field needs/],
    [(c) => (c.run = {}), /'run' is not a list/],
    [(c) => (c.run = [7]), /not a map/],
    [(c) => (c.run[0].source = "a.b"), /full stop/],
    [(c) => (c.run[0].frequency = 0), /Bad frequency/],
  ];
  for (const [spoil, message] of mistakes) {
    const config = pageConfig();
    spoil(config);
    const answer = await rpc(socket, "device:testConfig", { deviceId, config });
    assert.match(answer.error.message, message);
    assert.equal(answer.result, "error");
  }
  for (const config of [null, [], 5, "text"]) {
    assert.match((await rpc(socket, "device:testConfig", { deviceId, config })).error.message, /not a map/);
  }
});

test("applyConfig: the agent restarts, the file and the feeds change", LIMIT, async (t) => {
  const { socket, deviceId, device } = await start(t);
  const events = [];
  socket.onAny((event, item) => events.push([event, item]));
  socket.emit("device:applyConfig", { requestId: "1", deviceId, config: pageConfig() });
  await until(() => events.length === 4);
  const change = { cn: `CN=${deviceId},O=demo`, vhost: "demo" };
  assert.deepEqual(events, [
    ["device:applyConfig:rpc", { requestId: "1", result: "success" }],
    ["device:stateChange", { ...change, online: false }],
    ["device:stateChange", { ...change, online: true }],
    ["device:metaChange", { id: deviceId }],
  ]);
  assert.match(device.configYaml, /frequency: 30/);
  const sample = next(socket, "device:feed:reply");
  await rpc(socket, "device:feed", { deviceId, table: "junk", source: "file1" });
  assert.equal((await sample).value.length, 4);
});

test("applyYamlConfig: valid YAML, invalid YAML, not a string", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t);
  const event = "device:applyYamlConfig";
  assert.match((await rpc(socket, event, { deviceId, config: {} })).error.message, /Missing parameter: config/);
  assert.match(
    (await rpc(socket, event, { deviceId, config: "a: [1\nb: }" })).error.message,
    /yaml-cpp: error at line \d+, column \d+/,
  );
  assert.match(
    (
      await rpc(socket, event, {
        deviceId,
        config: "run:\n - {frequency: x, command: a, table: t, source: s, expect: log}\n",
      })
    ).error.message,
    /Bad frequency/,
  );
  const changed = next(socket, "device:metaChange");
  const yaml = "debug: 0\nrun:\n  - {frequency: 5, command: a, table: t, source: s, expect: log} # ü\n";
  assert.deepEqual(await rpc(socket, event, { requestId: "y", deviceId, config: yaml }), {
    requestId: "y",
    result: "success",
  });
  await changed;
  const reply = next(socket, "device:cmd:reply");
  socket.emit("device:cmd", { deviceId, cmd: "cat /etc/ardexa/ardexa.yaml" });
  assert.equal((await reply).stdout, yaml);
});

test("refreshMeta: complete, then the restart; an offline device only completes", LIMIT, async (t) => {
  const { sim, socket, deviceId } = await start(t);
  const states = collect(socket, "device:stateChange");
  const meta = next(socket, "device:metaChange");
  assert.deepEqual(await rpc(socket, "device:refreshMeta", { requestId: "m", deviceId }), {
    requestId: "m",
    complete: true,
  });
  assert.deepEqual(await meta, { id: deviceId });
  assert.deepEqual(
    states.map((s) => s.online),
    [false, true],
  );
  const offline = sim.devices.find((d) => !d.online);
  assert.deepEqual(await rpc(socket, "device:refreshMeta", { deviceId: offline.id }), { complete: true });
});

test("doUpgrade: an upgrade that completes, and one that fails", LIMIT, async (t) => {
  const { sim, socket, deviceId } = await start(t);
  const steps = collect(socket, "device:doUpgrade:reply");
  const meta = next(socket, "device:metaChange");
  socket.emit("device:doUpgrade", { requestId: "u", deviceId });
  await meta;
  assert.deepEqual(steps[0], { status: "Arch detected: amd64", complete: false, requestId: "u" });
  assert.deepEqual(steps.at(-1), { status: "Complete", complete: true, requestId: "u" });
  assert.ok(steps.slice(0, -1).every((s) => s.complete === false));
  steps.length = 0;
  const failing = sim.devices.find((d) => d.failsUpgrade);
  socket.emit("device:doUpgrade", { requestId: "f", deviceId: failing.id });
  await until(() => steps.at(-1)?.error);
  assert.deepEqual(steps.at(-1), { error: "Internal error occurred", requestId: "f" });
  steps.length = 0;
  socket.emit("device:doUpgrade", { deviceId, simulate: "fail" });
  await until(() => steps.at(-1)?.error);
  assert.deepEqual(steps.at(-1), { error: "Internal error occurred" });
});

test("sendArdexactl and sendArdpkg", LIMIT, async (t) => {
  const { socket, deviceId } = await start(t);
  for (const event of ["device:sendArdexactl", "device:sendArdpkg"]) {
    assert.deepEqual(await rpc(socket, event, { requestId: "s", deviceId }), { requestId: "s", complete: true });
  }
});

test("broadcasts: new, stateChange, metaChange, once per change", LIMIT, async (t) => {
  const { sim, socket } = await start(t);
  const events = [];
  socket.onAny((...event) => events.push(event));
  const device = sim.addDevice();
  sim.setOnline(device.id, true);
  sim.setOnline(device.id, true);
  sim.metaChange(device.id);
  await until(() => events.length === 3);
  const cn = `CN=${device.id},O=demo`;
  assert.deepEqual(events, [
    ["device:new", { id: device.id, cn, online: false }],
    ["device:stateChange", { cn, vhost: "demo", online: true }],
    ["device:metaChange", { id: device.id }],
  ]);
});

test("devices flap, by option", LIMIT, async (t) => {
  const { socket } = await start(t, { flapEveryMs: 2 });
  const changes = collect(socket, "device:stateChange");
  await until(() => changes.length >= 5);
});

test("no payload crashes it, unknown events are ignored, everything is recorded", LIMIT, async (t) => {
  const { sim, socket, deviceId } = await start(t);
  const proto = JSON.parse('{"__proto__":{"deviceId":"x"},"constructor":1}');
  /** @type {any} */
  let deep = "end";
  for (let i = 0; i < 400; i++) deep = [deep];
  const odd = [
    undefined,
    null,
    0,
    -1,
    1e308,
    "",
    "é".repeat(100_000),
    [],
    [[]],
    {},
    proto,
    true,
    deep,
    { deviceId: {} },
    { deviceId: proto },
    { deviceId: "__proto__" },
    { deviceId, table: "__proto__", source: "constructor" },
    { deviceId, table: "solar", source: [] },
    { deviceId, cmd: {} },
    { deviceId, table: "solar", source: "inverter-01", field: {} },
    { deviceId, config: proto },
    { deviceId, config: { run: [proto], tail: null } },
    { deviceId, config: "&a [*a]" },
    { deviceId, config: "[".repeat(5_000) },
    { feedId: {} },
    { deviceId, cmd: "\u0000 '\" \\ $ ${ | || && ; >" },
    Buffer.from("bytes"),
    { deviceId, requestId: deep },
  ];
  const events = [
    "cmd",
    "feed",
    "feed:stop",
    "feed:stopAll",
    "testConfig",
    "applyConfig",
    "applyYamlConfig",
    "refreshMeta",
    "doUpgrade",
    "sendArdexactl",
    "sendArdpkg",
    "noSuch",
  ];
  for (const event of events)
    for (const payload of odd) {
      socket.emit(`device:${event}`, payload, payload);
      sim.devices[0].online = true;
    }
  socket.emit("__proto__", 1);
  socket.emit("constructor");
  await settled(socket);
  await until(() => sim.received.length >= events.length * odd.length + 3);
  assert.equal(sim.stats().handlerErrors, 0);
  assert.ok(socket.connected);
  assert.ok(sim.received.some((r) => r.event === "device:noSuch"));
});

test("payloads nested too deeply are rejected", LIMIT, async (t) => {
  const { sim, deviceId } = await start(t, { maxPayload: 10_000_000 });
  const ws = new WebSocket(
    `${sim.url.replace("http", "ws")}/socket.io-client/?token=${sim.token}&orgName=demo&EIO=4&transport=websocket`,
  );
  t.after(() => ws.terminate());
  const frames = [];
  ws.on("message", (data) => frames.push(String(data)));
  await new Promise((resolve) => ws.on("open", resolve));
  ws.send("40");
  await until(() => frames.some((f) => f.startsWith("40")));
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const device = `"deviceId":"${deviceId}"`;
  for (const frame of [
    `42["device:cmd",{${device},"cmd":"true","requestId":${deep}}]`,
    `42["device:feed",{${device},"table":${deep}}]`,
    `42["device:applyConfig",{${device},"config":{"anchor":${deep}}}]`,
    `42["device:applyYamlConfig",{${device},"config":"${"[".repeat(100_000)}"}]`,
    `42["device:applyYamlConfig",{${device},"config":"${"- ".repeat(100_000)}"}]`,
    `42["device:applyYamlConfig",{${device},"config":"${"{a: ".repeat(100_000)}"}]`,
  ]) {
    frames.length = 0;
    ws.send(frame);
    await until(() => frames.length > 0);
    assert.match(frames[0], /nested too deeply/);
  }
  assert.equal(sim.stats().handlerErrors, 0);
});

test("received is bounded", LIMIT, async (t) => {
  const { sim, socket } = await start(t, { maxReceived: 5 });
  for (let i = 0; i < 20; i++) socket.emit("tick", i);
  await settled(socket);
  assert.deepEqual(
    sim.received.map((r) => r.event),
    ["tick", "tick", "tick", "tick", "device:sendArdpkg"],
  );
});
