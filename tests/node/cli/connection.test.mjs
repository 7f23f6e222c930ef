/** Refused, unreachable and lost connections, and the token file that is read for each attempt. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { makeToken } from "../../../www/simulator/token.mjs";
import { received } from "../lib/cloud.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { closedAddress } from "../lib/refusing.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, environment, files, parsed, run, says, start } from "./support.mjs";

const FEED = ["-t", "system", "-s", "cpu_usage"];
const commandsOf = (id) => [["cmd", id, "--", "uptime"], ["feed", id, ...FEED], ["watch"], ["upgrade", id]];

/** Asserts that every kind of command ends with this exit code and a single message. */
async function all(t, id, env, exitCode, pattern) {
  for (const args of commandsOf(id)) {
    const { code, stdout, stderr } = await run(t, args, { env });
    assert.equal(code, exitCode, `${args[0]}: ${stderr}`);
    assert.equal(stdout, "");
    assert.match(stderr, /^ardexa: [^\n]+\n$/);
    assert.match(stderr, pattern);
  }
}

test("3: the cloud refuses the token, which is not printed", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  await all(t, ids[0], { ...env, ARDEXA_TOKEN: "wr0ng" }, 3, /^(?!.*wr0ng).*refused.*new token in ARDEXA_TOKEN/);
});

test("3: the cloud refuses the workgroup", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  await all(t, ids[0], { ...env, ARDEXA_WORKGROUP: "other" }, 3, /Not permitted; check the workgroup/);
});

test("3: the token has expired", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const expired = makeToken({ subject: "x", issuedMs: 0, expiresMs: 1000 });
  await all(t, ids[0], { ...env, ARDEXA_TOKEN: expired }, 3, /expired.*new token/);
});

test("3: disconnected right after it was accepted", LIMIT, async (t) => {
  const { env, ids } = await cloud(t, { refusal: "disconnect" });
  await all(
    t,
    ids[0],
    { ...env, ARDEXA_TOKEN: "wr0ng" },
    3,
    /(the token may be invalid\); check|right after accepting it, so check) the workgroup/,
  );
});

test("3: refused by the status of the handshake", LIMIT, async (t) => {
  for (const status of [401, 403]) {
    const raw = await rawCloud(t, { refuse: () => status });
    await all(t, "d", environment(raw), 3, new RegExp(`${status}.*new token`));
  }
});

test("1: a token without the privilege, since the cloud rejects the request", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const { code, stderr } = await run(t, ["cmd", ids[0], "--", "uptime"], {
    env: { ...env, ARDEXA_TOKEN: sim.readOnlyToken },
  });
  assert.equal(code, 1);
  assert.match(stderr, /lacks the Control Devices privilege.*the token has the Control Devices privilege/);
});

test("4: nothing is listening", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const nowhere = { ...env, ARDEXA_URL: (await closedAddress(t)).url };
  await all(t, ids[0], nowhere, 4, /cannot reach 127\.0\.0\.1:\d+ .*ECONNREFUSED.*check the host and port of --url/);
});

test("4: the server is not a cloud", LIMIT, async (t) => {
  const raw = await rawCloud(t, { refuse: () => 404 });
  await all(t, "d", environment(raw), 4, /404\); there is no WebSocket endpoint; check --path and --url/);
});

for (const [what, open] of Object.entries({
  "graphql-ws": '{"type":"connection_ack"}',
  SignalR: "{}\x1e",
  STOMP: "CONNECTED\nversion:1.2\n\n\0",
  "an echo server": "hello",
})) {
  test(`4: a WebSocket server that is not Socket.IO, ${what}`, LIMIT, async (t) => {
    const raw = await rawCloud(t, { open, accept: null });
    await all(t, "d", environment(raw), 4, /is not a Socket\.IO server|not Socket\.IO/);
  });
}

test("--json prints a failed connection for each device, and for watch", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const wrong = { ...env, ARDEXA_TOKEN: "wr0ng" };
  for (const args of [
    ["cmd", ...ids.slice(0, 2), "--json", "--", "x"],
    ["feed", ...ids.slice(0, 2), ...FEED, "--json"],
    ["upgrade", ids[0], "--json"],
    ["watch", "--json"],
  ]) {
    const { code, stdout, stderr } = await run(t, args, { env: wrong });
    assert.equal(code, 3);
    assert.match(stderr, /^ardexa: [^\n]+\n$/);
    const lines = parsed(stdout);
    assert.deepEqual(
      lines.map(({ device }) => device),
      args[0] === "watch" ? [undefined] : args.filter((arg) => ids.includes(arg)),
    );
    for (const { error } of lines) assert.equal(error.code, "unauthorized");
    assert.doesNotMatch(stdout, /wr0ng/);
  }
  const nowhere = { ...env, ARDEXA_URL: (await closedAddress(t)).url };
  const { code, stdout } = await run(t, ["cmd", ids[0], "--json", "--", "x"], { env: nowhere });
  assert.equal(code, 4);
  assert.deepEqual(
    parsed(stdout).map(({ device, error }) => [device, error.code]),
    [[ids[0], "unreachable"]],
  );
});

test("5: the server does not respond", LIMIT, async (t) => {
  const raw = await rawCloud(t, { open: null });
  const { code, stderr } = await run(t, ["watch", "--connect-timeout", "3s"], { env: environment(raw) });
  assert.equal(code, 5);
  assert.match(stderr, /within 3000 ms.*--connect-timeout sets/);
});

test("5: the device does not respond", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const { code, stderr } = await run(t, ["cmd", ids[0], "--timeout", "50ms", "--", "slow"], { env });
  assert.equal(code, 5);
  assert.match(stderr, /no reply within 50 ms; --timeout sets/);
});

