/** A malicious or broken cloud or device: no polluted prototypes, no unbounded growth, no unexpected errors. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { inspect } from "node:util";
import { test } from "node:test";
import { LIMIT } from "../lib/until.mjs";
import { chance } from "../lib/random.mjs";
import { ArdexaError } from "../lib/consumer.mjs";
import { answering, askDevice, device, GIVEN, gone, heads, listDevices, read, readLog, said } from "./lib/catalog.mjs";

const EVIL = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const before = EVIL.map((name) => Object.getOwnPropertyDescriptor(Object.prototype, name));

/** Asserts that Object.prototype is unchanged. */
function assertUnpolluted() {
  assert.deepEqual(
    EVIL.map((name) => Object.getOwnPropertyDescriptor(Object.prototype, name)),
    before,
  );
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
}

test("a list of devices cannot pollute prototypes", LIMIT, async () => {
  for (const name of EVIL) {
    const body = `{"devices":[{"id":"${name}","${name}":{"polluted":1},"meta":{"${name}":{"polluted":1},
      "run":[{"table":"${name}","source":"${name}","${name}":{"polluted":1},"fields":"${name}","meta":{"${name}":{"polluted":1}}}],
      "tail":{"${name}":{"table":"t","source":"s","fields":[{"name":"${name}","expect":"${name}","${name}":{"polluted":1}}]}}}}]}`;
    const { devices } = await read(body);
    assert.deepEqual(
      devices[0].sources.map(({ table }) => table),
      [name, "t"],
    );
    const keyed = await read(`{"${name}":{"meta":{}}}`);
    assert.deepEqual(
      keyed.devices.map(({ id }) => id),
      [name],
    );
    assertUnpolluted();
  }
  for (const name of ["__proto__", "toString"]) {
    const { issues } = await read(`[{"id":"a","meta":{"run":[{"table":"t","source":"s","fields":"${name}"}]}}]`);
    assert.match(issues[0].message, /does not exist/);
  }
});

test("properties of a polluted prototype are not read", LIMIT, async () => {
  const names = ["id", "cn", "online", "meta", "table", "source", "fields", "dynamic_tail", "run"];
  const proto = /** @type {any} */ (Object.prototype);
  let directory, answer;
  try {
    for (const name of names)
      Object.defineProperty(proto, name, { value: "from elsewhere", configurable: true, writable: true });
    directory = await read([{}, { uuid: "a" }, { uuid: "b", meta: { tail: [{}, { table: "t", source: "s" }] } }]);
    answer = await askDevice(device({ hostname: "h", cat: "debug: 1\n", find: said("") }), "d");
  } finally {
    for (const name of names) delete proto[name];
  }
  assert.deepEqual(
    directory.devices.map(({ id, online, sources }) => [
      id,
      Object.hasOwn(directory.devices[0], "online") && online,
      sources.length,
    ]),
    [
      ["a", false, 0],
      ["b", false, 1],
    ],
  );
  assert.deepEqual([directory.issues.length, answer.sources], [2, []]);
});

test("a configuration cannot pollute prototypes or grow without limit", LIMIT, async () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghij"
    .split("")
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[at]}`)}]`)
    .join("\n")}\n`;
  for (const cat of [
    "__proto__: {polluted: 1}\nrun: [{table: t, source: s, __proto__: {polluted: 1}}]\n",
    "constructor: {prototype: {polluted: 1}}\n",
    "<<: {__proto__: {polluted: 1}}\n",
    bomb,
    "a: &a [*a]\nrun: *a\n",
    `${"[".repeat(100_000)}`,
    `run: ${"{a: ".repeat(5_000)}`,
    "? {complex: key}\n: 5\n",
    "run: !!js/function 'function () { polluted() }'\n",
    "\u0000\u0001",
    "%YAML 9.9\n---\na: 1\n",
    "a: 1\n---\nb: 2\n",
  ]) {
    const started = performance.now();
    const { issues, config } = await askDevice(device({ hostname: "h", cat, find: said("") }), "d");
    assert.ok(performance.now() - started < 10_000, cat.slice(0, 40));
    assert.ok(config.text === cat || issues.some(({ step }) => step === "config"));
    assertUnpolluted();
  }
});

test("names and messages are one short line without control characters", LIMIT, async () => {
  const evil = "\u001b]0;title\u0007\n\u001b[2J".repeat(1_000);
  const { issues, name } = await askDevice(
    device({ hostname: evil, cat: gone(evil), find: said(heads({ [`/opt/ardexa/logs/t/s/latest.csv`]: evil })) }),
    "d",
  );
  for (const text of [name, ...issues.map(({ message }) => message)]) {
    assert.ok(text.length < 600);
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
  }
});

test("an endless response is cancelled", LIMIT, async () => {
  const chunk = new Uint8Array(16 * 1024 * 1024).fill(32);
  let [reads, cancelled] = [0, 0];
  const body = {
    getReader: () => ({
      read: async () => (reads++, { done: false, value: chunk }),
      cancel: async () => void cancelled++,
    }),
  };
  const endless = listDevices({
    ...GIVEN,
    fetch: async () => /** @type {any} */ ({ ok: true, status: 200, body, text: async () => "[]" }),
  });
  await assert.rejects(endless, { code: "protocol", message: /exceeds \d+ bytes/ });
  assert.deepEqual([reads, cancelled], [5, 1]);
});

test("100,000 logs, and header lines with a thousand columns or a million", LIMIT, async () => {
  const lines = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, n) => [
      `/opt/ardexa/logs/t/s${n}/latest.csv`,
      n % 2 ? "# Datetime(date),a(integer)" : "odd",
    ]),
  );
  const many = await askDevice(device({ find: heads(lines) }), "d", { name: false, config: false });
  assert.deepEqual([many.sources.length, many.issues.length], [100_000, 21]);
  assert.match(many.issues.at(-1).message, /^the fields of 49980 more logs are unknown$/);
  const columns = (count) => device({ head: `# Datetime(date),${"a(integer),".repeat(count - 1)}a\n` });
  assert.equal((await readLog(columns(1_000), "d", { table: "t", source: "s" })).rows.fields.length, 1_000);
  assert.match(
    (await readLog(columns(1_000_000), "d", { table: "t", source: "s" })).issues[0].message,
    /is not in the format/,
  );
});

