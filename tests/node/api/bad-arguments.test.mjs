// Every argument of every method with a wrong value: an `invalid-argument` that names it, and nothing is sent. Methods
// that return a promise reject; on, once, off, onAny, onFrame and emit throw.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, simulator } from "../lib/cloud.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { LIMIT } from "../lib/until.mjs";
import { allBut, unsendable, VALUES } from "../lib/wrong-values.mjs";
import { SOLAR } from "./lib/hostile-values.mjs";
import { REQUESTS, sendsNothing } from "./lib/requests.mjs";

const ID = allBut("text");
const CONFIG = allBut("record", "hostile").concat([
  ["a boxed string", new String("x")],
  ["a Date", new Date()],
]);
const OPTIONS = allBut("absent", "record", "hostile");
const listener = () => {};

/**
 * Method, argument, the values that it must reject, and the call with one of them.
 * @typedef {[method: string, argument: string, values: [name: string, value: any][],
 *   call: (client: any, value: any) => any]} Wrong
 */

/** @type {Wrong[]} */
const ARGUMENTS = [
  .../** @type {Wrong[]} */ (
    ["refreshMeta", "doUpgrade", "sendArdexactl", "sendArdpkg"].map((name) => [
      name,
      "deviceId",
      ID,
      (c, v) => c[name](v),
    ])
  ),
  ["cmd", "deviceId", ID, (c, v) => c.cmd(v, "ls")],
  ["cmd", "cmd", ID, (c, v) => c.cmd("d", v)],
  .../** @type {Wrong[]} */ (
    ["testConfig", "applyConfig"].flatMap((name) => [
      [name, "deviceId", ID, (c, v) => c[name](v, {})],
      [name, "config", [...CONFIG, ...unsendable()], (c, v) => c[name]("d", v)],
    ])
  ),
  ["applyYamlConfig", "deviceId", ID, (c, v) => c.applyYamlConfig(v, "a: 1")],
  ["applyYamlConfig", "yaml", ID, (c, v) => c.applyYamlConfig("d", v)],
  [
    "request",
    "event",
    allBut("text", "blank").concat([
      ["a reserved name", "disconnect"],
      ["another", "connect_error"],
    ]),
    (c, v) => c.request(v, {}),
  ],
  ["request", "payload", [...CONFIG, ...unsendable()], (c, v) => c.request("x", v)],
  [
    "request",
    "payload.requestId",
    [
      ["a number", 7],
      ["an empty string", ""],
      ["null", null],
    ],
    (c, v) => c.request("x", { requestId: v }),
  ],
  [
    "emitWithAck",
    "event",
    allBut("text", "blank").concat([["a reserved name", "connect"]]),
    (c, v) => c.emitWithAck(v, []),
  ],
  ["emitWithAck", "args", allBut("array"), (c, v) => c.emitWithAck("x", v)],
  [
    "emitWithAck",
    "args",
    [
      [
        "a getter that throws",
        Object.defineProperty([1], 0, {
          get: () => {
            throw new Error("getter");
          },
        }),
      ],
      [
        "a hostile array",
        new Proxy([1], {
          get: () => {
            throw new Error("trap");
          },
        }),
      ],
    ],
    (c, v) => c.emitWithAck("x", v),
  ],
  ["emitWithAck", "args[1]", [["a BigInt", 1n], ...unsendable().slice(0, 4)], (c, v) => c.emitWithAck("x", [0, v])],
  ["feed", "request", allBut("record", "hostile"), (c, v) => c.feed(v)],
  .../** @type {Wrong[]} */ (
    ["deviceId", "table", "source"].map((name) => [
      "feed",
      `request.${name}`,
      ID,
      (c, v) => c.feed({ ...SOLAR, [name]: v }),
    ])
  ),
  ["feed", "request.field", allBut("absent", "text"), (c, v) => c.feed({ ...SOLAR, field: v })],
  ["feed", "listener", allBut("absent", "function", "record", "array", "hostile"), (c, v) => c.feed(SOLAR, v)],
  ["feed", "listener", allBut("absent", "function", "record", "array", "hostile"), (c, v) => c.feed(SOLAR, v, {})],
  ["series", "request", allBut("record", "hostile"), (c, v) => c.series(v)],
];

/** Each method that takes options, with a call. */
const WITH_OPTIONS = {
  ...REQUESTS,
  doUpgrade: (c, o) => c.doUpgrade("d", o),
  feed: (c, o) => c.feed(SOLAR, () => {}, o),
  series: (c, o) => c.series(SOLAR, o),
};
const COUNT = [...allBut("absent", "number"), ...VALUES.number, ["a string", "1"]];
const OPTION_VALUES = {
  timeoutMs: [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => !(n > 0)), ["a string", "100"]],
  requestId: allBut("absent", "text", "blank"),
  signal: [
    ...allBut("absent"),
    ["a controller", new AbortController()],
    ["an object with aborted", { aborted: false }],
  ],
  extra: [...allBut("absent", "record", "hostile"), ["a boxed string", new String("x")], ...unsendable()],
};
const OPTIONS_OF = {
  doUpgrade: { onProgress: allBut("absent", "function") },
  feed: { onGap: allBut("absent", "function"), queue: COUNT },
  series: { capacity: COUNT, onUpdate: allBut("absent", "function"), onGap: allBut("absent", "function") },
};
const NEVER_SENT = { deviceId: "d", requestId: "r" };
const RESERVED = {
  cmd: { ...NEVER_SENT, cmd: "x" },
  testConfig: { ...NEVER_SENT, config: {} },
  applyYamlConfig: { ...NEVER_SENT, config: "" },
  refreshMeta: NEVER_SENT,
  doUpgrade: NEVER_SENT,
  sendArdpkg: NEVER_SENT,
  feed: { ...NEVER_SENT, table: "", source: "", field: "" },
};

