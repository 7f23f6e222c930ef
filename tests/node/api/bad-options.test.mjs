// Every option of ClientOptions and ReconnectOptions with a wrong value: the constructor throws an `invalid-argument`
// that names it, and nothing is opened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulator } from "../lib/cloud.mjs";
import { ArdexaClient, connect, required } from "../lib/consumer.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { LIMIT } from "../lib/until.mjs";
import { allBut, VALUES } from "../lib/wrong-values.mjs";

const GOOD = Object.freeze({ url: "https://cloud.example", workgroup: "w", token: "the-token" });
const SPAN = [
  ["0 as a string", "0"],
  ["Infinity", Infinity],
];

/** The option and the values that it must reject. `undefined` counts as absent. */
const OPTIONS = {
  url: [
    ...allBut("text"),
    ["a path", "/x"],
    ["no scheme", "cloud.example"],
    ["ftp", "ftp://a.b"],
    ["a query", "https://a.b/?x=1"],
    ["a URL object", new URL("https://a.b")],
  ],
  workgroup: allBut("text", "blank"),
  token: allBut("text", "function"),
  path: [...allBut("absent", "text", "empty"), ["a query", "/x?y=1"], ["a fragment", "/x#y"]],
  protocol: [...allBut("absent"), ["5", 5], ["4 as a string", "4"], ["Auto", "Auto"]],
  connectTimeoutMs: [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => !(n > 0)), ...SPAN],
  timeoutMs: [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => !(n > 0)), SPAN[0]],
  reconnect: allBut("absent", "flag", "record", "hostile").concat([["true", true]]),
  webSocket: allBut("absent", "function"),
  allowInsecure: allBut("absent", "flag"),
  callerStacks: allBut("absent", "flag"),
  "reconnect.minDelayMs": [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => !(n >= 0)), ...SPAN],
  "reconnect.maxDelayMs": [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => !(n >= 0)), ...SPAN],
  "reconnect.stableAfterMs": [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => !(n >= 0)), ...SPAN],
  "reconnect.maxAttempts": [...allBut("absent", "number"), ...VALUES.number.filter(([, n]) => n !== 0), SPAN[0]],
  "reconnect.firstConnect": allBut("absent", "flag"),
};

/** Valid options, one of them replaced. */
const withOption = (path, value) => {
  const [name, inner] = path.split(".");
  return { ...GOOD, [name]: inner ? { [inner]: value } : value };
};

for (const [path, values] of Object.entries(OPTIONS)) {
  test(`${path}: errors name wrong values`, () => {
    for (const [what, value] of values) {
      const error = throws(() => new ArdexaClient(withOption(path, value)), "invalid-argument");
      assert.ok(error.message.startsWith(`${path}: `), `${path} as ${what}: ${error.message}`);
      assert.equal(error.event, undefined);
    }
  });

  test(`${path}: the error names a getter that throws`, () => {
    const thrown = new Error("getter");
    const get = {
      get: () => {
        throw thrown;
      },
      enumerable: true,
    };
    const [name, inner] = path.split(".");
    const options = { ...GOOD };
    if (inner) options[name] = Object.defineProperty({}, inner, get);
    else Object.defineProperty(options, name, get);
    const error = throws(() => new ArdexaClient(options), "invalid-argument", { message: /getter/ });
    assert.ok(error.message.startsWith(`${path}: `), error.message);
  });
}

test("options that are not an object", () => {
  for (const [what, value] of allBut("record", "hostile")) {
    const error = throws(() => new ArdexaClient(value), "invalid-argument");
    assert.match(error.message, /^options: must be an object/, what);
  }
  for (const [, value] of VALUES.hostile) {
    throws(() => new ArdexaClient(value), "invalid-argument");
    throws(() => new ArdexaClient({ ...GOOD, reconnect: value }), "invalid-argument", { message: /^reconnect/ });
  }
  // @ts-expect-error without options
  throws(() => new ArdexaClient(), "invalid-argument", { message: /url, workgroup and token/ });
  // @ts-expect-error without the required options
  throws(() => new ArdexaClient({}), "invalid-argument", { message: /^url: / });
  // @ts-expect-error without the required options
  throws(() => new required.ArdexaClient({}), "invalid-argument");
});

