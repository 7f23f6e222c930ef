/** On a terminal: the progress bar, the live table and the prompt, also with NO_COLOR and TERM=dumb. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { received } from "../lib/cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, files, noTerminal, onTerminal, says } from "./support.mjs";

const TERMINAL = { ...LIMIT, skip: noTerminal() };
const [CTRL_C, CTRL_D] = ["\u0003", "\u0004"];
const SGR = /\u001b\[[\d;]*m/;
const CONFIG = "run:\n- {table: t, source: s, expect: log, command: x, frequency: 3}\n";

test("several devices show a progress bar, which disappears at the end", TERMINAL, async (t) => {
  const { env, ids, offline } = await cloud(t);
  const { code, stdout } = await onTerminal(t, ["cmd", ids[0], ids[1], offline, "--", "echo hi"], { env }).ended;
  assert.equal(code, 1);
  assert.match(stdout, /░+ 0\/3/);
  assert.match(stdout, /█+.* 3\/3/);
  assert.match(stdout, / 1 failed/);
  assert.match(stdout, SGR);
  // Each message has its own screen line, and the bar is erased before the last message.
  const shown = stdout.split("\n").map((line) => line.slice(line.lastIndexOf("\u001b[J") + 3).trimEnd());
  assert.ok(stdout.includes(`\u001b[J${ids[0]}: hi\r\n`), stdout);
  assert.ok(shown.includes("ardexa: 3 devices: 2 succeeded, 1 failed"), stdout);
});

test("no progress bar for one device, without a terminal on stderr, or on a dumb terminal", TERMINAL, async (t) => {
  const { env, ids } = await cloud(t);
  const one = await onTerminal(t, ["cmd", ids[0], "--", "echo hi"], { env }).ended;
  assert.equal(one.stdout, "hi\r\n");
  const log = join(files(t), "log");
  const away = await onTerminal(t, ["cmd", ids[0], ids[1], "--", "echo hi"], { env, redirect: `2>'${log}'` }).ended;
  assert.deepEqual(away.stdout.split("\r\n").sort(), ["", `${ids[0]}: hi`, `${ids[1]}: hi`].sort());
  assert.equal(readFileSync(log, "utf8"), "ardexa: 2 devices: 2 succeeded\n");
  const dumb = await onTerminal(t, ["cmd", ids[0], ids[1], "--", "echo hi"], { env: { ...env, TERM: "dumb" } }).ended;
  assert.doesNotMatch(dumb.stdout, /\u001b|░/);
});

test("NO_COLOR keeps the bar and removes its colours", TERMINAL, async (t) => {
  const { env, ids } = await cloud(t);
  const { stdout } = await onTerminal(t, ["cmd", ids[0], ids[1], "--", "echo hi"], { env: { ...env, NO_COLOR: "1" } })
    .ended;
  assert.match(stdout, /█+ 2\/2/);
  assert.doesNotMatch(stdout, SGR);
});

test(
  "a feed is a live table with a sparkline; Ctrl-C keeps the table on screen and stops the feed",
  TERMINAL,
  async (t) => {
    const { sim, env, ids } = await cloud(t);
    const feed = onTerminal(t, ["feed", ids[0], "-t", "solar", "-s", "inverter-01"], { env });
    await says(feed, "stdout", /value +latest +min +max/);
    await until(() => (feed.stdout.match(/samples/g) ?? []).length > 3, "the table to be redrawn");
    assert.match(feed.stdout, new RegExp(`solar/inverter-01  ${ids[0]}  \\d+ samples  \\d{4}-`));
    await until(() => /^1 +\d+ +\d+ +\d+ {2}[▁▂▃▄▅▆▇█]+/m.test(feed.stdout), "a row without a missing value");
    assert.match(feed.stdout, /\u001b\[\d+A\u001b\[J/);
    sim.dropAll();
    await says(feed, "stdout", /ardexa: [^\n]* are missing; the feed continues/);
    feed.child.stdin.write(CTRL_C);
    const { code, stdout } = await feed.ended;
    assert.equal(code, 130);
    // One cell of the plant in 400 is null, perhaps this one.
    assert.match(stdout, /11 +(true|null) +1 +1 [▁▂▃▄▅▆▇█ ]*\u001b\[\?7h\r\n$/);
    await until(() => sim.stats().connected === 0);
    assert.equal(sim.feeds().length, 0);
    assert.equal(received(sim, "device:feed:stop").length, 1);
  },
);

test("the table fits the screen, and shows several devices", TERMINAL, async (t) => {
  const { env, ids } = await cloud(t);
  const small = await onTerminal(t, ["feed", ids[0], "-t", "solar", "-s", "inverter-01", "--for", "1s"], {
    env,
    rows: 8,
  }).ended;
  assert.match(small.stdout, /\n7 more; enlarge the window to see them/);
  assert.doesNotMatch(small.stdout, /^5 /m);
  const many = await onTerminal(t, ["feed", ids[0], ids[1], "-t", "system", "-s", "cpu_usage", "--for", "1s"], {
    env: { ...env, NO_COLOR: "1" },
  }).ended;
  assert.match(many.stdout, /system\/cpu_usage  2 devices/);
  for (const id of ids.slice(0, 2)) assert.match(many.stdout, new RegExp(`^${id.slice(0, 8)} .*[▁▂▃▄▅▆▇█]`, "m"));
  assert.doesNotMatch(many.stdout, SGR);
});

test("ndjson on a terminal on request, and on a dumb terminal by default", TERMINAL, async (t) => {
  const { env, ids } = await cloud(t);
  const feed = ["feed", ids[0], "-t", "system", "-s", "cpu_usage", "--count", "1"];
  for (const [args, more] of /** @type {[string[], Record<string, string>][]} */ ([
    [["--json"], {}],
    [["--format", "ndjson"], {}],
    [[], { TERM: "dumb" }],
  ])) {
    const { stdout } = await onTerminal(t, [...feed, ...args], { env: { ...env, ...more } }).ended;
    assert.equal(JSON.parse(stdout).device, ids[0]);
  }
});