test("4: the connection is lost while a command runs, which is not sent again", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  for (const cut of ["dropAll", "kick"]) {
    sim.received.length = 0;
    const cmd = start(t, ["cmd", ids[0], "--", "slow"], { env });
    await until(() => received(sim, "device:cmd").length === 1);
    sim[cut]();
    const { code, stderr } = await cmd.ended;
    assert.match(stderr, /^ardexa: the connection was lost after sending [^\n]*check before sending it again[^\n]*\n$/);
    // A disconnect right after the connection was accepted may be a refusal.
    assert.equal(code, /right after accepting it/.test(stderr) ? 3 : 4);
    if (cut === "dropAll") assert.equal(code, 4);
    assert.equal(received(sim, "device:cmd").length, 1);
  }
});

test("devices whose request was not sent wait for the connection to return", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const cmd = start(t, ["cmd", ...ids, "--parallel", "1", "--", "echo hi"], { env });
  await says(cmd, "stdout", /hi\n/);
  sim.dropAll();
  const { stdout, stderr } = await cmd.ended;
  const answered = stdout.split("\n").filter((line) => line.endsWith(": hi")).length;
  const lost = stderr.split("\n").filter((line) => /lost after sending/.test(line)).length;
  assert.equal(answered + lost, ids.length, stderr);
  assert.ok(lost <= 1, stderr);
  const asked = received(sim, "device:cmd").map(({ deviceId }) => deviceId);
  assert.equal(new Set(asked).size, asked.length, "no device twice");
  assert.ok(asked.length >= ids.length - lost);
});

test("a feed resumes after a lost connection and reports the gap; a refusal ends it with 3", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const feed = start(t, ["feed", ids[0], ...FEED], { env });
  await says(feed, "stdout", /\n/);
  sim.dropAll();
  await says(feed, "stderr", /the feed continues\n/);
  assert.match(feed.stderr, /^ardexa: connection lost \(transport close\); reconnecting \(Ctrl-C to stop\)\n/);
  assert.match(feed.stderr, /^ardexa: reconnected after \d+\.\d s$/m);
  assert.match(
    feed.stderr,
    new RegExp(`^ardexa: ${ids[0]}: samples from \\S+Z to \\S+Z are missing; the feed continues$`, "m"),
  );
  const before = feed.stdout.length;
  await until(() => feed.stdout.length > before, "more samples");

  sim.setToken("another");
  sim.dropAll();
  const { code, stderr } = await feed.ended;
  assert.equal(code, 3);
  assert.match(stderr, /refused the connection.*new token in ARDEXA_TOKEN\n$/);
});

test("a feed reports failed attempts while the cloud is down", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const feed = start(t, ["feed", ids[0], ...FEED], { env });
  await says(feed, "stdout", /\n/);
  await sim.close();
  await says(feed, "stderr", /reconnection attempt 1 failed: cannot reach 127/);
  feed.child.kill("SIGINT");
  assert.equal((await feed.ended).code, 130);
});

test("a disconnect by the server ends a feed and a watch", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  for (const args of [["feed", ids[0], ids[1], ...FEED], ["watch"]]) {
    const connected = sim.stats().connections;
    const process = start(t, args, { env });
    await until(() => sim.stats().connections > connected);
    sim.kick();
    const { code, stderr } = await process.ended;
    assert.match(stderr, /^ardexa: [^\n]*(the server ended the connection|io server disconnect)[^\n]*\n$/);
    // A disconnect right after the connection was accepted counts as a refusal.
    assert.ok(code === 3 || code === 4, String(code));
  }
});

test("--token-file is read for each connection attempt, and overrides ARDEXA_TOKEN", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const file = join(files(t, { token: `${sim.token}\n` }), "token");
  const feed = start(t, ["feed", ids[0], ...FEED, "--token-file", file], { env: { ...env, ARDEXA_TOKEN: "wrong" } });
  await says(feed, "stdout", /\n/);
  sim.setToken("the-next-one");
  writeFileSync(file, "the-next-one\n");
  sim.dropAll();
  await says(feed, "stderr", /reconnected/);
  writeFileSync(file, "not-this-one\n");
  sim.dropAll();
  const { code, stderr } = await feed.ended;
  assert.equal(code, 3);
  assert.ok(stderr.endsWith(`put a new token in ${file}\n`), stderr);
});

test("an empty token file is read again until it has a token", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const file = join(files(t, { token: sim.token }), "token");
  const feed = start(t, ["feed", ids[0], ...FEED, "--token-file", file], { env });
  await says(feed, "stdout", /\n/);
  writeFileSync(file, "");
  sim.dropAll();
  await says(
    feed,
    "stderr",
    /reconnection attempt 1 failed: the token file .* is empty; it must contain the API token\n/,
  );
  writeFileSync(file, sim.token);
  await says(feed, "stderr", /the feed continues\n/);
});

test("--token-file can be a pipe, which can be read only once", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const { ARDEXA_TOKEN: _, ...rest } = env;
  const file = join(files(t), "pipe");
  execFileSync("mkfifo", [file]);
  for (const [token, exitCode, stdout] of /** @type {[string, number, string][]} */ ([
    [sim.token, 0, "hi\n"],
    ["wrong", 3, ""],
  ])) {
    const cmd = start(t, ["cmd", ids[0], "--token-file", file, "--", "echo hi"], { env: rest });
    await writeFile(file, token); // resolves once it has been read
    const ended = await cmd.ended;
    assert.deepEqual([ended.code, ended.stdout], [exitCode, stdout], ended.stderr);
  }
});