test("options of a subclass are checked as well", () => {
  class Mine extends ArdexaClient {}
  // @ts-expect-error without options
  throws(() => new Mine(), "invalid-argument", { message: /^options: / });
});

test("connect() rejects if the constructor throws", LIMIT, async () => {
  // @ts-expect-error without options
  await rejects(connect(), "invalid-argument", { message: /^options: / });
  // @ts-expect-error not a string
  await rejects(connect({ ...GOOD, url: 7 }), "invalid-argument", { message: /^url: / });
});

test("an unencrypted remote address is refused unless allowed", () => {
  for (const url of [
    "http://cloud.example",
    "ws://10.0.0.1",
    "http://localhost.example",
    "http://[fe80::1]",
    "http://127.0.0.1.example",
  ]) {
    throws(() => new ArdexaClient({ ...GOOD, url }), "invalid-argument", { message: /^url: .*allowInsecure/ });
    assert.equal(new ArdexaClient({ ...GOOD, url, allowInsecure: true }).state, "idle");
  }
  for (const url of [
    "http://localhost:1",
    "http://127.0.0.1",
    "ws://[::1]:8080",
    "https://cloud.example",
    "wss://cloud.example",
  ]) {
    assert.equal(new ArdexaClient({ ...GOOD, url }).state, "idle");
  }
});

test("valid and absent values of every option are accepted", () => {
  /** @type {Partial<import("ardexa-client").ClientOptions>[]} */
  const good = [
    {},
    {
      path: undefined,
      protocol: undefined,
      connectTimeoutMs: undefined,
      timeoutMs: undefined,
      reconnect: undefined,
      webSocket: undefined,
      allowInsecure: undefined,
      callerStacks: undefined,
    },
    { protocol: "auto" },
    { protocol: 3 },
    { protocol: 4 },
    { timeoutMs: Infinity },
    { timeoutMs: 0.1 },
    { connectTimeoutMs: 1 },
    { connectTimeoutMs: Number.MAX_VALUE },
    { reconnect: false },
    { reconnect: {} },
    { reconnect: { maxAttempts: Infinity } },
    { reconnect: { minDelayMs: 0, maxDelayMs: 0, stableAfterMs: 0, maxAttempts: 0, firstConnect: true } },
    { reconnect: { minDelayMs: 9, maxDelayMs: 1 } },
    { token: async () => "t" },
    { token: /** @type {any} */ (class {}) }, // callable with `new` only: fails later, when it is called
    { path: "" },
    { path: "/" },
    /** @type {{}} */ ({ [Symbol("else")]: 1 }),
    { workgroup: " " },
  ];
  for (const options of good) assert.equal(new ArdexaClient({ ...GOOD, ...options }).state, "idle");
  assert.equal(new ArdexaClient(Object.freeze(Object.assign(Object.create(null), GOOD))).state, "idle");
  assert.equal(new ArdexaClient(new Proxy(GOOD, {})).state, "idle");
  assert.equal(new ArdexaClient(Object.create(GOOD)).state, "idle");
});

test("options are read once, by the constructor", LIMIT, async (t) => {
  const sim = await simulator(t);
  const options = { url: sim.url, workgroup: sim.workgroup, token: sim.token };
  const made = new ArdexaClient(options);
  t.after(() => made.close());
  Object.assign(options, { url: "nonsense", workgroup: "other", token: "wrong" });
  await made.connect();
  assert.equal(made.state, "connected");
});

test("a wrong option opens nothing", LIMIT, async (t) => {
  const sim = await simulator(t);
  await rejects(
    connect({ url: sim.url, workgroup: sim.workgroup, token: sim.token, timeoutMs: -1 }),
    "invalid-argument",
  );
  assert.equal(sim.io.engine.clientsCount, 0);
});