test("data from a device cannot control the terminal", TERMINAL, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 0 });
  const feed = onTerminal(t, ["feed", ids[0], "-t", "system", "-s", "cpu_usage"], { env });
  await until(() => sim.feeds().length === 1);
  const [{ feedId }] = sim.feeds();
  sim.broadcast("device:feed:reply", {
    feedId,
    event_time: "T\u001b]0;x\u0007",
    device: ids[0],
    table: "t",
    source: "s",
    messageId: "1",
    value: "a\u001b[31mb",
  });
  await says(feed, "stdout", /a�\[31mb/);
  assert.doesNotMatch(feed.stdout, /\u001b\[31m|\u001b\]/);
  feed.child.stdin.write(CTRL_C);
  assert.equal((await feed.ended).code, 130);
});

for (const [name, answer, exitCode, told] of /** @type {[string, string, number, RegExp][]} */ ([
  ["y", "y\n", 0, / was applied; the agent is restarting/],
  ["YES", "YES\n", 0, / was applied/],
  ["n", "n\n", 1, /cancelled; nothing was sent/],
  ["nothing", "\n", 1, /nothing was sent/],
  ["another word", "yessir\n", 1, /nothing was sent/],
  ["Ctrl-D", CTRL_D, 1, /nothing was sent/],
  ["Ctrl-C", CTRL_C, 130, /\[y\/N\]/],
])) {
  test(`apply-config asks for confirmation: ${name}`, TERMINAL, async (t) => {
    const { sim, env, ids } = await cloud(t);
    const file = join(files(t, { "plant.yaml": CONFIG }), "plant.yaml");
    const apply = onTerminal(t, ["apply-config", ids[0], file], { env, columns: 300 });
    await says(
      apply,
      "stdout",
      /Apply .*plant\.yaml \(YAML, 2 lines\) to \S+ in workgroup demo and restart its agent\? \[y\/N\] /,
    );
    assert.equal(sim.stats().connections, 0, "it asks before connecting");
    apply.child.stdin.write(answer);
    const { code, stdout } = await apply.ended;
    assert.equal(code, exitCode, stdout);
    assert.match(stdout, told);
    assert.equal(received(sim, "device:applyYamlConfig").length, exitCode === 0 ? 1 : 0);
  });
}
