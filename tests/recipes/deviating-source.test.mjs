/** `deviating-source.mjs`: the source that deviates most from its peers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { received, simulator } from "../node/lib/cloud.mjs";
import { LIMIT, until } from "../node/lib/until.mjs";
import { cloudOf, start } from "./lib/recipe.mjs";

const FIELD = "AC Power";

/** The shell of a plant whose only log has this many watts. */
const plant = (watts) => ({
  hostname: "plant\n",
  find: `==> /dev/null <==\n\n==> /opt/ardexa/logs/solar/inv/latest.csv <==\n# Datetime(date),${FIELD}(integer:W)\n`,
  head: `# Datetime(date),${FIELD}(integer:W)\n2024-03-01T10:00:00Z,${watts - 10}\n2024-03-01T10:01:00Z,${watts + 10}\n`,
});

/** A cloud of plants with these watts. */
async function plants(t, watts) {
  const sim = await simulator(t, { devices: watts.length, commandMs: 3_600_000 });
  for (const device of sim.devices) sim.setOnline(device.id, true);
  const shells = new Map(sim.devices.map(({ id }, at) => [id, plant(watts[at])]));
  sim.onConnection = (socket) =>
    socket.on("device:cmd", ({ deviceId, cmd, requestId }) => {
      const stdout = shells.get(deviceId)[cmd.split(" ")[0]] ?? "";
      socket.emit("device:cmd:reply", { requestId, correlationId: "c", stdout, stderr: "", returnCode: 0 });
    });
  return sim;
}

test("the largest deviation comes first", LIMIT, async (t) => {
  const sim = await plants(t, [1_000, 1_010, 700, 990, 1_020]);
  const names = sim.devices.map(({ name }) => name);
  const { code, stdout, stderr } = await start(t, "deviating-source.mjs", [FIELD], { env: cloudOf(sim) }).ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  assert.deepEqual(rows[0], ["-30.0 %", "700.000 W", "inv", names[2]]);
  assert.deepEqual(
    rows.map(([percent]) => percent),
    ["-30.0 %", "+2.0 %", "+1.0 %", "-1.0 %", "+0.0 %"],
  );
  await until(() => sim.stats().connected === 0, "the connection to close");
});

test("a simulated plant: six inverters, read-only commands, none to offline devices", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 6 });
  const { code, stdout, stderr } = await start(t, "deviating-source.mjs", [FIELD, "5"], { env: cloudOf(sim) }).ended;
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd().split("\n").length, 6);
  // The gateway logs nothing.
  assert.match(stderr, /^[^\n]* Gateway: the logs below [^\n]*\n$/);
  const offline = sim.devices.find(({ online }) => !online).id;
  for (const { deviceId, cmd } of /** @type {{ deviceId: string, cmd: string }[]} */ (received(sim, "device:cmd"))) {
    assert.notEqual(deviceId, offline);
    assert.match(cmd, /^(hostname|find|head) ?/);
  }
});

test("reports that there is nothing to compare, or no device list", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 1 });
  const none = await start(t, "deviating-source.mjs", ["No Such Field"], { env: cloudOf(sim) }).ended;
  assert.deepEqual(
    [none.code, none.stdout, none.stderr],
    [1, "", "no log has a value of No Such Field; `ardexa sources` prints the available names\n"],
  );
  const bare = await simulator(t, { directory: "none" });
  const { code, stderr } = await start(t, "deviating-source.mjs", [FIELD], { env: cloudOf(bare) }).ended;
  assert.equal(code, 1);
  assert.match(stderr, /status 404: no such list/);
  assert.ok(!stderr.includes(bare.token));
});

test("a usage error is one sentence", LIMIT, async (t) => {
  for (const args of [[], [FIELD, "0"]]) {
    const { code, stdout, stderr } = await start(t, "deviating-source.mjs", args).ended;
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /^Pass the field's name.*ARDEXA_TOKEN\.\n$/);
  }
});
