/** `readLog`: rows of a log as columns, in every format that Ardexa's plugins write. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rejects } from "../lib/errors.mjs";
import { LIMIT } from "../lib/until.mjs";
import { device, gone, readLog, said } from "./lib/catalog.mjs";

const PLACE = { table: "solar", source: "inv" };
const HEADER = "# Datetime(date),P(integer:W),U(decimal:V),On(bool),Text(keyword),Old(discard),Free";

/**
 * @param {string[]} lines the output of `head` and `tail`
 * @param {import("ardexa-client/catalog").ReadLogOptions} [options]
 */
const readLines = async (lines, options) => {
  const client = device({ head: `${lines.join("\n")}\n` });
  const answer = await readLog(client, "d", PLACE, options);
  return { ...answer, commands: client.commands.map(({ cmd }) => cmd) };
};

test("columns by type; missing values are null; discarded columns are omitted", LIMIT, async () => {
  const { rows, issues } = await readLines([
    HEADER,
    HEADER,
    "2024-03-01T10:00:00+1000,1,2.5,true,a b,x,7",
    "2024-03-01T10:01:00+1000,,None,0,,,text",
    "2024-03-01T10:02:00+1000,-3,1e3,maybe,None,,",
  ]);
  assert.deepEqual(issues, []);
  assert.deepEqual(rows, {
    table: "solar",
    source: "inv",
    path: "/opt/ardexa/logs/solar/inv/latest.csv",
    fields: [
      { name: "P", type: "integer", units: "W" },
      { name: "U", type: "decimal", units: "V" },
      { name: "On", type: "bool" },
      { name: "Text", type: "keyword" },
      { name: "Free" },
    ],
    times: [0, 1, 2].map((minute) => Date.UTC(2024, 2, 1, 0, minute)),
    values: [
      [1, null, -3],
      [2.5, null, 1000],
      [true, false, null],
      ["a b", null, "None"],
      [7, "text", null],
    ],
    truncated: false,
    skipped: 0,
    assumedUtc: false,
  });
});

for (const [text, ms, assumedUtc] of [
  ["2024-03-01T10:00:00Z", Date.UTC(2024, 2, 1, 10), false],
  ["2024-03-01T10:00:00.250Z", Date.UTC(2024, 2, 1, 10, 0, 0, 250), false],
  ["2024-03-01T10:00:00-0330", Date.UTC(2024, 2, 1, 13, 30), false],
  ["2024-03-01T10:00:00+09:30", Date.UTC(2024, 2, 1, 0, 30), false],
  ["2024-03-01T10:00:00+02", Date.UTC(2024, 2, 1, 8), false],
  ["2024-03-01 10:00", Date.UTC(2024, 2, 1, 10), true],
  ["1709287200", Date.UTC(2024, 2, 1, 10), false],
  ["1709287200123", Date.UTC(2024, 2, 1, 10, 0, 0, 123), false],
]) {
  test(`time: ${text}`, LIMIT, async () => {
    const { rows } = await readLines(["# Datetime(date),P(integer)", `${text},1`]);
    assert.deepEqual([rows.times, rows.assumedUtc], [[ms], assumedUtc]);
  });
}

for (const [line, names] of /** @type {[string, string[]][]} */ ([
  ["#Datetime(date),a", ["a"]],
  ["\ufeff# Datetime(date),a\r", ["a"]],
  ["# when (date) , Power (AC) (decimal:kW) ,b(keyword)", ["Power (AC)", "b"]],
  ['# Datetime(date),"a, b(integer)",c\\,d(bool),e"f(integer)"', ["a, b", "c,d", 'e"f'.replace('"', "")]],
  ["# n(integer),t(date),m(integer)", ["n", "m"]],
  ["# Datetime(DATE),x(Integer:W/m²)", ["x"]],
])) {
  test(`header line: ${JSON.stringify(line)}`, LIMIT, async () => {
    const { rows, issues } = await readLines([line]);
    assert.deepEqual(issues, []);
    assert.deepEqual(
      rows.fields.map(({ name }) => name),
      names,
    );
  });
}

