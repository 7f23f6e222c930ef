// A program that uses the client exits by itself, whatever happened to the connection, without unhandled rejections.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { simulator } from "../lib/cloud.mjs";
import { runProgram } from "../lib/children.mjs";
import { OPEN, rawCloud } from "../lib/raw-cloud.mjs";
import { closedAddress } from "../lib/refusing.mjs";
import { LIMIT } from "../lib/until.mjs";

const HEAD = `
import { ArdexaClient, connect } from "ardexa-client";
const input = JSON.parse(process.env.INPUT);
const options = { url: input.url, workgroup: "demo", token: input.token ?? "the-token", ...input.options };
const report = (value) => console.log(JSON.stringify(value));
process.on("unhandledRejection", (error) => { report({ unhandled: String(error) }); process.exitCode = 9; });
`;

/**
 * Runs a program that must exit with 0 by itself, and returns what it reported.
 * @param {import("node:test").TestContext} t @param {string} body @param {object} input
 * @returns {Promise<any[]>}
 */
async function run(t, body, input, bound = 15_000) {
  const { code, signal, stdout, stderr, hung, ms } = await runProgram(t, HEAD + body, input);
  assert.equal(hung, false, `did not exit by itself:\n${stdout}${stderr}`);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" }, stdout);
  assert.ok(ms < bound, `took ${ms} ms`);
  return stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/**
 * A port that accepts connections and never responds.
 * @typedef {(t: import("node:test").TestContext) => Promise<string>} MakeUrl
 * @type {MakeUrl}
 */
async function blackHole(t) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
}

test("connect, run, close", LIMIT, async (t) => {
  const sim = await simulator(t);
  const body = `
    const client = await connect(options);
    const feed = await client.feed({ deviceId: input.deviceId, table: "solar", source: "inverter-01" });
    for await (const sample of feed) { report(sample.table); break; }
    report((await client.cmd(input.deviceId, "echo done")).stdout);
    client.cmd(input.deviceId, "slow").catch((error) => report(error.code));
    await client.close();
    report(client.state);`;
  const output = await run(t, body, { url: sim.url, token: sim.token, deviceId: sim.devices[0].id });
  assert.deepEqual(output, ["solar", "done\n", "closed", "closed"]);
});

test("never connect", LIMIT, async (t) => {
  const body = `
    const client = new ArdexaClient(options);
    client.on("connect", () => {});
    client.onAny(() => {});
    client.onFrame(() => {});
    report(client.state);`;
  assert.deepEqual(await run(t, body, { url: "https://cloud.example" }), ["idle"]);
});

test("fail to connect: nothing listens on the port", LIMIT, async (t) => {
  const body = `
    const started = Date.now();
    await connect(options).catch((error) => report([error.name, error.code, Date.now() - started]));`;
  const [[name, code, ms]] = await run(t, body, { url: (await closedAddress(t)).url });
  assert.deepEqual([name, code], ["ArdexaError", "unreachable"]);
  assert.ok(ms < 10_000, `${ms} ms`);
});

test("fail to connect: refused", LIMIT, async (t) => {
  const sim = await simulator(t);
  const body = `await connect(options).catch((error) => report([error.code, error.data.reason]));`;
  assert.deepEqual(await run(t, body, { url: sim.url, token: "wrong-token" }), [["unauthorized", "token invalid"]]);
});

test("fail to connect: an unencrypted remote address, before anything is opened", LIMIT, async (t) => {
  const body = `await connect(options).catch((error) => report([error.code, error.message.split(":")[0]]));`;
  assert.deepEqual(await run(t, body, { url: "http://cloud.example" }), [["invalid-argument", "url"]]);
});

/** @type {[what: string, make: MakeUrl][]} */
const SILENT = [
  ["a port that never answers", blackHole],
  ["a server that sends nothing", async (t) => (await rawCloud(t, { open: null, accept: null })).url],
  ["a server that never accepts", async (t) => (await rawCloud(t, { accept: null })).url],
];

for (const [what, make] of SILENT) {
  test(`fail to connect: ${what}, within connectTimeoutMs`, LIMIT, async (t) => {
    const body = `
      const started = performance.now();
      await connect(options).catch((error) => report([error.code, performance.now() - started]));`;
    const [[code, ms]] = await run(t, body, { url: await make(t), options: { connectTimeoutMs: 300 } });
    assert.equal(code, "timeout");
    assert.ok(ms >= 295 && ms < 5000, `${ms} ms`);
  });
}

