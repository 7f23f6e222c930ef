/** `ardexa cmd`, and the commands that send one request and receive "complete". */
import assert from "node:assert/strict";
import test from "node:test";
import { received } from "../lib/cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, parsed, run, start } from "./support.mjs";

test("one device: the output and exit code of the command", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  assert.deepEqual(await run(t, ["cmd", ids[0], "--", "echo", "good day"], { env }), {
    code: 0,
    signal: null,
    stdout: "good day\n",
    stderr: "",
  });
  assert.deepEqual(await run(t, ["cmd", ids[0], "--", "echo out; complain err; exit 7"], { env }), {
    code: 7,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
  });
  assert.deepEqual(
    received(sim, "device:cmd").map(({ cmd }) => cmd),
    ["echo good day", "echo out; complain err; exit 7"],
  );
});

test("one device, --json", LIMIT, async (t) => {
  const { env, ids, offline } = await cloud(t);
  const good = await run(t, ["cmd", ids[0], "--json", "--", "echo é; complain err; exit 3"], { env });
  assert.deepEqual(
    [good.code, good.stderr, parsed(good.stdout)],
    [3, "", [{ device: ids[0], returnCode: 3, stdout: "é\n", stderr: "err\n" }]],
  );
  const bad = await run(t, ["cmd", offline, "--json", "--", "uptime"], { env });
  assert.deepEqual(
    [bad.code, parsed(bad.stdout)],
    [1, [{ device: offline, error: { code: "rejected", message: "device:cmd: Device is offline" } }]],
  );
  assert.match(bad.stderr, /^ardexa: Device is offline; check the device ID[^\n]*\n$/);
});

test("a return code that is not a valid exit code is a failure", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  sim.onConnection = (socket) =>
    socket.on("device:cmd", ({ requestId }) =>
      socket.emit("device:cmd:reply", { requestId, correlationId: "c", stdout: "", stderr: "", returnCode: 256 }),
    );
  assert.equal((await run(t, ["cmd", ids[0], "--", "slow"], { env })).code, 1);
});

test("several devices: each line begins with its device, and each device gets one request", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const [a, b] = ids;
  const { code, stdout, stderr } = await run(t, ["cmd", a, b, a, "--", "echo 1; echo; complain 2"], { env });
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n").sort(), ["", `${a}: 1`, `${b}: 1`, `${a}: `, `${b}: `].sort());
  assert.match(stderr, new RegExp(`^${a}: 2$`, "m"));
  assert.match(stderr, /^ardexa: 2 devices: 2 succeeded$/m);
  assert.equal(received(sim, "device:cmd").length, 2);
  assert.doesNotMatch(stdout + stderr, /\u001b/);
});

test("several devices: a failure makes the exit code 1, and the others still run", LIMIT, async (t) => {
  const { env, ids, offline } = await cloud(t);
  const { code, stdout, stderr } = await run(t, ["cmd", offline, "nope", ids[0], ids[1], "--", "echo hi; exit 9"], {
    env,
  });
  assert.equal(code, 1);
  assert.equal(stdout.split("\n").length, 3);
  assert.match(stderr, new RegExp(`^ardexa: ${offline}: Device is offline; check`, "m"));
  assert.match(stderr, /^ardexa: nope: Unknown device; check/m);
  assert.match(stderr, new RegExp(`^ardexa: ${ids[0]}: exit code 9$`, "m"));
  assert.match(stderr, /^ardexa: 4 devices: 0 succeeded, 4 failed$/m);
});

test("several devices that fail for the same reason: its exit code", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  assert.equal((await run(t, ["cmd", ids[0], ids[1], "--timeout", "50ms", "--", "slow"], { env })).code, 5);
});

test("the byte-order mark and carriage returns of a Windows file are not part of an ID", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const { code, stdout } = await run(
    t,
    ["cmd", `\ufeff${ids[0]}\r`, `${ids[1]}\r`, ids[0], "--json", "--", "echo hi"],
    { env },
  );
  assert.equal(code, 0);
  assert.deepEqual(
    parsed(stdout)
      .map(({ device }) => device)
      .sort(),
    ids.slice(0, 2).sort(),
  );
  assert.equal(received(sim, "device:cmd").length, 2);
});

