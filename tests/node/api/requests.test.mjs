// One method per request of the API: what is sent, what is returned, how it is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, framesOut, received } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { eventOf } from "../lib/raw-cloud.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { collect, LIMIT, next, until } from "../lib/until.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const BAD_FREQUENCY = /^device:\w+: ERROR\. 2147\. Parse error: Failed to parse 'frequency'/;

/** The API page's sample configuration, with its order of keys. */
const pageConfig = () => ({
  example_fields: [
    { meta: { units: "$" }, name: "one", expect: "integer" },
    { meta: { units: "@" }, name: "two", expect: "integer" },
    { meta: { units: "!" }, name: "other one", expect: "keyword" },
    { name: "baleReady", expect: "bool" },
  ],
  amqp: { cacertfile: "/etc/ardexa/keys/Ardexa CA chain - amqps.crt", hostname: "minikube.local", port: 30671 },
  debug: 1,
  run: [
    { command: 'top -b -n2 | grep "Cpu(s)"', frequency: 30, expect: "decimal", table: "data", source: "cpu_usage" },
  ],
  tail: [{ file: "/tmp/junk.log", table: "junk", source: "file1", expect: "csv", fields: "example_fields" }],
  stdout: true,
});

test("cmd: request and reply as on the API page", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const reply = await client.cmd(deviceId, "uptime");
  assert.deepEqual(Object.keys(reply).sort(), ["correlationId", "requestId", "returnCode", "stderr", "stdout"]);
  assert.match(reply.stdout, / up \d+ days, /);
  assert.deepEqual([reply.stderr, reply.returnCode], ["", 0]);
  assert.match(reply.correlationId, UUID);
  assert.match(reply.requestId, UUID);
  assert.deepEqual(received(sim, "device:cmd"), [{ requestId: reply.requestId, deviceId, cmd: "uptime" }]);
});

test("cmd: a non-zero return code is a reply; stderr and non-ASCII characters are preserved", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  assert.equal((await client.cmd(deviceId, "exit 7")).returnCode, 7);
  assert.equal((await client.cmd(deviceId, "no-such-command")).returnCode, 127);
  assert.equal((await client.cmd(deviceId, "complain about it")).stderr, "about it\n");
  assert.equal((await client.cmd(deviceId, 'echo "ü ☀ 𝒳 \\ \u2028"')).stdout, "ü ☀ 𝒳 \\ \u2028\n");
});

test("cmd: of many concurrent commands, each gets its own reply", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t, { sim: { latencyMs: 1 } });
  const words = Array.from({ length: 200 }, (_, i) => `word-${i}`);
  const replies = await Promise.all(words.map((word) => client.cmd(deviceId, `echo ${word}`)));
  assert.deepEqual(
    replies.map((reply) => reply.stdout),
    words.map((word) => `${word}\n`),
  );
  assert.equal(new Set(replies.map((reply) => reply.requestId)).size, words.length);
  assert.equal(client.stats().openRequests, 0);
});

test("the request ids of two clients differ, even on a platform without crypto", LIMIT, async (t) => {
  const cloud = scriptedCloud();
  const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  t.after(() => Object.defineProperty(globalThis, "crypto", crypto));
  const ids = async () => {
    const made = client(t, cloud, { webSocket: cloud.webSocket });
    await made.connect();
    const replies = [await made.cmd("d", "true"), await made.cmd("d", "true")];
    return replies.map(({ requestId }) => requestId);
  };
  const all = [...(await ids()), ...(await ids())];
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  all.push(...(await ids()), ...(await ids()));
  for (const id of all) assert.match(id, UUID);
  assert.equal(new Set(all).size, 8, all.join(" "));
});

test("request ids are random by crypto; without it, by four numbers of Math.random", LIMIT, async (t) => {
  const cloud = scriptedCloud();
  const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  t.after(() => Object.defineProperty(globalThis, "crypto", crypto));
  /** The id of a client's first request. @param {number[]} random what Math.random returns */
  const id = async (...random) => {
    const mock = t.mock.method(Math, "random", () => random.shift() ?? 0.5);
    const made = client(t, cloud, { webSocket: cloud.webSocket });
    await made.connect();
    const { requestId } = await made.cmd("d", "true");
    mock.mock.restore();
    return requestId;
  };
  assert.notEqual(await id(), await id());
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  assert.equal(await id(), await id());
  const all = [await id()];
  for (let at = 0; at < 4; at++) all.push(await id(...Array(4).fill(0.5).with(at, 0.1234)));
  assert.equal(new Set(all).size, 5, all.join(" "));
});

