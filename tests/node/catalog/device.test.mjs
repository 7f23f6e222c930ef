/** `askDevice`: what it reads from a device, and that a failed step does not affect the others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient, ArdexaError } from "../lib/consumer.mjs";
import { connected, flushed, received } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { askDevice, device, gone, heads, mergeSources, said } from "./lib/catalog.mjs";

/** @typedef {NonNullable<Parameters<typeof import("../lib/cloud.mjs").simulator>[1]>["agentFiles"]} AgentFiles */
/** @typedef {{ name: string, sources: number, shell: string, issues: RegExp[] }} Expected */

const CONFIG = "/etc/ardexa/ardexa.yaml";
const LOGS = "/opt/ardexa/logs";
const HEADER = "# Datetime(date),AC Power(integer:W),Status(keyword)";
const GOOD = {
  hostname: "plant-1\n",
  cat: "run:\n- {table: system, source: cpu, expect: decimal, meta: {units: '%'}}\n",
  find: heads({ [`${LOGS}/solar/inv/latest.csv`]: HEADER }),
};
const refusal = (code, message) => Object.assign(new ArdexaError(`device:cmd: ${message}`), { code });
const ask = (replies, options) => askDevice(device(replies), "d", options);
const messages = ({ issues }) => issues.map(({ message }) => message);

test("a simulated device: name, tables, sources, fields, types, units", LIMIT, async (t) => {
  const { sim, client, deviceId, device } = await connected(t);
  const { sources, config, ...rest } = await askDevice(client, deviceId);
  assert.deepEqual(rest, { deviceId, answered: true, shell: "posix", name: "solar-01", rows: [], issues: [] });
  const expected = device.tables.flatMap((table) =>
    table.sources.map(({ name, expect, fields = [] }) => [
      table.name,
      name,
      expect,
      fields.map((one) => [one.name, one.expect, one.meta?.units]),
    ]),
  );
  const found = sources.map(({ table, source, type, fields }) => [
    table,
    source,
    type,
    fields.map((one) => [one.name, one.type, one.units]),
  ]);
  assert.deepEqual(found.sort(), expected.sort());
  assert.equal(/** @type {any} */ (config.value).amqp.hostname, "broker.example.com");
  // All commands are read-only.
  for (const { cmd } of /** @type {{ cmd: string }[]} */ (received(sim, "device:cmd")))
    assert.match(cmd, /^(hostname$|cat '|find -L '[^;|&>]*-exec head -n 1 \/dev\/null \{\} \+$)/);
  // A feed of each source can be opened from its description.
  for (const { table, source, fields } of sources) {
    const feed = await client.feed({ deviceId, table, source, ...(fields.length && { field: fields[0].name }) });
    await feed.stop();
  }
});

test("a simulated device: the morning's rows on request", LIMIT, async (t) => {
  const { client, deviceId, device } = await connected(t);
  const { rows, issues } = await askDevice(client, deviceId, { rows: true, config: false, name: false });
  assert.deepEqual(issues, []);
  assert.deepEqual(
    rows.map(({ source }) => source),
    device.tables
      .flatMap(({ sources }) => sources)
      .filter(({ fields }) => fields)
      .map(({ name }) => name),
  );
  for (const { fields, times, values, truncated, skipped, assumedUtc } of rows) {
    assert.deepEqual([truncated, skipped, assumedUtc], [false, 0, false]);
    assert.ok(times.length >= 590 && times.every((ms, at) => at === 0 || ms - times[at - 1] === 60_000));
    assert.ok(Math.abs(times.at(-1) - Date.now()) < 120_000);
    assert.equal(values.length, fields.length);
    const kinds = { integer: "number", decimal: "number", bool: "boolean", keyword: "string" };
    for (const [at, { type }] of fields.entries())
      assert.ok(
        values[at].length === times.length && values[at].every((one) => one === null || typeof one === kinds[type]),
      );
  }
  const few = await askDevice(client, deviceId, { rows: 10 });
  assert.ok(few.rows.every(({ times, truncated }) => times.length === 10 && truncated));
});