test(
  "fail to connect with unhandled promises of calls that cannot fail: only connect() may reject",
  LIMIT,
  async (t) => {
    const body = `
    const client = new ArdexaClient({ ...options, reconnect: false });
    client.on("connect_error", ({ error }) => report(error.code));
    await client.connect().catch(() => {});
    client.close();
    client.stopAllFeeds();
    client.reconnectNow();`;
    assert.deepEqual(await run(t, body, { url: (await closedAddress(t)).url }), ["unreachable"]);
  },
);

/** @type {[when: string, make: MakeUrl][]} */
const CONNECTING = [
  ["before the socket is open", blackHole],
  ["before the acceptance", async (t) => (await rawCloud(t, { accept: null })).url],
];

for (const [when, make] of CONNECTING) {
  test(`close() while connecting: ${when}`, LIMIT, async (t) => {
    const body = `
      const client = new ArdexaClient(options);
      const connecting = client.connect().catch((error) => report(error.code));
      setTimeout(async () => { await client.close(); await connecting; report(client.state); }, 50);`;
    assert.deepEqual(await run(t, body, { url: await make(t) }), ["closed", "closed"]);
  });
}

test("close() while waiting to reconnect", LIMIT, async (t) => {
  const cloud = await rawCloud(t, { onFrame: (_frame, { ws }) => ws.terminate() });
  const body = `
    const client = await connect({ ...options, reconnect: { minDelayMs: 3600000, maxDelayMs: 3600000 } });
    client.on("reconnecting", () => client.close().then(() => report(client.state)));
    client.emit("go");`;
  assert.deepEqual(await run(t, body, { url: cloud.url }), ["closed"]);
});

test("close() with a token function that never resolves", LIMIT, async (t) => {
  const body = `
    const client = new ArdexaClient({ ...options, token: () => new Promise(() => {}) });
    const connecting = client.connect().catch((error) => report(error.code));
    await client.close();
    await connecting;`;
  assert.deepEqual(await run(t, body, { url: "https://cloud.example" }), ["closed"]);
});

test("connect, feed, close with a server that stops reading", LIMIT, async (t) => {
  const cloud = await rawCloud(t, {
    open: OPEN.replace("1000000", "100000000"),
    onFrame: (frame, link) => {
      const id = /"requestId":"([^"]+)"/.exec(String(frame))?.[1];
      if (!String(frame).startsWith('42["device:feed"')) return;
      link.event("device:feed:rpc", { requestId: id, feedId: "f" });
      link.event("device:feed:reply", { feedId: "f", value: 1 });
      // From here on the server reads nothing, neither data nor the closing handshake.
      /** @type {any} */ (link.ws)._socket.pause();
    },
  });
  const body = `
    const client = await connect(options);
    const feed = await client.feed({ deviceId: "d", table: "t", source: "s" });
    for await (const sample of feed) { report(sample.value); break; }
    for (let i = 0; i < 50; i++) client.emit("bulk", new Uint8Array(1000000));
    await client.close();
    report(client.state);`;
  assert.deepEqual(await run(t, body, { url: cloud.url }), [1, "closed"]);
});

test("the server goes away: a client without reconnection lets the program exit", LIMIT, async (t) => {
  const cloud = await rawCloud(t, { onFrame: (_frame, { ws }) => ws.terminate() });
  const body = `
    const client = await connect({ ...options, reconnect: false });
    client.on("disconnect", ({ reason }) => report(reason.startsWith("transport")));
    client.emit("go");`;
  assert.deepEqual(await run(t, body, { url: cloud.url }), [true]);
});

test("a request that was answered, timed out or aborted holds no timer", LIMIT, async (t) => {
  const sim = await simulator(t);
  const body = `
    const client = await connect(options);
    await client.cmd(input.deviceId, "true", { timeoutMs: 3600000 });
    await client.cmd(input.deviceId, "slow", { timeoutMs: 5 }).catch((error) => report(error.code));
    await client.cmd(input.deviceId, "slow", { timeoutMs: 3600000, signal: AbortSignal.timeout(5) }).catch((error) => report(error.code));
    client.close();`;
  assert.deepEqual(await run(t, body, { url: sim.url, token: sim.token, deviceId: sim.devices[0].id }), [
    "timeout",
    "aborted",
  ]);
});