test("cmd: :reply may come before :rpc", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t, { sim: { replyBeforeRpc: true } });
  const warnings = collect(client, "warning");
  for (let i = 0; i < 3; i++) assert.equal((await client.cmd(deviceId, `echo ${i}`)).stdout, `${i}\n`);
  assert.deepEqual(warnings, []);
});

test("requests that complete: refreshMeta, sendArdexactl, sendArdpkg", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  for (const name of ["sendArdexactl", "sendArdpkg", "refreshMeta"]) {
    const reply = await client[name](deviceId);
    assert.deepEqual(reply, { requestId: reply.requestId, complete: true });
    assert.deepEqual(received(sim, `device:${name}`), [{ requestId: reply.requestId, deviceId }]);
  }
});

test("refreshMeta is followed by the agent's restart and the new metadata", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const states = collect(client, "device:stateChange");
  const meta = next(client, "device:metaChange");
  await client.refreshMeta(deviceId);
  assert.deepEqual(await meta, { id: deviceId });
  const cn = `CN=${deviceId},O=demo`;
  assert.deepEqual(
    states,
    [false, true].map((online) => ({ cn, vhost: "demo", online, deviceId })),
  );
});

test("testConfig, applyConfig, applyYamlConfig: success", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  for (const [name, config] of /** @type {[string, unknown][]} */ ([
    ["testConfig", pageConfig()],
    ["applyConfig", pageConfig()],
    ["applyYamlConfig", "debug: 1 # ü\n"],
  ])) {
    // Applying restarts the agent; until then the device is offline.
    await until(() => sim.devices[0].online);
    const reply = await client[name](deviceId, config);
    assert.deepEqual(reply, { requestId: reply.requestId, result: "success" }, name);
    assert.deepEqual(received(sim, `device:${name}`), [{ requestId: reply.requestId, deviceId, config }]);
  }
});

test("testConfig, applyConfig: a failure has the agent's message", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const config = { run: [{ command: "ls", frequency: 0, table: "t", source: "s", expect: "log" }] };
  for (const name of ["testConfig", "applyConfig"]) {
    const error = await rejects(client[name](deviceId, config), "rejected", {
      event: `device:${name}`,
      message: BAD_FREQUENCY,
    });
    assert.match(/** @type {{message: string}} */ (error.data).message, /Bad frequency LC: 2\n$/);
  }
});

test("a configuration is sent with its order of keys, byte for byte", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const frames = framesOut(client);
  const config = { z: 1, a: { y: [], x: { "ü ☀": null } }, ...pageConfig(), debug: 1.5, "": 1e21, 10: 1, 2: 2 };
  await client.testConfig(deviceId, config, { requestId: "one" });
  const text = JSON.stringify(config);
  assert.equal(frames[0], `42["device:testConfig",{"requestId":"one","deviceId":"${deviceId}","config":${text}}]`);
  assert.equal(JSON.stringify(received(sim, "device:testConfig")[0].config), text);
});

test("a YAML document is sent unchanged", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const yaml = '# tabs and quotes\r\nname: "ü\\t"\n\nrun: []\n---\u0000\u2029';
  await client.applyYamlConfig(deviceId, yaml).catch(() => {});
  assert.equal(received(sim, "device:applyYamlConfig")[0].config, yaml);
});

test("doUpgrade: every step is reported, the last is the result", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const steps = [];
  const last = await client.doUpgrade(deviceId, { onProgress: (step) => steps.push(step) });
  assert.deepEqual(last, { requestId: last.requestId, status: "Complete", complete: true });
  assert.equal(steps[0].status, "Arch detected: amd64");
  assert.equal(steps.length, 8);
  assert.deepEqual(steps.at(-1), last);
  assert.ok(steps.every((step) => step.requestId === last.requestId && step.complete === (step === steps.at(-1))));
  assert.deepEqual(received(sim, "device:doUpgrade"), [{ requestId: last.requestId, deviceId }]);
});

test("doUpgrade without onProgress", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  assert.equal((await client.doUpgrade(deviceId)).complete, true);
});

test("doUpgrade that fails half-way: the steps before the failure, then the error", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const steps = [];
  const upgrade = client.doUpgrade(deviceId, {
    onProgress: (step) => steps.push(step.status),
    extra: { simulate: "fail" },
  });
  await rejects(upgrade, "rejected", {
    event: "device:doUpgrade",
    data: "Internal error occurred",
    message: /Internal error occurred/,
  });
  assert.equal(steps.length, 3);
});

