/** `ardexa test-config` and `ardexa apply-config`: what they send, and the errors for invalid files. */
import assert from "node:assert/strict";
import test from "node:test";
import { received } from "../lib/cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, files, parsed, run } from "./support.mjs";

const YAML = `# A plant
zeta: &fields
  - {name: power, expect: integer}
alpha: 1
run:
  - &first {table: t, source: s1, command: x, frequency: 3, expect: csv, fields: *fields}
  - <<: *first
    source: s2
`;
/** The same without the merge key, which is not part of YAML 1.2: the simulator's agent does not support it. */
const PLAIN = YAML.replace(/  - <<: .*\n.*\n/, "");
const FIELDS = [{ name: "power", expect: "integer" }];
const FIRST = { table: "t", source: "s1", command: "x", frequency: 3, expect: "csv", fields: FIELDS };
/** As a string, because the order of the keys matters. */
const AS_JSON = JSON.stringify({ zeta: FIELDS, alpha: 1, run: [FIRST, { ...FIRST, source: "s2" }] });
const JSON_TEXT = '{\n  "zeta": [],\n  "alpha": {"b": 1, "a": 2},\n  "run": []\n}\n';

test("test-config sends YAML as an object: keys in order, aliases and merge keys resolved", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const cwd = files(t, { "plant.yaml": YAML, "plant.json": JSON_TEXT });
  for (const file of ["plant.yaml", "plant.json"]) {
    const { code, stdout, stderr } = await run(t, ["test-config", ids[0], file], { env, cwd });
    assert.deepEqual(
      [code, stdout, stderr],
      [0, "", `ardexa: ${ids[0]}: ${file} is valid; use apply-config to apply it\n`],
    );
  }
  assert.deepEqual(
    received(sim, "device:testConfig").map(({ config }) => JSON.stringify(config)),
    [AS_JSON, JSON.stringify(JSON.parse(JSON_TEXT))],
  );
});

test("apply-config --yes sends YAML unchanged and JSON as an object", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const cwd = files(t, { "plant.yaml": PLAIN, "plant.json": JSON_TEXT });
  const yaml = await run(t, ["apply-config", ids[0], "plant.yaml", "--yes"], { env, cwd });
  assert.deepEqual(
    [yaml.code, yaml.stdout, yaml.stderr],
    [0, "", `ardexa: ${ids[0]}: plant.yaml was applied; the agent is restarting\n`],
  );
  const json = await run(t, ["apply-config", ids[1], "plant.json", "-y", "--json"], { env, cwd });
  assert.deepEqual([json.code, parsed(json.stdout), json.stderr], [0, [{ device: ids[1], result: "success" }], ""]);
  const sent = (/** @type {string} */ event) => /** @type {{ config: unknown }} */ (received(sim, event)[0]).config;
  assert.equal(sent("device:applyYamlConfig"), PLAIN);
  assert.equal(JSON.stringify(sent("device:applyConfig")), JSON.stringify(JSON.parse(JSON_TEXT)));
});

test("- reads standard input, and detects JSON or YAML", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  for (const [input, event] of [
    [PLAIN, "device:applyYamlConfig"],
    [JSON_TEXT, "device:applyConfig"],
  ]) {
    const { code, stderr } = await run(t, ["apply-config", ids[0], "-", "--yes"], { env, input });
    assert.equal(code, 0, stderr);
    assert.equal(received(sim, event).length, 1);
    await until(() => sim.devices[0].online, "the agent to come back");
  }
  const { code, stdout } = await run(t, ["test-config", ids[0], "-", "--json"], { env, input: YAML });
  assert.deepEqual([code, parsed(stdout)], [0, [{ device: ids[0], result: "success" }]]);
});

test(
  "numeric keys are allowed first and refused elsewhere, since they would move; apply-config keeps them in YAML",
  LIMIT,
  async (t) => {
    const { sim, env, ids } = await cloud(t);
    const cwd = files(t, {
      "first.json": '{"1": 0, "20": 0, "a": 0}',
      "late.json": '{"a": 0,\n"10": 0}',
      "late.yaml": "a: 0\nb:\n  c: 1\n  2: 3\n",
    });
    assert.equal((await run(t, ["test-config", ids[0], "first.json"], { env, cwd })).code, 0);
    for (const [args, where] of /** @type {[string[], string][]} */ ([
      [["apply-config", ids[0], "late.json", "--yes"], "late.json (line 2) has the numeric key 10"],
      [["test-config", ids[0], "late.yaml"], "late.yaml (line 4) has the numeric key 2"],
    ])) {
      const { code, stderr } = await run(t, args, { env, cwd });
      assert.equal(code, 2);
      assert.ok(stderr.startsWith(`ardexa: ${where}, which would move in front of the other keys;`), stderr);
    }
    assert.equal((await run(t, ["apply-config", ids[0], "late.yaml", "--yes"], { env, cwd })).code, 0);
    assert.equal(received(sim, "device:applyYamlConfig").length, 1);
  },
);