for (const line of [
  "Datetime(date),a",
  "# a,b",
  "#",
  "time;power",
  "{}",
  "2024-03-01T10:00:00Z,1",
  "# Datetime(date),,a",
  "\u0000\u0001",
]) {
  test(`not a header line: ${JSON.stringify(line)}`, LIMIT, async () => {
    const { rows, issues } = await readLines([line, "2024-03-01T10:00:00Z,1,2"]);
    assert.equal(rows, undefined);
    assert.equal(issues.length, 1);
    assert.match(issues[0].message, /is not in the format/);
    assert.doesNotMatch(issues[0].message, /[\u0000-\u001f]/);
  });
}

test("invalid rows are counted: incomplete, with other columns, without a time", LIMIT, async () => {
  const { rows } = await readLines([
    "# Datetime(date),a,b",
    "2024-03-01T10:00:00Z,1,2",
    "never,1,2",
    "",
    "2024-03-01T10:01:00Z,1,2,3",
    "2024-03-01T10:02:00Z,1",
  ]);
  assert.deepEqual([rows.times.length, rows.skipped], [1, 3]);
});

test("quotes and the plugins' escapes", LIMIT, async () => {
  const { rows } = await readLines([
    "# Datetime(date),a(keyword),b(keyword)",
    String.raw`2024-03-01T10:00:00Z,"x, y",back\\slash \"q\"`,
  ]);
  assert.deepEqual(rows.values, [["x, y"], [String.raw`back\slash "q"`]]);
});

test("only the newest rows, and whether the file has earlier ones", LIMIT, async () => {
  const row = (minute) => `2024-03-01T10:0${minute}:00Z,${minute}`;
  const header = "# Datetime(date),a";
  const more = await readLines([header, row(1), row(2)], { maxRows: 2 });
  assert.deepEqual([more.rows.times.length, more.rows.truncated], [2, true]);
  assert.deepEqual(more.commands, [
    "head -n 1 '/opt/ardexa/logs/solar/inv/latest.csv'; tail -n 2 '/opt/ardexa/logs/solar/inv/latest.csv'",
  ]);
  const all = await readLines([header, header, row(1)], { maxRows: 2 });
  assert.deepEqual([all.rows.times.length, all.rows.truncated], [1, false]);
  const none = await readLines([header, header]);
  assert.deepEqual([none.rows.times, none.rows.values, none.rows.truncated], [[], [[]], false]);
});

test("any path is quoted", LIMIT, async () => {
  const client = device({ head: gone("x") });
  await readLog(client, "d", { table: "t", source: "a'; reboot; '$(x)`y`\\" });
  const path = String.raw`'/opt/ardexa/logs/t/a'\''; reboot; '\''$(x)` + "`y`" + String.raw`\/latest.csv'`;
  assert.equal(client.commands[0].cmd, `head -n 1 ${path}; tail -n 5000 ${path}`);
});

test("reports what cannot be read", LIMIT, async () => {
  const missing = await readLog(
    device({ head: gone("head: cannot open '/x' for reading: No such file or directory") }),
    "d",
    PLACE,
  );
  assert.deepEqual(missing, {
    issues: [
      {
        step: "rows",
        path: "/opt/ardexa/logs/solar/inv/latest.csv",
        message:
          "/opt/ardexa/logs/solar/inv/latest.csv was not read: head: cannot open '/x' for reading: No such file or directory",
      },
    ],
  });
  const huge = await readLog(device({ head: said("x".repeat(40_000_000)) }), "d", PLACE);
  assert.match(huge.issues[0].message, /40000000 characters exceed the limit/);
});

for (const [name, source, options, message] of /** @type {[string, unknown, object, RegExp][]} */ ([
  ["no source", undefined, {}, /^source: must be an object/],
  ["no table", { source: "s" }, {}, /^table: must be a name/],
  ["a source with ..", { table: "t", source: "../../etc" }, {}, /^source: must be a name/],
  ["a table with a line break", { table: "a\nb", source: "s" }, {}, /^table: must be a name/],
  ["a relative path", { ...PLACE, path: "x" }, {}, /^path: must be an absolute path/],
  ["no rows", PLACE, { maxRows: 0 }, /^maxRows: must be a whole number from 1/],
  ["unlimited rows", PLACE, { maxRows: Infinity }, /^maxRows: /],
])) {
  test(`invalid argument: ${name}`, LIMIT, async () => {
    const client = device({});
    await rejects(readLog(client, "d", /** @type {any} */ (source), options), "invalid-argument", { message });
    assert.equal(client.commands.length, 0);
  });
}
