/** `fleet-command.mjs`: one command on many devices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulator } from "../node/lib/cloud.mjs";
import { eventOf, rawCloud } from "../node/lib/raw-cloud.mjs";
import { LIMIT, until } from "../node/lib/until.mjs";
import { cloudOf, start } from "./lib/recipe.mjs";

const lines = (text) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("every device's own output is printed", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 60 });
  for (const device of sim.devices) sim.setOnline(device.id, true);
  const ids = sim.devices.map(({ id }) => id);
  const { code, stdout, stderr } = await start(t, "fleet-command.mjs", ["hostname"], {
    env: cloudOf(sim),
    stdin: `${ids.join("\n")}\n\n`,
  }).ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const answers = lines(stdout);
  assert.deepEqual(answers.map(({ deviceId }) => deviceId).sort(), [...ids].sort());
  for (const { deviceId, returnCode, stdout: name } of answers) {
    assert.equal(returnCode, 0);
    assert.equal(name, `${sim.devices.find(({ id }) => id === deviceId).hostname}\n`);
  }
  await until(() => sim.stats().connected === 0, "the connection to close");
});

test("at most twenty run at a time", LIMIT, async (t) => {
  const [open, counts] = [[], []];
  let sent = 0;
  const cloud = await rawCloud(t, {
    onFrame(frame, link) {
      if (frame === "3") {
        // Everything sent before this pong has arrived, so a further command would be here.
        counts.push(open.length);
        answer(link);
      } else if (eventOf(frame)?.name === "device:cmd") {
        open.push(eventOf(frame).args[0].requestId);
        if (++sent >= 60) while (open.length) answer(link);
        else if (open.length === 20) link.send("2");
      }
    },
  });
  const answer = (link) =>
    link.event("device:cmd:reply", {
      requestId: open.shift(),
      correlationId: "c",
      stdout: "",
      stderr: "",
      returnCode: 0,
    });
  const stdin = Array.from({ length: 60 }, (_, index) => `device-${index}`).join("\n");
  const { code, stdout } = await start(t, "fleet-command.mjs", ["true"], { env: cloudOf(cloud), stdin }).ended;
  assert.equal(code, 0);
  assert.equal(lines(stdout).length, 60);
  assert.deepEqual(counts, new Array(40).fill(20));
});

test("failures are reported, and set the exit code", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 2 });
  const [{ id: good }, { id: off }] = sim.devices;
  sim.setOnline(off, false);
  const { code, stdout, stderr } = await start(t, "fleet-command.mjs", ["false"], {
    env: cloudOf(sim),
    stdin: `${good}\n${off}\nno-such`,
  }).ended;
  assert.equal(code, 1);
  assert.equal(stderr, "3 of the devices failed\n");
  const answers = Object.fromEntries(lines(stdout).map((answer) => [answer.deviceId, answer]));
  assert.equal(answers[good].returnCode, 1);
  assert.equal(answers[off].error, "rejected");
  assert.equal(answers["no-such"].error, "rejected");
});

test("over a lost connection no command is sent twice, and unsent ones are sent afterwards", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 60 });
  for (const device of sim.devices) sim.setOnline(device.id, true);
  let seen = 0;
  // Twenty are pending when it breaks, and the last cannot have been answered.
  sim.onConnection = (socket) => socket.prependAny((event) => event === "device:cmd" && ++seen === 20 && sim.dropAll());
  const stdin = sim.devices.map(({ id }) => id).join("\n");
  const { code, stdout } = await start(t, "fleet-command.mjs", ["hostname"], { env: cloudOf(sim), stdin }).ended;
  assert.equal(code, 1);
  const answers = lines(stdout);
  assert.equal(new Set(answers.map(({ deviceId }) => deviceId)).size, 60);
  const sent = sim.received
    .filter(({ event }) => event === "device:cmd")
    .map(({ args }) => /** @type {{ deviceId: string }} */ (args[0]).deviceId);
  assert.equal(new Set(sent).size, sent.length, "none was sent twice");
  const [lost, good] = [
    answers.filter(({ error }) => error === "disconnected"),
    answers.filter(({ returnCode }) => returnCode === 0),
  ];
  assert.equal(lost.length + good.length, 60);
  assert.ok(lost.length >= 1 && lost.length <= 20, `${lost.length} lost`);
  for (const { deviceId } of good) assert.ok(sent.includes(deviceId));
});

test("a reader that closes the pipe ends it cleanly, and no further device is asked", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 400, commandMs: 5 });
  for (const device of sim.devices) sim.setOnline(device.id, true);
  const { child, ended } = start(t, "fleet-command.mjs", ["seq 2000"], { env: cloudOf(sim), stdin: null });
  child.stdin.write(`${sim.devices.map(({ id }) => id).join("\n")}\n`); // left open: more may follow
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "stopped: the reader has closed the pipe\n" });
  assert.ok(sim.received.filter(({ event }) => event === "device:cmd").length < 400);
  await until(() => sim.stats().connected === 0, "the connection to close");
});

test("a usage error is one sentence", LIMIT, async (t) => {
  const { code, stdout, stderr } = await start(t, "fleet-command.mjs", []).ended;
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /^Pass the command .*ARDEXA_TOKEN\.\n$/);
});
