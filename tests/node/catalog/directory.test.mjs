/** `listDevices`: how it reads a list of devices, in every known form. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { spentMs } from "../../../benches/lib/measure.mjs";
import { simulator } from "../lib/cloud.mjs";
import { LIMIT } from "../lib/until.mjs";
import { answering, GIVEN, listDevices, read, TOKEN } from "./lib/catalog.mjs";

const UUID = "3dcf4324-3c0a-40bc-8d13-5d5bbbcf229e";
const one = async (device) => {
  const { devices, issues } = await read([device]);
  return { ...devices[0], issues };
};

test("a simulated cloud: every device and its sources", LIMIT, async (t) => {
  const sim = await simulator(t);
  const { devices, issues } = await listDevices({ url: sim.url, workgroup: sim.workgroup, token: sim.token });
  assert.deepEqual(issues, []);
  assert.deepEqual(
    devices.map(({ id, name, online, cn }) => ({ id, name, online, cn })),
    sim.devices.map(({ id, name, online }) => ({ id, name, online, cn: `CN=${id},O=demo` })),
  );
  for (const [index, { sources, raw }] of devices.entries()) {
    const { tables } = sim.devices[index];
    const expected = tables.flatMap((table) =>
      table.sources.map((source) => [table.name, source.name, source.fields?.map(({ name }) => name) ?? []]),
    );
    const found = sources.map(({ table, source, fields }) => [table, source, fields.map(({ name }) => name)]);
    assert.deepEqual(found.sort(), expected.sort());
    assert.ok(raw.meta);
  }
  const power = devices[0].sources.find(({ source }) => source === "inverter-02").fields[0];
  assert.deepEqual(power, { name: "AC Power", type: "integer", units: "W" });
});

test("the request: a GET of the workgroup's path, with the token only in its header", LIMIT, async () => {
  const fetch = answering([]);
  await listDevices({ ...GIVEN, workgroup: "my org/ü", token: async () => TOKEN, fetch });
  const [{ url, init }] = fetch.calls;
  assert.equal(url, "https://cloud.example/api/v1/devices/my%20org%2F%C3%BC");
  assert.equal(init.headers.authorization, `Bearer ${TOKEN}`);
  assert.deepEqual(
    [init.credentials, init.cache, init.referrerPolicy, init.method],
    ["omit", "no-store", "no-referrer", undefined],
  );
  for (const [given, origin] of [
    ["wss://h:8443/", "https://h:8443"],
    ["ws://localhost:1", "http://localhost:1"],
    ["http://[::1]:2", "http://[::1]:2"],
  ]) {
    const other = answering([]);
    await listDevices({ ...GIVEN, url: given, fetch: other });
    assert.equal(other.calls[0].url, `${origin}/api/v1/devices/w`);
  }
});

for (const [name, wrap] of Object.entries({
  "an array": (list) => list,
  "an object with devices": (devices) => ({ total: 2, devices }),
  "an object with data": (data) => ({ data }),
  "an object by ID": (list) => Object.fromEntries(list.map(({ id, ...rest }) => [id, rest])),
})) {
  test(`the list as ${name}`, LIMIT, async () => {
    const { devices, issues } = await read(
      wrap([
        { id: "a", name: "A" },
        { id: "b", online: true },
      ]),
    );
    assert.deepEqual(
      devices.map(({ id, name, online }) => [id, name, online]),
      [
        ["a", "A", undefined],
        ["b", undefined, true],
      ],
    );
    assert.deepEqual(issues, []);
  });
}

for (const [device, expected] of [
  [{ id: "a" }, { id: "a" }],
  [{ deviceId: "a" }, { id: "a" }],
  [
    { uuid: "a", label: "L" },
    { id: "a", name: "L" },
  ],
  [{ id: 7 }, { id: "7" }],
  [{ cn: `CN=${UUID},O=dev` }, { id: UUID, cn: `CN=${UUID},O=dev` }],
  [
    { id: "a", meta: { name: "M" } },
    { id: "a", name: "M" },
  ],
  [
    { id: "a", name: "", online: false },
    { id: "a", online: false },
  ],
  [{ id: "a", name: { en: "x" }, online: "yes" }, { id: "a" }],
  [
    { id: "a", status: "Online" },
    { id: "a", online: true },
  ],
  [
    { id: "a", connected: false },
    { id: "a", online: false },
  ],
  [
    { id: "a", status: "constructor", state: "offline" },
    { id: "a", online: false },
  ],
]) {
  test(`a device: ${JSON.stringify(device)}`, LIMIT, async () => {
    const { sources, issues, raw, ...rest } = await one(device);
    assert.deepEqual([rest, sources, issues, raw], [expected, [], [], device]);
  });
}

test("the five lists of scenarios; unknown properties stay in raw", LIMIT, async () => {
  const scenario = {
    table: "t",
    source: "s/1",
    expect: "decimal",
    meta: { units: "W", comment: "c", more: 1 },
    extra: { deep: [1] },
  };
  const meta = Object.fromEntries(["run", "tail", "watch", "unix_socket", "dynamic"].map((kind) => [kind, [scenario]]));
  const { sources, raw } = await one({ id: "a", meta: { ...meta, settings: { externalMeta: 1 } }, unknown: [1] });
  const expected = { table: "t", source: "s/1", type: "decimal", units: "W", comment: "c", fields: [], raw: scenario };
  assert.deepEqual(
    sources,
    ["run", "tail", "watch", "unix_socket", "dynamic"].map((kind) => ({ ...expected, kind })),
  );
  assert.deepEqual(raw.unknown, [1]);
});

test("the three forms of fields, and plain names", LIMIT, async () => {
  const fields = [
    { name: "one", expect: "integer", meta: { units: "$" } },
    { name: "gone", expect: "discard" },
    "two",
    3,
  ];
  const read = [{ name: "one", type: "integer", units: "$" }, { name: "two" }, { name: "3" }];
  const csv = (source, fields) => ({ table: "t", source, expect: "csv", fields });
  const meta = {
    example: fields,
    tail: [
      csv("list", fields),
      csv("anchor", "example"),
      csv("other", "t.list"),
      csv("twice", "t.anchor"),
      csv("none", undefined),
    ],
    run: [csv("elsewhere", "t.list")],
  };
  const { sources, issues } = await one({ id: "a", meta });
  const of = (name) => sources.find(({ source }) => source === name).fields;
  for (const name of ["list", "anchor", "other", "twice"]) assert.deepEqual(of(name), read, name);
  assert.deepEqual([of("none"), of("elsewhere")], [[], []]);
  assert.deepEqual(issues, [
    {
      step: "meta",
      deviceId: "a",
      message: 'the fields of t/elsewhere are unknown: they refer to "t.list", which does not exist',
    },
  ]);
});

for (const [name, meta, message] of /** @type {[string, unknown, RegExp][]} */ ([
  ["meta is a string", "x", /its meta is not an object/],
  ["a list is a number", { run: 5 }, /"run" is not a list of scenarios/],
  [
    "scenarios without names",
    { run: [1, null, { table: "t" }, { source: "s" }, { table: {}, source: [] }] },
    /"run" has scenarios without a table or source: 5$/,
  ],
  ["fields are an object", { run: [{ table: "t", source: "s", fields: {} }] }, /"fields" is neither a list nor a name/],
  [
    "fields name a list that does not exist",
    { run: [{ table: "t", source: "s", fields: "toString" }] },
    /they refer to "toString", which does not exist/,
  ],
  [
    "fields refer to themselves",
    { run: [{ table: "t", source: "s", fields: "t.s" }] },
    /refer to each other in a cycle/,
  ],
])) {
  test(`unreadable parts do not affect the rest: ${name}`, LIMIT, async () => {
    const good = { id: "good", meta: { run: [{ table: "t", source: "s" }] } };
    const { devices, issues } = await read([{ id: "bad", meta }, good]);
    assert.deepEqual(
      devices.map(({ id }) => id),
      ["bad", "good"],
    );
    assert.equal(devices[1].sources.length, 1);
    assert.equal(issues.length, 1);
    assert.match(issues[0].message, message);
    assert.equal(issues[0].deviceId, "bad");
  });
}

test("entries without an ID are counted, and duplicates read once", LIMIT, async () => {
  const { devices, issues } = await read([
    null,
    5,
    "a",
    [],
    {},
    { id: "" },
    { id: "a", name: "first" },
    { id: "a", name: "second" },
  ]);
  assert.deepEqual(
    devices.map(({ id, name }) => [id, name]),
    [["a", "first"]],
  );
  assert.deepEqual(issues, [{ step: "device", message: "6 of 8 entries in the list of devices have no ID" }]);
});

test("5,000 devices are read quickly", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 5_000 });
  const response = await fetch(`${sim.url}/api/v1/devices/demo`, { headers: { authorization: `Bearer ${sim.token}` } });
  const text = await response.text();
  const fetchIt = answering(text);
  // Processor time, relative to that of JSON.parse, so that a busy machine does not fail the test.
  let from = spentMs();
  JSON.parse(text);
  const floor = spentMs() - from;
  from = spentMs();
  const { devices, issues } = await listDevices({ ...GIVEN, fetch: fetchIt });
  const took = spentMs() - from;
  assert.deepEqual([devices.length, issues.length], [5_000, 0]);
  assert.ok(took < 12 * floor + 100, `${took} ms of processor time; JSON.parse takes ${floor}`);
});