for (const [agentFiles, expected] of /** @type {[AgentFiles, Expected][]} */ ([
  [
    "elsewhere",
    {
      name: "solar-01",
      sources: 0,
      shell: "posix",
      issues: [
        /^the configuration was not read: cat: .*No such file/,
        /^the logs below \/opt\/ardexa\/logs were not read: find: .*No such file/,
      ],
    },
  ],
  [
    "broken-yaml",
    {
      name: "solar-01",
      sources: 8,
      shell: "posix",
      issues: [/^the configuration was not read: it is not valid YAML \(line \d+, column \d+\): /],
    },
  ],
  [
    "other-header",
    {
      name: "solar-01",
      sources: 12,
      shell: "posix",
      issues: Array(8).fill(/latest\.csv are unknown: its first line is not in the format .*: "time;/),
    },
  ],
  ["windows", { name: "SOLAR-01", sources: 0, shell: "windows", issues: [/^the device has a Windows shell/] }],
])) {
  test(`a simulated device with unusual files: ${agentFiles}`, LIMIT, async (t) => {
    const { client, deviceId } = await connected(t, { sim: { agentFiles } });
    const { name, sources, shell, answered, issues } = await askDevice(client, deviceId, { rows: true });
    assert.deepEqual(
      [answered, name, sources.length, shell, issues.length],
      [true, expected.name, expected.sources, expected.shell, expected.issues.length],
    );
    for (const [at, { message }] of issues.entries()) assert.match(message, expected.issues[at]);
  });
}

test("files in other places are found with the options", LIMIT, async (t) => {
  const { client, deviceId } = await connected(t, { sim: { agentFiles: "elsewhere" } });
  const { sources, issues } = await askDevice(client, deviceId, { configFile: "/opt/plant/agent.yaml" });
  // The configuration names the logs' folder.
  assert.deepEqual([sources.length, issues], [12, []]);
  const alone = await askDevice(client, deviceId, { logFolder: "/data/logs/", config: false });
  assert.deepEqual([alone.sources.length, alone.issues], [8, []]);
});

test("an offline device, an unknown one, or a token without permission is a single issue", LIMIT, async (t) => {
  const { sim, client } = await connected(t);
  const offline = sim.devices.find(({ online }) => !online).id;
  for (const [id, message] of [
    [offline, "Device is offline"],
    ["unknown", "Unknown device"],
  ]) {
    assert.deepEqual(await askDevice(client, id), {
      deviceId: id,
      answered: false,
      sources: [],
      rows: [],
      issues: [{ step: "device", message: `the device did not respond: ${message}`, code: "rejected" }],
    });
  }
  const reader = new ArdexaClient({ url: sim.url, workgroup: sim.workgroup, token: sim.readOnlyToken });
  t.after(() => reader.close());
  await reader.connect();
  assert.match(messages(await askDevice(reader, sim.devices[0].id))[0], /did not respond: Permission denied/);
});

test("a device that does not respond: the time limit covers all steps", LIMIT, async (t) => {
  const { sim, client, deviceId } = await connected(t, { sim: { commandMs: 3_600_000 } });
  const { answered, issues } = await askDevice(client, deviceId, { timeoutMs: 200 });
  assert.deepEqual([answered, issues.length, issues[0].code], [false, 1, "timeout"]);
  assert.match(issues[0].message, /^the device did not respond: no reply within 200 ms$/);
  await flushed(client, sim);
  const sent = received(sim, "device:cmd").map(({ cmd }) => cmd.split(" ")[0]);
  // On a busy machine the time may be up before the second.
  assert.deepEqual(sent, ["hostname", "cat"].slice(0, sent.length), "no later step is sent");
});

test("each step is optional", LIMIT, async () => {
  for (const [options, words] of /** @type {[object, string[]][]} */ ([
    [{}, ["hostname", "cat", "find"]],
    [{ name: false }, ["cat", "find"]],
    [{ config: false }, ["hostname", "find"]],
    [{ logs: false }, ["hostname", "cat"]],
    [{ logs: false, rows: true }, ["hostname", "cat"]],
    [{ name: false, config: false, logs: false }, []],
  ])) {
    const client = device(GOOD);
    const { issues } = await askDevice(client, "d", options);
    assert.deepEqual(
      client.commands.map(({ cmd }) => cmd.split(" ")[0]),
      words,
    );
    assert.deepEqual(issues, []);
  }
});

test("a failed step does not affect the others", LIMIT, async () => {
  for (const word of ["hostname", "cat", "find"]) {
    const { answered, name, config, sources, issues } = await ask({
      ...GOOD,
      [word]: refusal("rejected", "no such luck"),
    });
    assert.equal(answered, true);
    assert.deepEqual([name !== undefined, config !== undefined], [word !== "hostname", word !== "cat"]);
    assert.equal(sources.length, word === "hostname" ? 2 : 1);
    assert.deepEqual(
      issues.map(({ message, code }) => [message.split(" not read: ")[1], code]),
      [["no such luck", "rejected"]],
    );
  }
});

for (const [name, replies, expected] of /** @type {[string, object, string[]][]} */ ([
  ["an empty hostname", { hostname: " \n" }, ["the name was not read: it is empty"]],
  [
    "no hostname command",
    { hostname: gone("sh: 1: hostname: not found") },
    ["the name was not read: sh: 1: hostname: not found"],
  ],
  ["a silent failure", { cat: said("", { returnCode: 13 }) }, ["the configuration was not read: exit code 13"]],
  [
    "a configuration that is a list",
    { cat: "- a\n- b\n" },
    [`the configuration was not read: ${CONFIG} contains no settings`],
  ],
  [
    "a configuration that is text",
    { cat: "hello\n" },
    [`the configuration was not read: ${CONFIG} contains no settings`],
  ],
  ["no logs", { find: said("") }, [`the logs below ${LOGS} were not read: there is no latest.csv`]],
  [
    "a find that does not support the options",
    { find: gone("find: unrecognized: -exec") },
    [`the logs below ${LOGS} were not read: find: unrecognized: -exec`],
  ],
  ["a find that prints something else", { find: "hello\n" }, [`the logs below ${LOGS} were not read: hello`]],
])) {
  test(`reports what cannot be read: ${name}`, LIMIT, async () => {
    assert.deepEqual(messages(await ask({ ...GOOD, ...replies })), expected);
  });
}

test("unreadable logs do not affect the others", LIMIT, async () => {
  const find = said(GOOD.find, { stderr: "find: '/opt/ardexa/logs/secret': Permission denied", returnCode: 1 });
  const { sources, issues } = await ask({ ...GOOD, find });
  assert.deepEqual([sources.map(({ source }) => source), issues], [["inv", "cpu"], []]);
});

test("log folders: those in dynamic_tail, except invalid ones", LIMIT, async () => {
  const folders = async (tail) => {
    const client = device({ ...GOOD, cat: `dynamic_tail: ${JSON.stringify(tail)}\n` });
    await askDevice(client, "d");
    return client.commands.slice(2).map(({ cmd }) => /find -L (.*) -exec/.exec(cmd)[1]);
  };
  assert.deepEqual(
    await folders([
      { directory: "/a/", filename: "now.csv" },
      { directory: "/b'c" },
      { directory: "/a", filename: "now.csv" },
    ]),
    ["'/a' -name 'now.csv'", String.raw`'/b'\''c' -name 'latest.csv'`],
  );
  const usual = [`'${LOGS}' -name 'latest.csv'`];
  for (const tail of [
    5,
    [],
    [null],
    [{ directory: "/" }],
    [{ directory: "relative" }],
    [{ directory: "/x\ny" }],
    [{ directory: "/x", filename: "../y" }],
  ]) {
    assert.deepEqual(await folders(tail), usual, JSON.stringify(tail));
  }
  assert.equal((await folders(Array.from({ length: 500 }, (_, n) => ({ directory: `/x${n}` })))).length, 8);
});

test("table and source come from the path: the first folder, and the rest", LIMIT, async () => {
  const lines = {
    [`${LOGS}/solar/ecu1/str3/latest.csv`]: HEADER,
    [`${LOGS}/latest.csv`]: HEADER,
    [`${LOGS}/t/latest.csv`]: HEADER,
    "/elsewhere/t/s/latest.csv": HEADER,
  };
  const { sources } = await ask({ find: heads(lines) }, { name: false, config: false });
  assert.deepEqual(sources, [
    {
      table: "solar",
      source: "ecu1/str3",
      kind: "log",
      type: "csv",
      path: `${LOGS}/solar/ecu1/str3/latest.csv`,
      fields: [
        { name: "AC Power", type: "integer", units: "W" },
        { name: "Status", type: "keyword" },
      ],
    },
  ]);
});

test("the configuration and the logs are merged: the log's fields win, the rest is added", LIMIT, async () => {
  const config = {
    dynamic: [{ table: "solar", source: "inv", expect: "csv", fields: ["old"], meta: { comment: "roof" } }],
  };
  const { sources } = await ask({ ...GOOD, cat: JSON.stringify(config) });
  assert.deepEqual(
    sources.map(({ kind, comment, fields }) => [kind, comment, fields.map(({ name }) => name)]),
    [["log", "roof", ["AC Power", "Status"]]],
  );
  /** @type {import("ardexa-client/catalog").CatalogSource} */
  const a = { table: "t", source: "s", kind: "run", fields: [], units: "W" };
  /** @type {import("ardexa-client/catalog").CatalogSource} */
  const b = { table: "t", source: "s", kind: "log", fields: [{ name: "f" }], path: "/p" };
  assert.deepEqual(mergeSources([a], [b], [{ ...b, source: "x" }]), [
    { ...a, fields: b.fields, path: "/p" },
    { ...b, source: "x" },
  ]);
  assert.deepEqual(mergeSources(), []);
});

test("YAML: anchors, merge keys, and the caller's own parser", LIMIT, async () => {
  const cat =
    "fs: &f [{name: a, expect: integer}]\ntail:\n- &one {table: t, source: s, expect: csv, fields: *f}\n- {<<: *one, source: z, fields: fs}\n";
  const { sources } = await ask({ ...GOOD, cat }, { logs: false });
  assert.deepEqual(
    sources.map(({ source, fields }) => [source, fields]),
    ["s", "z"].map((source) => [source, [{ name: "a", type: "integer" }]]),
  );
  const own = await ask(GOOD, {
    logs: false,
    parseYaml: (text) => ({ run: [{ table: "own", source: String(text.length) }] }),
  });
  assert.equal(own.sources[0].table, "own");
  for (const parseYaml of [
    () => {
      throw new Error("mine\nfailed");
    },
    async () => {
      throw "mine";
    },
  ]) {
    const { issues, config } = await ask(GOOD, { logs: false, parseYaml });
    assert.deepEqual([issues[0].message, config.text], ["the configuration was not read: mine", GOOD.cat]);
  }
});

test("a Windows shell is detected by any of its messages", LIMIT, async () => {
  for (const stderr of [
    "'cat' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n",
    "cat : Cannot find path 'C:\\etc\\ardexa\\ardexa.yaml' because it does not exist.\r\n",
    "find : The term 'find' is not recognized as the name of a cmdlet\r\n",
  ]) {
    const { shell, issues, name } = await ask({
      hostname: "PLANT\r\n",
      cat: gone(stderr),
      find: gone("FIND: Parameter format not correct"),
    });
    assert.deepEqual([shell, name, issues.length, issues[0].step], ["windows", "PLANT", 1, "device"]);
  }
});

test("rejects on a lost connection, without a connection, and on a signal", LIMIT, async (t) => {
  for (const code of ["disconnected", "closed", "not-connected"]) {
    await assert.rejects(ask({ ...GOOD, cat: refusal(code, "x") }), { code });
  }
  const fault = new TypeError("a fault");
  await assert.rejects(ask({ ...GOOD, hostname: fault }), fault);
  const { sim, client, deviceId } = await connected(t, { sim: { commandMs: 3_600_000 } });
  const controller = new AbortController();
  const pending = rejects(askDevice(client, deviceId, { signal: controller.signal }), "aborted");
  await until(() => received(sim, "device:cmd").length === 2, "the commands to arrive");
  controller.abort();
  await pending;
});

for (const [name, args, message] of /** @type {[string, unknown[], RegExp][]} */ ([
  ["an invalid client", [{}, "d"], /^client: must be an ArdexaClient/],
  ["options that are a string", [device({}), "d", "x"], /^options: must be an object/],
  ["a relative configuration", [device({}), "d", { configFile: "x" }], /^configFile: must be an absolute path/],
  [
    "a folder with a line break",
    [device({}), "d", { logFolder: "/x\n; reboot" }],
    /^logFolder: must be an absolute path/,
  ],
  ["a file in a folder", [device({}), "d", { logFile: "a/b" }], /^logFile: must be a file name/],
  ["rows below 1", [device({}), "d", { rows: 0.5 }], /^rows: must be a whole number/],
  ["rows that are a string", [device({}), "d", { rows: "5; reboot" }], /^rows: must be a whole number/],
  ["an invalid parser", [device({}), "d", { parseYaml: 1 }], /^parseYaml: must be a function/],
  ["an invalid time limit", [device({}), "d", { timeoutMs: NaN }], /^timeoutMs: /],
])) {
  test(`invalid argument: ${name}`, LIMIT, async () => {
    await rejects(askDevice(.../** @type {Parameters<typeof askDevice>} */ (args)), "invalid-argument", { message });
  });
}

test("an invalid device ID is reported by the client", LIMIT, async (t) => {
  const { client } = await connected(t);
  await rejects(askDevice(client, /** @type {any} */ (5)), "invalid-argument", { message: /^deviceId: / });
});
