import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDevice } from "../../../www/simulator/fleet.mjs";
import { runCommand } from "../../../www/simulator/shell.mjs";
import { cmd, connected, simulator } from "./support.mjs";

const nowMs = Date.UTC(2023, 7, 9, 3, 55, 37);
const device = makeDevice(1, 0, nowMs);
const run = (line) => runCommand(device, line, { nowMs, slowCommandMs: 2_000, plantOffsetMs: 0 });

for (const [line, stdout, stderr = "", returnCode = 0] of [
  ["hostname", "solar-01\n"],
  ["whoami", "root\n"],
  ["date", "Wed Aug  9 03:55:37 UTC 2023\n"],
  ["date +%Y-%m-%dT%H:%M:%S", "2023-08-09T03:55:37\n"],
  ["sleep 3; date +%S", "40\n"],
  ["uname -m", "x86_64\n"],
  ["echo hello   world", "hello world\n"],
  [`echo 'a  $HOSTNAME' "b  $HOSTNAME" \\$HOSTNAME "\\$x" \${USER}`, "a  $HOSTNAME b  solar-01 $HOSTNAME $x root\n"],
  ["echo -n ü☀", "ü☀"],
  ["X=5; echo $X$NONE.", "5.\n"],
  ["echo one > /dev/null; echo two >&2", "", "two\n"],
  ["nope 2>/dev/null; echo $?", "127\n"],
  ["nope 2>&1 | wc -l", "1\n"],
  ["false", "", "", 1],
  ["exit 3; echo never", "", "", 3],
  ["exit", ""],
  ["false && echo no || echo yes", "yes\n"],
  ["true || echo no; echo end", "end\n"],
  ["true && false || true && echo ok", "ok\n"],
  ["seq 3 | tail -n 1", "3\n"],
  ["seq 20 | head -2 | grep -v 1", "2\n"],
  ["echo a # comment", "a\n"],
  ["echo a;echo b\necho c", "a\nb\nc\n"],
  ["cat /etc/hostname /nope", "solar-01\n", "cat: /nope: No such file or directory\n", 1],
  ["ls /opt/ardexa/logs", "meter\nsolar\nweather\n"],
  ["ls /nope", "", "ls: cannot access '/nope': No such file or directory\n", 2],
  ["frobnicate now", "", "sh: 1: frobnicate: command not found\n", 127],
  ["complain loudly", "", "loudly\n"],
  ["echo 'open", "", "sh: 1: Syntax error: Unterminated quoted string\n", 2],
  ["&& echo", "", 'sh: 1: Syntax error: "&&" unexpected\n', 2],
  ["", ""],
]) {
  test(`sh: ${JSON.stringify(line)}`, () => {
    const { delayMs, ...result } = run(line);
    assert.deepEqual(result, { stdout, stderr, returnCode });
  });
}

test("sh: time adds up and is bounded", () => {
  assert.equal(run("sleep 1; sleep 0.5 && slow").delayMs, 3_500);
  assert.equal(run("sleep 1e300").delayMs, 3_600_000);
  assert.equal(run("sleep x").returnCode, 1);
});

test("sh: output is bounded", () => {
  assert.ok(run("seq 500000;".repeat(100)).stdout.length < 16 * 1024 * 1024);
  assert.equal(run("seq 1e9").returnCode, 1);
});

test("sh: a log file has its header and its lines", () => {
  const lines = run("cat /opt/ardexa/logs/solar/inverter-01/latest.csv").stdout.trimEnd().split("\n");
  assert.match(lines[0], /^# Datetime\(date\),AC Power\(integer:W\),/);
  assert.equal(lines.length, 1 + 3 * 60 + 55, "one row a minute since midnight");
  assert.match(lines.at(-1), /^2023-08-09T03:55:00\.000Z,/);
});

test("sh: head and tail print headers for several files, but not for one", () => {
  const [a, b] = ["/etc/hostname", "/etc/motd"];
  assert.match(run(`head -n 1 ${a} ${b}`).stdout, /^==> \/etc\/hostname <==\nsolar-01\n\n==> \/etc\/motd <==\n/);
  assert.equal(run(`tail -n 1 ${a}`).stdout, "solar-01\n");
  const partly = run(`head -n 1 ${a} /nope`);
  assert.deepEqual([partly.stdout, partly.returnCode], ["==> /etc/hostname <==\nsolar-01\n", 1]);
});

test("sh: find, with and without -exec", () => {
  const logs = run("find -L '/opt/ardexa/logs' -name 'latest.csv'").stdout.trimEnd().split("\n");
  assert.equal(logs.length, 8);
  assert.equal(logs[0], "/opt/ardexa/logs/solar/inverter-01/latest.csv");
  const first = run("find -L /opt/ardexa/logs -name latest.csv -exec head -n 1 /dev/null {} +");
  assert.equal(first.stdout.match(/^# Datetime\(date\),/gm).length, 8);
  assert.match(first.stdout, /^==> \/dev\/null <==\n\n==> \/opt/);
  assert.deepEqual(run("find /nope -name x -exec head {} +"), {
    stdout: "",
    stderr: "find: '/nope': No such file or directory\n",
    returnCode: 1,
    delayMs: 0,
  });
});

/** @type {[files: import("../../../www/simulator/fleet.mjs").Device["agentFiles"], line: string, output: RegExp][]} */
const AGENT_FILES = [
  ["elsewhere", "cat /etc/ardexa/ardexa.yaml", /^cat: .*No such file/],
  ["elsewhere", "cat /opt/plant/agent.yaml", /directory: \/data\/logs/],
  ["broken-yaml", "cat /etc/ardexa/ardexa.yaml", /run: \[\n/],
  ["other-header", "head -n 1 /opt/ardexa/logs/solar/inverter-01/latest.csv", /^time;AC Power;/],
  ["windows", "cat /etc/hostname", /^'cat' is not recognized as an internal or external command/],
  ["windows", "hostname", /^SOLAR-01\r\n/],
];
for (const [files, line, output] of AGENT_FILES) {
  test(`agent files, ${files}: ${line}`, () => {
    const { stdout, stderr } = runCommand({ ...device, agentFiles: files }, line, {
      nowMs,
      slowCommandMs: 0,
      plantOffsetMs: 0,
    });
    assert.match(stdout + stderr, output);
  });
}

test("sh: never throws", () => {
  const parts = [
    "'",
    '"',
    "\\",
    "$",
    "${",
    "|",
    "||",
    "&&",
    ";",
    ">",
    ">&2",
    "2>",
    "#",
    "echo",
    "cat",
    "head -n",
    "grep",
    "seq",
    "find",
    "-exec",
    "{} +",
    "é",
    " ",
    "\n",
    "\u0000",
    "exit",
    "wc",
    "date +%",
  ];
  for (let i = 0; i < 3_000; i++) {
    const line = Array.from({ length: i % 9 }, (_, k) => parts[(i * 31 + k * 17 + ((i * k) % 13)) % parts.length]).join(
      i % 2 ? " " : "",
    );
    assert.equal(typeof run(line).stdout, "string");
  }
});

test("large and non-ASCII output through the socket", { timeout: 20_000 }, async (t) => {
  const sim = await simulator(t);
  const socket = await connected(t, sim);
  const { id } = sim.devices[0];
  assert.equal((await cmd(socket, id, "seq 100000")).stdout.split("\n").length, 100_001);
  assert.match((await cmd(socket, id, "unicode")).stdout, /発電所 ☀️ · 𝔸𝕣𝕕 · café/);
  assert.equal((await cmd(socket, id, "slow")).stdout, "done\n");
});
