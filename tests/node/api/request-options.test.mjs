// RequestOptions: requestId, extra, timeoutMs, signal.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { connected, flushed, framesOut, received } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { LIMIT, next, until } from "../lib/until.mjs";

test("a custom requestId is sent and returned", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  for (const requestId of ["mine-1", 'ü ☀ "\\', "x".repeat(1000)]) {
    assert.equal((await client.cmd(deviceId, "true", { requestId })).requestId, requestId);
    assert.equal(received(sim, "device:cmd").at(-1).requestId, requestId);
  }
});

test("a requestId is rejected while a reply to it may arrive, and can be reused afterwards", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t, { sim: { slowCommandMs: 2_000 } });
  const first = client.cmd(deviceId, "slow", { requestId: "same", timeoutMs: 300 });
  await rejects(client.cmd(deviceId, "true", { requestId: "same" }), "invalid-argument", {
    requestId: "same",
    message: /requestId/,
  });
  await rejects(first, "timeout", { requestId: "same" });
  await rejects(client.cmd(deviceId, "true", { requestId: "same" }), "invalid-argument", {
    requestId: "same",
    message: /may still be answered/,
  });
  await new Promise((resolve) => client.onAny((event) => event === "device:cmd:reply" && resolve(undefined)));
  assert.equal((await client.cmd(deviceId, "true", { requestId: "same" })).returnCode, 0);
  assert.equal(received(sim, "device:cmd").length, 2);
});

test("without one, every request has a new UUID", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  await Promise.all(Array.from({ length: 50 }, () => client.sendArdpkg(deviceId)));
  assert.equal(new Set(received(sim, "device:sendArdpkg").map(({ requestId }) => requestId)).size, 50);
});

test("extra fields follow the request's own, unchanged and in order", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const frames = framesOut(client);
  const extra = { z: 1, a: { b: [null, true, "ü"], 1: 2 }, timeout: 1.5 };
  await client.cmd(deviceId, "true", { requestId: "r", extra });
  assert.equal(
    frames[0],
    `42["device:cmd",{"requestId":"r","deviceId":"${deviceId}","cmd":"true",${JSON.stringify(extra).slice(1, -1)}}]`,
  );
});

test("every request passes extra fields through, feed() included", LIMIT, async (t) => {
  const { sim, client, deviceId, solar } = await connected(t);
  const options = { extra: { note: { x: 1 } } };
  const calls = {
    cmd: () => client.cmd(deviceId, "true", options),
    testConfig: () => client.testConfig(deviceId, {}, options),
    sendArdexactl: () => client.sendArdexactl(deviceId, options),
    sendArdpkg: () => client.sendArdpkg(deviceId, options),
    feed: () => client.feed(solar, () => {}, options),
    doUpgrade: () => client.doUpgrade(deviceId, options),
    applyConfig: () => client.applyConfig(deviceId, {}, options),
    applyYamlConfig: () => client.applyYamlConfig(deviceId, "{}", options),
    refreshMeta: () => client.refreshMeta(deviceId, options),
  };
  for (const [name, call] of Object.entries(calls)) {
    await until(() => sim.devices[0].online);
    await call();
    assert.deepEqual(received(sim, `device:${name}`)[0].note, { x: 1 }, name);
  }
  await until(() => sim.devices[0].online);
  await client.request("device:sendArdpkg", { deviceId }, options);
  assert.deepEqual(received(sim, "device:sendArdpkg")[1].note, { x: 1 });
});

test("an empty extra changes nothing", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const frames = framesOut(client);
  await client.sendArdpkg(deviceId, { requestId: "r", extra: {} });
  assert.equal(frames[0], `42["device:sendArdpkg",{"requestId":"r","deviceId":"${deviceId}"}]`);
});

test("undefined options have no effect", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const options = { timeoutMs: undefined, signal: undefined, requestId: undefined, extra: undefined };
  assert.equal((await client.cmd(deviceId, "true", options)).returnCode, 0);
  assert.equal((await client.doUpgrade(deviceId, { ...options, onProgress: undefined })).complete, true);
});

test("a timeout rejects; a late reply is ignored", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const error = await rejects(client.cmd(deviceId, "slow", { timeoutMs: 20, requestId: "late" }), "timeout", {
    event: "device:cmd",
    requestId: "late",
  });
  assert.match(error.message, /20 ms/);
  assert.equal(client.stats().openRequests, 0);
  sim.broadcast("device:cmd:reply", { stdout: "", stderr: "", returnCode: 0, correlationId: "c", requestId: "late" });
  assert.equal((await client.cmd(deviceId, "true")).returnCode, 0);
});

test("the client's timeoutMs is the default of every request", LIMIT, async (t) => {
  const { client, deviceId, solar } = await connected(t, { timeoutMs: 20, sim: { latencyMs: 60_000 } });
  const calls = [
    client.cmd(deviceId, "ls"),
    client.testConfig(deviceId, {}),
    client.applyConfig(deviceId, {}),
    client.applyYamlConfig(deviceId, "a: 1"),
    client.refreshMeta(deviceId),
    client.doUpgrade(deviceId),
    client.sendArdexactl(deviceId),
    client.sendArdpkg(deviceId),
    client.feed(solar),
    client.request("device:x", {}),
    client.emitWithAck("device:x", []),
  ];
  for (const call of calls) await rejects(call, "timeout", { message: /20 ms/ });
});