for (const [method, argument, values, call] of ARGUMENTS) {
  test(`${method}: ${argument}, ${values.length} wrong values`, LIMIT, (t) =>
    sendsNothing(t, async (made) => {
      for (const [what, value] of values) {
        const error = await rejects(call(made, value), "invalid-argument");
        assert.ok(
          error.message.replace(/^\S+: (?=\S+: )/, "").startsWith(`${argument}: `),
          `${argument} as ${what}: ${error.message}`,
        );
      }
    }),
  );
}

for (const [method, call] of Object.entries(WITH_OPTIONS)) {
  test(`${method}: wrong options of every kind`, LIMIT, (t) =>
    sendsNothing(t, async (made) => {
      for (const [what, value] of OPTIONS) {
        const error = await rejects(call(made, value), "invalid-argument");
        assert.match(error.message, /^options: must be an object/, what);
      }
      for (const [, value] of VALUES.hostile) await rejects(call(made, value), "invalid-argument");
      const all = { ...OPTION_VALUES, ...OPTIONS_OF[method] };
      if (method === "emitWithAck") for (const name of ["requestId", "extra"]) delete all[name];
      for (const [name, values] of Object.entries(all)) {
        for (const [what, value] of values) {
          const error = await rejects(call(made, { [name]: value }), "invalid-argument");
          assert.match(error.message, new RegExp(`^(options\\.)?${name}: `), `${name} as ${what}`);
        }
        const getter = Object.defineProperty({}, name, {
          get: () => {
            throw new Error("getter");
          },
        });
        const error = await rejects(call(made, getter), "invalid-argument", { message: /getter/ });
        assert.match(error.message, new RegExp(`^(options\\.)?${name}: `));
      }
    }),
  );
}

for (const [method, fields] of Object.entries(RESERVED)) {
  test(`${method}: extra must not replace a field of the request`, LIMIT, (t) =>
    sendsNothing(t, async (made) => {
      for (const [name, value] of Object.entries(fields)) {
        await rejects(WITH_OPTIONS[method](made, { extra: { fine: 1, [name]: value } }), "invalid-argument", {
          message: new RegExp(`extra\\.${name}: must not replace`),
        });
      }
    }),
  );
}

test("on, once, off: an unknown event or a listener that is not a function", LIMIT, (t) =>
  sendsNothing(t, async (made) => {
    const events = [
      ...allBut(),
      ["a wire name", "device:cmd:rpc"],
      ["a prototype's name", "toString"],
      ["__proto__", "__proto__"],
    ];
    for (const method of ["on", "once", "off"]) {
      for (const [, value] of events)
        throws(() => made[method](value, listener), "invalid-argument", {
          message: /^event: must be one of connect,.*onAny\(\)/,
        });
      for (const [, value] of allBut("function"))
        throws(() => made[method]("warning", value), "invalid-argument", { message: /^listener: must be a function/ });
      throws(() => made[method](), "invalid-argument");
    }
    for (const method of ["onAny", "onFrame"]) {
      for (const [, value] of allBut("function"))
        throws(() => made[method](value), "invalid-argument", { message: /^listener: must be a function/ });
    }
  }),
);

test("emit: an invalid event name, arguments that cannot be sent", LIMIT, (t) =>
  sendsNothing(t, async (made) => {
    for (const [, value] of allBut("text", "blank"))
      throws(() => made.emit(value), "invalid-argument", { message: /^event: must/ });
    for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
      throws(() => made.emit(name, 1), "invalid-argument", { message: new RegExp(name) });
    for (const [what, value] of [["a BigInt", 1n], ...unsendable().slice(0, 4), ...VALUES.hostile]) {
      const error = throws(() => made.emit("x", 0, value), "invalid-argument");
      assert.match(error.message, /^args\[1\]: cannot be sent as JSON: /, String(what));
    }
    const detached = new Uint8Array(4);
    structuredClone(detached, { transfer: [detached.buffer] });
    throws(() => made.emit("x", detached.buffer), "invalid-argument");
  }),
);

test("a wrong argument is reported before the state of the connection", LIMIT, async (t) => {
  const made = client(t, await simulator(t));
  await rejects(made.cmd("", ""), "invalid-argument");
  // @ts-expect-error the request lacks its fields
  await rejects(made.feed({}), "invalid-argument");
  throws(() => made.emit(""), "invalid-argument");
});

test("the error names the first wrong argument", LIMIT, (t) =>
  sendsNothing(t, async (made) => {
    await rejects(made.cmd("", "", { timeoutMs: -1 }), "invalid-argument", { message: /^deviceId/ });
    await rejects(made.cmd("d", "", { timeoutMs: -1 }), "invalid-argument", { message: /^cmd/ });
    await rejects(made.cmd("d", "x", { timeoutMs: -1 }), "invalid-argument", { message: /timeoutMs/ });
  }),
);

test("valid arguments in unusual forms are accepted", LIMIT, async (t) => {
  const { client: made, deviceId } = await connected(t);
  const bare = Object.assign(Object.create(null), { timeoutMs: 5000 });
  assert.equal((await made.cmd(deviceId, "true", bare)).returnCode, 0);
  assert.equal((await made.cmd(deviceId, "true", new Proxy({ timeoutMs: 5000 }, {}))).returnCode, 0);
  assert.equal(
    (await made.cmd(deviceId, "true", Object.freeze({ timeoutMs: 5000, [Symbol("other")]: 1n }))).returnCode,
    0,
  );
  assert.equal((await made.testConfig(deviceId, new Proxy({ debug: 1 }, {}))).result, "success");
  assert.equal((await made.testConfig(deviceId, { toJSON: () => ({ debug: 1 }) })).result, "success");
});