test("doUpgrade: the timeout applies between two steps", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  let step = 0;
  sim.onConnection = undefined;
  sim.sockets[0].on("test:upgrade", () => {});
  // Eight steps of 150 ms: together longer than the timeout, each far shorter.
  const slow = await connected(t, { sim: { upgradeStepMs: 150 } });
  const last = await slow.client.doUpgrade(slow.deviceId, { timeoutMs: 1000, onProgress: () => step++ });
  assert.equal(last.complete, true);
  assert.equal(step, 8);
  assert.equal((await client.doUpgrade(deviceId)).complete, true);
});

for (const errorForm of /** @type {const} */ (["string", "object"])) {
  test(`errors as ${errorForm}: rejected, with the server's message and value`, LIMIT, async (t) => {
    const { client } = await connected(t, { sim: { errorForm } });
    const data = errorForm === "string" ? "Unknown device" : { message: "Unknown device" };
    for (const name of [
      "cmd",
      "testConfig",
      "applyConfig",
      "applyYamlConfig",
      "refreshMeta",
      "doUpgrade",
      "sendArdexactl",
      "sendArdpkg",
    ]) {
      const args = { cmd: ["ls"], testConfig: [{}], applyConfig: [{}], applyYamlConfig: ["a: 1"] }[name] ?? [];
      const error = await rejects(client[name]("no-such-device", ...args, { requestId: `id-${name}` }), "rejected", {
        data,
      });
      assert.equal(error.message, `device:${name}: Unknown device`);
      assert.equal(error.event, `device:${name}`);
      assert.equal(error.requestId, `id-${name}`);
    }
  });
}

test("an error without requestId rejects the only open request of its event", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t, { sim: { echoRequestIdInErrors: false } });
  const slow = client.cmd(deviceId, "slow", { timeoutMs: Infinity });
  await rejects(client.refreshMeta("no-such-device"), "rejected", { event: "device:refreshMeta" });
  await client.close();
  await rejects(slow, "closed");
});

test("an error without requestId and two open requests: a warning, and both stay open", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const [one, two] = [client.cmd(deviceId, "slow"), client.cmd(deviceId, "slow")];
  const warned = next(client, "warning");
  sim.broadcast("device:cmd:rpc", { error: "Permission denied" });
  const { error } = await warned;
  assert.deepEqual([error.code, error.event, error.data], ["rejected", "device:cmd", "Permission denied"]);
  assert.equal(client.stats().openRequests, 2);
  await client.close();
  await Promise.all([rejects(one, "closed"), rejects(two, "closed")]);
});

test("a token without the Control Devices privilege is rejected with that reason", LIMIT, async (t) => {
  const { sim, deviceId } = await connected(t);
  const reader = await connected(t, { sim: { seed: 1 }, token: sim.readOnlyToken });
  await rejects(reader.client.cmd(deviceId, "ls"), "rejected", { message: /privilege/ });
});

test("errors of every form", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const forms = [
    ["a text", "a text"],
    [{ message: "words" }, "words"],
    [{ code: 7 }, '{"code":7}'],
    [["a"], '["a"]'],
    [17, "17"],
    [true, "true"],
    [{ message: "ü\n" }, "ü"],
  ];
  for (const [error, words] of forms) {
    const requestId = `form-${JSON.stringify(error)}`;
    const answer = client.cmd(deviceId, "slow", { requestId });
    sim.broadcast("device:cmd:rpc", { requestId, error });
    const got = await rejects(answer, "rejected", { data: error, requestId });
    assert.equal(got.message, `device:cmd: ${words}`);
  }
});

test("a malformed reply is `protocol`", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  /** @type {[name: string, event: string, payload: object, message: RegExp][]} */
  const cases = [
    ["cmd", "device:cmd:reply", { stdout: "", stderr: "" }, /returnCode/],
    ["cmd", "device:cmd:reply", { stdout: 1, stderr: "", returnCode: 0 }, /stdout/],
  ];
  for (const [name, event, payload, message] of cases) {
    const answer = client[name](deviceId, "slow", { requestId: "shape" });
    sim.broadcast(event, { ...payload, requestId: "shape" });
    await rejects(answer, "protocol", { message, event: `device:${name}` });
  }
  assert.equal(client.state, "connected");
});

test("requests are sent in the order of their calls", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const frames = framesOut(client);
  const all = [
    client.cmd(deviceId, "ls"),
    client.sendArdpkg(deviceId),
    client.testConfig(deviceId, {}),
    client.sendArdexactl(deviceId),
  ];
  await Promise.all(all);
  assert.deepEqual(
    frames
      .map(eventOf)
      .filter(Boolean)
      .map(({ name }) => name),
    ["device:cmd", "device:sendArdpkg", "device:testConfig", "device:sendArdexactl"],
  );
});
