import assert from "node:assert/strict";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { makeToken } from "../../../www/simulator/index.mjs";
import { client, connected, next, rpc, simulator, until } from "./support.mjs";

const LIMIT = { timeout: 20_000 };

for (const [name, options, expected] of /** @type {[string, Parameters<typeof client>[2], object][]} */ ([
  ["wrong token", { token: "nobody" }, { code: 401, reason: "token invalid" }],
  ["missing token", { token: "" }, { code: 401, reason: "token missing" }],
  ["expired token", { token: makeToken({ issuedMs: 0, expiresMs: 1_000 }) }, { code: 401, reason: "token expired" }],
  ["unknown workgroup", { workgroup: "elsewhere" }, { code: 403, reason: "unknown workgroup" }],
])) {
  test(`refuses: ${name}`, LIMIT, async (t) => {
    const sim = await simulator(t);
    const error = await next(client(t, sim, options), "connect_error");
    assert.deepEqual(error.data, expected);
    assert.equal(sim.stats().connections, 0);
    assert.equal(sim.stats().refused, 1);
  });
}

test("refuses by disconnecting after the acceptance", LIMIT, async (t) => {
  const sim = await simulator(t, { refusal: "disconnect" });
  const socket = client(t, sim, { token: "nobody" });
  const order = [];
  socket.on("connect", () => order.push("connect"));
  assert.equal(await next(socket, "disconnect"), "io server disconnect");
  assert.deepEqual(order, ["connect"]);
});

test("refuses in the HTTP handshake", LIMIT, async (t) => {
  const sim = await simulator(t, { refusal: "http" });
  const error = await next(client(t, sim, { token: "nobody" }), "connect_error");
  assert.equal(error.message, "websocket error");
  await connected(t, sim);
});

test("an expired token is refused even if it is on the list", LIMIT, async (t) => {
  const sim = await simulator(t);
  const token = makeToken({ issuedMs: 0, expiresMs: 1_000 });
  sim.acceptTokens.set(token, "control");
  const error = await next(client(t, sim, { token }), "connect_error");
  assert.equal(error.data.reason, "token expired");
});

test("a read-only token connects, and every request fails", LIMIT, async (t) => {
  const sim = await simulator(t);
  const socket = await connected(t, sim, { token: sim.readOnlyToken });
  const deviceId = sim.devices[0].id;
  for (const event of [
    "cmd",
    "feed",
    "testConfig",
    "applyConfig",
    "applyYamlConfig",
    "refreshMeta",
    "doUpgrade",
    "sendArdexactl",
    "sendArdpkg",
  ]) {
    const answer = await rpc(socket, `device:${event}`, { deviceId, cmd: "uptime", requestId: event });
    assert.match(answer.error.message ?? answer.error, /Control Devices/, event);
    assert.equal(answer.requestId, event);
  }
});

test("setToken changes the accepted token", LIMIT, async (t) => {
  const sim = await simulator(t);
  const before = sim.token;
  sim.setToken("another");
  assert.equal((await next(client(t, sim, { token: before }), "connect_error")).data.code, 401);
  await connected(t, sim, { token: "another" });
});

test("kick disconnects the client and keeps running; dropAll cuts without a closing packet", LIMIT, async (t) => {
  const sim = await simulator(t);
  const kicked = await connected(t, sim);
  const reason = next(kicked, "disconnect");
  sim.kick();
  assert.equal(await reason, "io server disconnect");
  const dropped = await connected(t, sim);
  const cut = next(dropped, "disconnect");
  sim.dropAll();
  assert.equal(await cut, "transport close");
  await until(() => sim.stats().connected === 0);
});

test("restart comes back on the same port with the same fleet", LIMIT, async (t) => {
  const sim = await simulator(t);
  const { port, url } = sim;
  const ids = sim.devices.map((d) => d.id);
  const socket = await connected(t, sim);
  const gone = next(socket, "disconnect");
  await sim.restart({ downMs: 10 });
  assert.equal(await gone, "transport close");
  assert.deepEqual([sim.port, sim.url, sim.devices.map((d) => d.id)], [port, url, ids]);
  await connected(t, sim);
});

test("close cancels a restart in progress", LIMIT, async (t) => {
  const sim = await simulator(t);
  const restarted = sim.restart({ downMs: 3_600_000 });
  await sim.close();
  await sim.close();
  await restarted;
  assert.equal(sim.stats().connected, 0);
});

test("the same seed produces the same fleet", LIMIT, async (t) => {
  const [one, two, other] = [
    await simulator(t, { seed: 7 }),
    await simulator(t, { seed: 7 }),
    await simulator(t, { seed: 8 }),
  ];
  const names = (sim) => sim.devices.map((d) => [d.id, d.name, d.kind, d.online]);
  assert.deepEqual(names(one), names(two));
  assert.notDeepEqual(names(one), names(other));
  assert.equal(new Set((await simulator(t, { devices: 500 })).devices.map((d) => d.id)).size, 500);
});

test("unknown options are refused by name", LIMIT, async (t) => {
  // @ts-expect-error misspelt
  await assert.rejects(simulator(t, { pingInterval: 5 }), /no option 'pingInterval'/);
});

test("close leaves nothing open: the process ends by itself", LIMIT, async () => {
  const index = new URL("../../../www/simulator/index.mjs", import.meta.url).href;
  const script = `
    import { startSimulator } from ${JSON.stringify(index)};
    import { io } from "socket.io-client";
    const sim = await startSimulator({ flapEveryMs: 5, restartMs: 60000 });
    const socket = io(sim.url, { query: { token: sim.token, orgName: "demo" }, path: "/socket.io-client", transports: ["websocket"], reconnection: false });
    await new Promise((resolve) => socket.on("connect", resolve));
    const deviceId = sim.devices[0].id;
    socket.emit("device:feed", { deviceId, table: "solar", source: "inverter-01" });
    socket.emit("device:cmd", { deviceId, cmd: "sleep 3000" });
    socket.emit("device:refreshMeta", { deviceId });
    await new Promise((resolve) => socket.on("device:refreshMeta:rpc", resolve));
    await sim.close();`;
  const cwd = fileURLToPath(new URL("../../..", import.meta.url));
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
});
