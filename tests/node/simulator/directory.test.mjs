/** The simulator's list of devices, and its quiet cloud. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cmd, collect, connected, next, rpc, simulator } from "./support.mjs";
import { startSimulator } from "../../../www/simulator/index.mjs";

const LIMIT = { timeout: 20_000 };
const read = (sim, path = "/demo", options = {}) =>
  fetch(`${sim.url}/api/v1/devices${path}`, { headers: { authorization: `Bearer ${sim.token}` }, ...options });

test("the list has every device, and all three forms of `fields`", LIMIT, async (t) => {
  const sim = await simulator(t);
  const response = await read(sim);
  assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
  const list = await response.json();
  assert.deepEqual(
    list.map(({ meta, ...rest }) => rest),
    sim.devices.map(({ id, name, online }) => ({ id, cn: `CN=${id},O=demo`, name, online })),
  );
  const { dynamic, run, tail, ...rest } = list[0].meta;
  assert.ok(Array.isArray(dynamic[0].fields) && Array.isArray(rest.meter_fields));
  assert.deepEqual([dynamic[1].fields, dynamic.at(-1).fields], ["solar.inverter-01", "meter_fields"]);
  assert.deepEqual(
    [...run, ...tail].map(({ source }) => source),
    ["cpu_usage", "memory_used", "cabinet_door", "agent/log"],
  );
});

test("the list follows the fleet and its configurations; one device can be requested", LIMIT, async (t) => {
  const sim = await simulator(t);
  const socket = await connected(t, sim);
  const [{ id }] = sim.devices;
  const config = {
    tail: [
      { file: "/tmp/j", table: "junk", source: "file1", expect: "csv", fields: [{ name: "one", expect: "integer" }] },
    ],
  };
  const restarted = next(socket, "device:metaChange");
  await rpc(socket, "device:applyConfig", { deviceId: id, config });
  await restarted;
  sim.setOnline(id, false);
  const one = await (await read(sim, `/demo/${id}`)).json();
  assert.equal(one.online, false);
  assert.deepEqual(one.meta.tail.at(-1), {
    table: "junk",
    source: "file1",
    expect: "csv",
    fields: [{ name: "one", expect: "integer" }],
  });
  assert.equal((await read(sim, "/demo/none")).status, 404);
  assert.equal((await cmd(socket, sim.devices[1].id, "ls /opt/ardexa/logs")).stdout, "wind\n");
});

test("access to the list", LIMIT, async (t) => {
  const sim = await simulator(t);
  const status = async (path, authorization) =>
    (await read(sim, path, { headers: authorization ? { authorization } : {} })).status;
  assert.deepEqual(
    await Promise.all([
      status("/demo"),
      status("/demo", "Bearer no"),
      status("/other", `Bearer ${sim.token}`),
      status("/%ff", `bearer ${sim.token}`),
    ]),
    [401, 401, 403, 403],
  );
  assert.equal((await read(sim, "/demo", { method: "POST" })).status, 405);
  assert.equal((await read(sim, "")).status, 404);
});

test("pages of other origins may read it, unless disabled", LIMIT, async (t) => {
  const header = "access-control-allow-origin";
  const [open, shut] = [await simulator(t), await simulator(t, { directoryCors: false })];
  assert.equal((await read(open)).headers.get(header), "*");
  const preflight = await read(open, "/demo", { method: "OPTIONS", headers: {} });
  assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-headers")], [204, "authorization"]);
  assert.deepEqual([(await read(shut)).status, (await read(shut)).headers.get(header)], [200, null]);
});

/** @type {[import("../../../www/simulator/options.mjs").DirectoryAnswer, number, RegExp][]} */
const FAILURES = [
  ["none", 404, /^Not found/],
  ["html", 200, /^<!doctype html>/],
  ["unauthorized", 401, /"Unauthorized"/],
  ["forbidden", 403, /"Forbidden"/],
  ["not-found", 404, /"Not found"/],
  ["error", 500, /^<html>/],
];
for (const [directory, status, body] of FAILURES) {
  test(`the list fails: ${directory}`, LIMIT, async (t) => {
    const response = await read(await simulator(t, { directory }));
    assert.equal(response.status, status);
    assert.match(await response.text(), body);
  });
}

test("the list hangs, and the simulator still closes", LIMIT, async (t) => {
  const sim = await simulator(t, { directory: "hang" });
  const answer = assert.rejects(read(sim));
  await sim.close();
  await answer;
});

test("a cloud without broadcasts answers clients that know a device id", LIMIT, async (t) => {
  const sim = await simulator(t, { directory: "none", quietCloud: true, samplesPerSecond: 100 });
  const socket = await connected(t, sim);
  const events = [];
  socket.onAny((event) => events.push(event));
  const [{ id }] = sim.devices;
  sim.setOnline(id, false);
  sim.setOnline(id, true);
  sim.addDevice();
  sim.metaChange(id);
  assert.equal((await cmd(socket, id, "hostname")).stdout, "solar-01\n");
  assert.deepEqual(events, ["device:cmd:rpc", "device:cmd:reply"]);
  const samples = collect(socket, "device:feed:reply");
  assert.ok((await rpc(socket, "device:feed", { deviceId: id, table: "solar", source: "inverter-01" })).feedId);
  while (!samples.length) await new Promise((resolve) => socket.once("device:feed:reply", resolve));
});

test("an unknown value of an option is rejected, and the message lists the valid ones", LIMIT, async () => {
  await assert.rejects(
    // @ts-expect-error unknown
    startSimulator({ directory: "gone" }),
    /'directory' must be one of devices, none, .*; not 'gone'/,
  );
  // @ts-expect-error unknown
  await assert.rejects(startSimulator({ agentFiles: "mac" }), /'agentFiles' must be one of usual, .*; not 'mac'/);
  const cli = fileURLToPath(new URL("../../../www/simulator/cli.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [cli, "--port", "0", "--agent", "mac"], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /'agentFiles' must be one of/);
});