test("a configuration that the agent refuses: the agent's message, and advice", LIMIT, async (t) => {
  const { env, ids, offline } = await cloud(t);
  const cwd = files(t, { "bad.yaml": "run: [{table: t, source: s, expect: log, command: x, frequency: often}]" });
  for (const args of [
    ["test-config", ids[0], "bad.yaml"],
    ["apply-config", ids[0], "bad.yaml", "--yes"],
  ]) {
    const { code, stdout, stderr } = await run(t, args, { env, cwd });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^ardexa: ERROR\. 2147\. .*yaml-cpp: error at line 50.*\n.*2156\. Bad frequency LC: 2; correct bad\.yaml, or check the device ID and that the device is online\n$/,
    );
  }
  const { code, stdout } = await run(t, ["test-config", offline, "bad.yaml", "--json"], { env, cwd });
  assert.deepEqual(
    [code, parsed(stdout)],
    [1, [{ device: offline, error: { code: "rejected", message: "device:testConfig: Device is offline" } }]],
  );
});

/** @type {[string, string | Buffer, RegExp][]} */
const UNREADABLE = [
  [
    "bad.yaml",
    "run:\n  - a: [1\n  b: 2\n",
    /^ardexa: bad\.yaml is not valid YAML \(line 3, column 3\): Flow sequence .*; fix it and try again\n$/,
  ],
  ["tab.yaml", "a:\n\tb: 1\n", /tab\.yaml is not valid YAML \(line 2, column 1\): Tabs/],
  ["twice.yaml", "a: 1\nb: 2\na: 3\n", /not valid YAML \(line 3, column 1\): Map keys must be unique/],
  ["two.yaml", "a: 1\n---\nb: 2\n", /two\.yaml contains 2 YAML documents; it must contain only one\n$/],
  [
    "alias.yaml",
    "a: *none\n",
    /alias\.yaml cannot be resolved: Unresolved alias .*: none; fix its anchors and aliases\n$/,
  ],
  ["loop.yaml", "a: &a\n  b: *a\n", /loop\.yaml has an alias that refers to itself; fix/],
  [
    "bomb.yaml",
    [
      "a0: &a0 [x, x, x, x, x]",
      ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(5).fill(`*a${n}`)}]`),
    ].join("\n"),
    /bomb\.yaml cannot be resolved: Excessive alias count/,
  ],
  ["list.yaml", "- a\n", /list\.yaml is not a configuration: the top level must be keys/],
  ["word.yml", "hello\n", /word\.yml is not a configuration/],
  ["null.json", "null", /null\.json is not a configuration/],
  ["empty.yaml", " \n", /empty\.yaml is empty; it must contain a configuration/],
  [
    "value.json",
    '{\n "a": 1,\n "b": x\n}',
    /value\.json is not valid JSON \(line 3, column 7\): Unexpected token 'x'; fix it/,
  ],
  ["comma.json", '{"a": 1,\n}', /comma\.json is not valid JSON \(line 2, column 1\)/],
  ["end.json", '{"a":\n 1', /end\.json is not valid JSON \(line 2, column \d\)/],
  ["yaml.json", "a: 1\n", /yaml\.json is not valid JSON \(line 1, column \d\)/],
  ["latin.yaml", Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]), /latin\.yaml is not valid UTF-8; save it as UTF-8\n$/],
];
test("invalid files: one message with the line, exit code 2, nothing sent", { timeout: 60_000 }, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const cwd = files(t, Object.fromEntries(UNREADABLE.map(([name, content]) => [name, content])));
  // Both commands share the code that reads files, so one case is enough for the second.
  const [[first, , message]] = UNREADABLE;
  /** @type {[string[], RegExp][]} */
  const cases = [
    ...UNREADABLE.map(
      ([name, , pattern]) => /** @type {[string[], RegExp]} */ ([["test-config", ids[0], name], pattern]),
    ),
    [["apply-config", ids[0], first, "--yes"], message],
  ];
  for (const [args, pattern] of cases) {
    const { code, stdout, stderr } = await run(t, args, { env, cwd });
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, pattern);
    assert.match(stderr, /^ardexa: [^\n]+\n$/);
  }
  const { code, stderr } = await run(t, ["test-config", ids[0], "-"], { env, input: "a: [" });
  assert.deepEqual(
    [code, /^ardexa: standard input is not valid YAML \(line 1, column \d\)/.test(stderr)],
    [2, true],
    stderr,
  );
  assert.equal(sim.stats().connections, 0);
});