test("a request's timeoutMs overrides the client's, even with Infinity", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t, { timeoutMs: 10 });
  let settled = false;
  const endless = client
    .cmd(deviceId, "slow", { timeoutMs: Infinity, requestId: "endless" })
    .finally(() => (settled = true));
  const huge = client.cmd(deviceId, "slow", { timeoutMs: Number.MAX_VALUE });
  const month = client.cmd(deviceId, "slow", { timeoutMs: 31 * 86_400_000 });
  await rejects(client.cmd(deviceId, "slow"), "timeout");
  assert.equal(settled, false);
  assert.equal(client.stats().openRequests, 3);
  sim.broadcast("device:cmd:reply", {
    stdout: "at last",
    stderr: "",
    returnCode: 0,
    correlationId: "c",
    requestId: "endless",
  });
  assert.equal((await endless).stdout, "at last");
  await client.close();
  await Promise.all([rejects(huge, "closed"), rejects(month, "closed")]);
});

test("a fractional timeoutMs is accepted", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  await rejects(client.cmd(deviceId, "slow", { timeoutMs: 0.5 }), "timeout");
});

test("a signal that has already fired: rejected immediately, nothing sent", LIMIT, async (t) => {
  const { sim, client, deviceId, solar } = await connected(t);
  const sent = client.stats().framesOut;
  const reason = new Error("my reason");
  const signal = AbortSignal.abort(reason);
  const calls = [
    client.cmd(deviceId, "ls", { signal }),
    client.testConfig(deviceId, {}, { signal }),
    client.applyYamlConfig(deviceId, "a: 1", { signal }),
    client.doUpgrade(deviceId, { signal }),
    client.feed(solar, { signal }),
    client.feed(solar, () => {}, { signal }),
    client.request("device:x", {}, { signal }),
    client.emitWithAck("x", [], { signal }),
  ];
  const events = [
    "device:cmd",
    "device:testConfig",
    "device:applyYamlConfig",
    "device:doUpgrade",
    "device:feed",
    "device:feed",
    "device:x",
    "x",
  ];
  for (const [i, call] of calls.entries()) {
    const error = await rejects(call, "aborted", { message: /nothing was sent/ });
    assert.deepEqual([error.cause, error.event], [reason, events[i]]);
  }
  assert.equal((await rejects(client.cmd(deviceId, "ls", { signal, requestId: "mine" }), "aborted")).requestId, "mine");
  assert.equal(client.stats().framesOut, sent);
  assert.equal(client.stats().openRequests, 0);
  assert.equal(getEventListeners(signal, "abort").length, 0);
  await flushed(client, sim);
  assert.deepEqual(
    sim.received.map(({ event }) => event),
    ["test:flush"],
  );
});

test(
  "a signal that fires while the request is open: rejected with its reason, the late reply is ignored",
  LIMIT,
  async (t) => {
    const { sim, client, deviceId } = await connected(t);
    const control = new AbortController();
    const call = client.cmd(deviceId, "slow", { signal: control.signal, requestId: "r" });
    assert.equal(getEventListeners(control.signal, "abort").length, 1);
    control.abort();
    const error = await rejects(call, "aborted", { event: "device:cmd", requestId: "r" });
    assert.equal(error.cause, control.signal.reason);
    assert.equal(getEventListeners(control.signal, "abort").length, 0);
    assert.equal(client.stats().openRequests, 0);
    sim.broadcast("device:cmd:reply", { stdout: "", stderr: "", returnCode: 0, correlationId: "c", requestId: "r" });
    assert.equal((await client.cmd(deviceId, "true")).returnCode, 0);
  },
);

test("a signal that fires after the reply has no effect; its listener is removed", LIMIT, async (t) => {
  const { client, deviceId, solar } = await connected(t);
  const control = new AbortController();
  const { signal } = control;
  const reply = await client.cmd(deviceId, "true", { signal });
  await rejects(client.cmd("no-such-device", "true", { signal }), "rejected");
  await rejects(client.cmd(deviceId, "slow", { signal, timeoutMs: 5 }), "timeout");
  const feed = await client.feed(solar, { signal });
  assert.equal(getEventListeners(signal, "abort").length, 0);
  control.abort();
  assert.equal(reply.returnCode, 0);
  for await (const sample of feed) {
    assert.equal(sample.feedId, feed.id);
    break;
  }
});

test("one signal for many requests", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const control = new AbortController();
  const calls = Array.from({ length: 8 }, () => client.cmd(deviceId, "slow", { signal: control.signal }));
  control.abort("enough");
  for (const call of calls) assert.equal((await rejects(call, "aborted")).cause, "enough");
  assert.equal(getEventListeners(control.signal, "abort").length, 0);
});

test("close() and a lost connection release the signal too", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t);
  const { signal } = new AbortController();
  const lost = client.cmd(deviceId, "slow", { signal });
  const back = next(client, "connect");
  sim.dropAll();
  await rejects(lost, "disconnected", { event: "device:cmd" });
  await back;
  const closed = client.cmd(deviceId, "slow", { signal });
  await client.close();
  await rejects(closed, "closed");
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("AbortSignal.timeout() provides its own reason", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t);
  const error = await rejects(client.cmd(deviceId, "slow", { signal: AbortSignal.timeout(5) }), "aborted");
  assert.equal(/** @type {Error} */ (error.cause).name, "TimeoutError");
});

test("emitWithAck can be aborted like a request", LIMIT, async (t) => {
  const { client } = await connected(t);
  const control = new AbortController();
  const call = client.emitWithAck("nobody:answers", [1], { signal: control.signal });
  control.abort();
  await rejects(call, "aborted", { event: "nobody:answers" });
  assert.equal(client.stats().openRequests, 0);
});