test("--parallel limits the devices at a time", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t, { devices: 40, commandMs: 20 });
  let [asked, most] = [0, 0];
  sim.onConnection = (socket) =>
    socket.on("device:cmd", () => {
      asked++;
      most = Math.max(most, asked - (sim.stats().emits["device:cmd:reply"] ?? 0));
    });
  const { code, stdout } = await run(t, ["cmd", ...ids, "--parallel", "3", "--json", "--", "echo hi"], { env });
  assert.equal(code, 0);
  assert.deepEqual(
    parsed(stdout)
      .map(({ device }) => device)
      .sort(),
    [...ids].sort(),
  );
  assert.equal(most, 3);
});

test("Ctrl-C reports unanswered requests", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const one = start(t, ["cmd", ids[0], "--", "slow"], { env });
  await until(() => received(sim, "device:cmd").length === 1);
  one.child.kill("SIGINT");
  const { code, stderr } = await one.ended;
  assert.equal(code, 130);
  assert.equal(
    stderr,
    `ardexa: stopped with 1 request unanswered; a request cannot be cancelled, so check ${ids[0]} before running the command again\n`,
  );

  const many = start(t, ["cmd", ...ids, "--parallel", "2", "--", "slow"], { env });
  await until(() => received(sim, "device:cmd").length === 3);
  many.child.kill("SIGTERM");
  const end = await many.ended;
  assert.equal(end.code, 143);
  assert.match(end.stderr, /stopped with 2 requests unanswered/);
  assert.equal(received(sim, "device:cmd").length, 3, "nothing else was sent");
  await until(() => sim.stats().connected === 0);
});

test("all devices run even if the output is closed", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const head = start(t, ["cmd", ...ids, "--parallel", "1", "--", "seq 20000"], { env });
  await until(() => head.stdout.length > 0);
  head.child.stdout.destroy();
  const { code, stderr } = await head.ended;
  assert.equal(code, 0);
  assert.equal(stderr, `ardexa: ${ids.length} devices: ${ids.length} succeeded\n`);
  assert.equal(received(sim, "device:cmd").length, ids.length);
});

test("large output arrives complete", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const { stdout } = await run(t, ["cmd", ids[0], "--", "seq 300000"], { env });
  assert.equal(stdout.split("\n").length, 300_001);
});

for (const [name, event, done] of /** @type {[string, string, RegExp][]} */ ([
  ["refresh-meta", "device:refreshMeta", /metadata refresh requested/],
  ["send-ardexactl", "device:sendArdexactl", /ardexactl was sent/],
  ["send-ardpkg", "device:sendArdpkg", /ardpkg was sent/],
])) {
  test(name, LIMIT, async (t) => {
    const { sim, env, ids } = await cloud(t);
    const one = await run(t, [name, ids[0]], { env });
    assert.deepEqual([one.code, one.stdout], [0, ""]);
    assert.match(one.stderr, new RegExp(`^ardexa: ${ids[0]}: ${done.source}[^\n]*\n$`));
    const many = await run(t, [name, ids[1], "nope", "--json"], { env });
    assert.equal(many.code, 1);
    const answers = parsed(many.stdout).sort((a, b) => Number("error" in a) - Number("error" in b));
    assert.deepEqual(answers, [
      { device: ids[1], complete: true },
      { device: "nope", error: { code: "rejected", message: `${event}: Unknown device` } },
    ]);
    assert.match(many.stderr, /nope: Unknown device; check the device ID/);
    assert.deepEqual(
      received(sim, event).map(({ deviceId }) => deviceId),
      [ids[0], ids[1], "nope"],
    );
  });
}

test("upgrade prints each step", LIMIT, async (t) => {
  const { sim, env } = await cloud(t);
  const [good, fails] = [sim.devices[0].id, sim.devices[4].id];
  const one = await run(t, ["upgrade", good], { env });
  assert.deepEqual([one.code, one.stderr], [0, ""]);
  assert.match(one.stdout, /^Arch detected: amd64\n(.+\n)+Complete\n$/);
  const json = await run(t, ["upgrade", good, "--json"], { env });
  assert.deepEqual(
    parsed(json.stdout).map(({ device, status }) => `${device} ${status}`),
    one.stdout
      .trimEnd()
      .split("\n")
      .map((status) => `${good} ${status}`),
  );
  assert.deepEqual(
    parsed(json.stdout)
      .map(({ complete }) => complete)
      .filter(Boolean),
    [true],
  );
  const both = await run(t, ["upgrade", good, fails], { env });
  assert.equal(both.code, 1);
  assert.match(both.stdout, new RegExp(`^${good}: Complete$`, "m"));
  assert.match(both.stdout, new RegExp(`^${fails}: Arch detected`, "m"));
  assert.match(both.stderr, new RegExp(`^ardexa: ${fails}: Internal error occurred; check`, "m"));
});