test("lines designed to be slow to parse", LIMIT, async () => {
  const long = (text) => text.repeat(99_000 / text.length);
  const header = "# D(date),a(integer)\n";
  for (const text of [
    `# ${long("(")}`,
    `# D(date),${long(" ")}x`,
    `# D(date),a${long("(:")}`,
    `# D(date),${long('"')}`,
    `#${long(" \t")}x`,
    `# D(date),${long("a ")}(`,
    `# D(date)${long(",")}`,
    `${header}2024-03-01T10:00:00${long(" ")}x,1`,
    `${header}${long("1")},${long(" ")}x`,
    `${header}${long("\\")}`,
    `${header}${long("2024-03-01T10:00:00Z,1\n")}`,
  ]) {
    const started = performance.now();
    await readLog(device({ head: `${text}\n` }), "d", { table: "t", source: "s" });
    assert.ok(performance.now() - started < 3_000, `${text.slice(0, 40)}: ${performance.now() - started} ms`);
  }
  const huge = await askDevice(device({ cat: "a: 1\n".repeat(500_000) }), "d", { name: false, logs: false });
  assert.match(huge.issues[0].message, /2500000 characters exceed the limit/);
});

test("malformed replies", LIMIT, async () => {
  for (const reply of [
    {},
    { stdout: 5, stderr: null, returnCode: "x" },
    { stdout: {}, stderr: {} },
    { stdout: null, stderr: undefined, returnCode: null },
  ]) {
    const wrong = /** @type {any} */ (reply);
    const { answered, sources, issues } = await askDevice(device({ hostname: wrong, cat: wrong, find: wrong }), "d");
    assert.deepEqual([answered, sources, issues.length], [true, [], 3]);
  }
});

test("any JSON returns a list or rejects with one error of the package", LIMIT, async () => {
  const random = chance(20_231);
  const words = [
    "id",
    "cn",
    "name",
    "meta",
    "run",
    "tail",
    "dynamic",
    "fields",
    "table",
    "source",
    "devices",
    "t.s",
    "online",
    "__proto__",
    "expect",
    "",
  ];
  const any = (depth) => {
    const kind = Math.floor(random() * (depth > 0 ? 8 : 6));
    const word = words[Math.floor(random() * words.length)];
    if (kind < 6) return [null, true, random() * 1e9, word, "CN=a,O=b", -0][kind];
    if (kind === 6) return Array.from({ length: random() * 5 }, () => any(depth - 1));
    return Object.fromEntries(
      Array.from({ length: random() * 6 }, () => [words[Math.floor(random() * words.length)], any(depth - 1)]),
    );
  };
  for (let round = 0; round < 5_000; round++) {
    const body = [any(6), any(6)];
    try {
      const { devices } = await listDevices({ ...GIVEN, fetch: answering(round % 2 ? body : any(7)) });
      for (const { id, sources } of devices) {
        assert.equal(typeof id, "string");
        for (const { table, source, fields } of sources)
          assert.ok(typeof table === "string" && typeof source === "string" && Array.isArray(fields));
      }
    } catch (error) {
      assert.ok(error instanceof ArdexaError && error.code === "protocol", inspect({ error, body }, { depth: 10 }));
    }
  }
  assertUnpolluted();
});
