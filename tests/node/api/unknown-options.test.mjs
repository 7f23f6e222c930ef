// An unknown option or field of a feed's request: an `invalid-argument` that names its full path and the probable
// intended name. Objects that the contract leaves open accept any name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, flushed, received, simulator } from "../lib/cloud.mjs";
import { ArdexaClient, connect, required } from "../lib/consumer.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { LIMIT } from "../lib/until.mjs";
import { GOOD, noop, SOLAR } from "./lib/hostile-values.mjs";
import { REQUESTS, sendsNothing } from "./lib/requests.mjs";

/** A misspelt option. */
const TIMEOUT = /** @type {{}} */ ({ timeout: 5 });

/** Merges both objects without reading the properties of `added`. */
const having = (base, added) => Object.defineProperties({ ...base }, Object.getOwnPropertyDescriptors(added));

/** The known names of each kind of object. */
const KNOWN = {
  client: [
    "url",
    "workgroup",
    "token",
    "path",
    "protocol",
    "connectTimeoutMs",
    "timeoutMs",
    "reconnect",
    "webSocket",
    "allowInsecure",
    "callerStacks",
  ],
  reconnect: ["minDelayMs", "maxDelayMs", "maxAttempts", "stableAfterMs", "firstConnect"],
  options: ["timeoutMs", "signal", "requestId", "extra"],
  upgrade: ["timeoutMs", "signal", "requestId", "extra", "onProgress"],
  feed: ["timeoutMs", "signal", "requestId", "extra", "queue", "onGap"],
  series: ["timeoutMs", "signal", "requestId", "extra", "queue", "onGap", "capacity", "onUpdate"],
  minMax: ["column", "fromMs", "toMs"],
  request: ["deviceId", "table", "source", "field"],
};

/** Common mistakes and the intended names. */
const OF_REQUESTS = {
  timeout: "timeoutMs",
  timeoutMS: "timeoutMs",
  timeoutms: "timeoutMs",
  signals: "signal",
  Signal: "signal",
  requestID: "requestId",
  request_id: "requestId",
  extras: "extra",
};
const MEANT = {
  client: {
    timeout: "timeoutMs",
    Url: "url",
    URL: "url",
    workGroup: "workgroup",
    tokn: "token",
    connectTimeout: "connectTimeoutMs",
    protocal: "protocol",
    reconect: "reconnect",
    websocket: "webSocket",
    WebSocket: "webSocket",
    allowinsecure: "allowInsecure",
    callerStack: "callerStacks",
    paths: "path",
  },
  reconnect: {
    maxDelay: "maxDelayMs",
    minDelay: "minDelayMs",
    maxattempts: "maxAttempts",
    maxAttempt: "maxAttempts",
    stableAfter: "stableAfterMs",
    firstConect: "firstConnect",
  },
  options: OF_REQUESTS,
  upgrade: { ...OF_REQUESTS, onprogress: "onProgress", onProgres: "onProgress" },
  feed: { ...OF_REQUESTS, queu: "queue", ongap: "onGap", onGaps: "onGap" },
  series: {
    ...OF_REQUESTS,
    queues: "queue",
    ongap: "onGap",
    capasity: "capacity",
    onupdate: "onUpdate",
    onUpdates: "onUpdate",
  },
  minMax: { columns: "column", Column: "column", from: "fromMs", to: "toMs", fromMS: "fromMs" },
  request: {
    feild: "field",
    fields: "field",
    deviceID: "deviceId",
    device_id: "deviceId",
    tabel: "table",
    Table: "table",
    soruce: "source",
    sources: "source",
  },
};

/** Names that resemble no known name. */
const STRANGE = ["banana", "0", "ü", "a b", "$", "hasOwnProperty", "constructor"];

/**
 * Each place for an object: its known names, their path, and the call, which rejects if `rejecting` and else throws.
 * @type {{what: string, kind: string, path: string, call: (client: any, object: any) => any, rejecting?: boolean}[]}
 */
const PLACES = [
  { what: "new ArdexaClient(options)", kind: "client", path: "", call: (_, o) => new ArdexaClient(having(GOOD, o)) },
  {
    what: "the required ArdexaClient",
    kind: "client",
    path: "",
    call: (_, o) => new required.ArdexaClient(having(GOOD, o)),
  },
  { what: "connect(options)", kind: "client", path: "", call: (_, o) => connect(having(GOOD, o)), rejecting: true },
  {
    what: "reconnect of new ArdexaClient()",
    kind: "reconnect",
    path: "reconnect.",
    call: (_, o) => new ArdexaClient({ ...GOOD, reconnect: o }),
  },
  {
    what: "reconnect of connect()",
    kind: "reconnect",
    path: "reconnect.",
    call: (_, o) => connect({ ...GOOD, reconnect: o }),
    rejecting: true,
  },
  ...Object.entries(REQUESTS).map(([name, call]) => ({
    what: `${name}()`,
    kind: "options",
    path: "options.",
    call,
    rejecting: true,
  })),
  { what: "doUpgrade()", kind: "upgrade", path: "options.", call: (c, o) => c.doUpgrade("d", o), rejecting: true },
  {
    what: "feed() with a listener",
    kind: "feed",
    path: "options.",
    call: (c, o) => c.feed(SOLAR, noop, o),
    rejecting: true,
  },
  {
    what: "feed() without a listener",
    kind: "feed",
    path: "options.",
    call: (c, o) => c.feed(SOLAR, o),
    rejecting: true,
  },
  {
    what: "feed() with an undefined listener",
    kind: "feed",
    path: "options.",
    call: (c, o) => c.feed(SOLAR, undefined, o),
    rejecting: true,
  },
  { what: "series()", kind: "series", path: "options.", call: (c, o) => c.series(SOLAR, o), rejecting: true },
  {
    what: "the request of feed()",
    kind: "request",
    path: "request.",
    call: (c, o) => c.feed(having(SOLAR, o), noop),
    rejecting: true,
  },
  {
    what: "the request of series()",
    kind: "request",
    path: "request.",
    call: (c, o) => c.series(having(SOLAR, o)),
    rejecting: true,
  },
];

const quoted = (text) => text.replace(/[$.]/g, "\\$&");

/** The error of a call, thrown or rejected depending on the place. */
const refused = ({ call, rejecting = false }, made, object) =>
  rejecting ? rejects(call(made, object), "invalid-argument") : throws(() => call(made, object), "invalid-argument");

/** Asserts that a message names the path and the intended name. */
function assertMeant(error, path, name, meant) {
  assert.match(
    error.message,
    new RegExp(`(^|\\s)(options\\.)?${quoted(path + name)}(?![\\w.]).*is not an? [\\w ]+; did you mean ${meant}\\?`),
    `${path}${name}`,
  );
}

function assertListed(error, path, name, known) {
  const { message } = error;
  assert.ok(message.includes(path.slice(0, -1)) && message.includes(name), message);
  assert.match(message, /is not an? \w+/);
  assert.doesNotMatch(message, /did you mean/);
  for (const one of known) assert.match(message, new RegExp(`\\b${one}\\b`), `${one} is one of the known names`);
}

for (const place of PLACES) {
  const { what, kind, path } = place;
  test(`${what}: a misspelt name`, LIMIT, (t) =>
    sendsNothing(t, async (made) => {
      for (const [name, meant] of Object.entries(MEANT[kind])) {
        for (const value of [5, noop, null])
          assertMeant(await refused(place, made, { [name]: value }), path, name, meant);
      }
    }),
  );

  test(`${what}: a name unlike any known one`, LIMIT, (t) =>
    sendsNothing(t, async (made) => {
      for (const name of STRANGE) assertListed(await refused(place, made, { [name]: 1 }), path, name, KNOWN[kind]);
    }),
  );

  test(`${what}: only own enumerable string keys count, and unknown ones are not read`, LIMIT, (t) =>
    sendsNothing(t, async (made) => {
      const getter = { get: () => assert.fail("an unknown option must not be read"), enumerable: true };
      const name = Object.keys(MEANT[kind])[0];
      assertMeant(await refused(place, made, Object.defineProperty({}, name, getter)), path, name, MEANT[kind][name]);
      const all = Object.assign(Object.create(null), { [name]: 1 });
      assertMeant(await refused(place, made, all), path, name, MEANT[kind][name]);
      assertMeant(await refused(place, made, Object.freeze({ [name]: 1 })), path, name, MEANT[kind][name]);
      assertMeant(await refused(place, made, new Proxy({ [name]: 1 }, {})), path, name, MEANT[kind][name]);
    }),
  );
}

test("the messages match the documentation", LIMIT, async (t) => {
  const { client: made } = await connected(t);
  const error = await rejects(made.cmd("d", "ls", TIMEOUT), "invalid-argument");
  assert.match(error.message, /timeout\b.*is not an option; did you mean timeoutMs\?/);
  assert.match(
    // @ts-expect-error misspelt
    (await rejects(made.feed({ ...SOLAR, feild: "x" }), "invalid-argument")).message,
    /feild\b.*did you mean field\?/,
  );
  // @ts-expect-error misspelt
  const { message } = throws(() => new ArdexaClient({ ...GOOD, reconnect: { maxDelay: 5 } }), "invalid-argument");
  assert.match(message, /reconnect\.maxDelay\b.*did you mean maxDelayMs/);
});

test("a misspelt required name: the error names what is there, not what is missing", LIMIT, (t) =>
  sendsNothing(t, async (made) => {
    const { token, ...rest } = GOOD;
    assertMeant(
      // @ts-expect-error misspelt
      throws(() => new ArdexaClient({ ...rest, tokens: token }), "invalid-argument"),
      "",
      "tokens",
      "token",
    );
    assertMeant(
      // @ts-expect-error misspelt
      await rejects(made.feed({ deviceId: "d", table: "t", sorce: "s" }), "invalid-argument"),
      "request.",
      "sorce",
      "source",
    );
  }),
);

test("a name that only another method knows is rejected", LIMIT, (t) =>
  sendsNothing(t, async (/** @type {any} */ made) => {
    const calls = {
      onProgress: () => made.cmd("d", "ls", { onProgress: noop }),
      queue: () => made.sendArdpkg("d", { queue: 5 }),
      onGap: () => made.doUpgrade("d", { onGap: noop }),
      capacity: () => made.feed(SOLAR, noop, { capacity: 5 }),
      onUpdate: () => made.feed(SOLAR, noop, { onUpdate: noop }),
    };
    for (const [name, call] of Object.entries(calls))
      assert.match(
        (await rejects(call(), "invalid-argument")).message,
        new RegExp(`options\\.${name}\\b.*is not an option`),
      );
  }),
);

test("minMax(): unknown options", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const series = await made.series({ ...solar, field: "AC Power" });
  for (const [name, meant] of Object.entries(MEANT.minMax))
    assertMeant(
      throws(() => series.minMax(2, { [name]: 0 }), "invalid-argument"),
      "options.",
      name,
      meant,
    );
  for (const name of STRANGE)
    assertListed(
      throws(() => series.minMax(2, { [name]: 0 }), "invalid-argument"),
      "options.",
      name,
      KNOWN.minMax,
    );
  assert.ok(series.minMax(2, { column: undefined, fromMs: undefined, toMs: undefined }) instanceof Float64Array);
  assert.ok(series.minMax(2, Object.create({ columns: 1 }, { hidden: { value: 1 } })) instanceof Float64Array);
});

test("known names with undefined, inherited, non-enumerable and symbol names are accepted", LIMIT, async (t) => {
  const { sim, client: made, deviceId, solar } = await connected(t);
  const clothes = (known) => {
    const object = Object.create({ timeout: 5, banana: 1 }, { hidden: { value: 1, enumerable: false } });
    object[Symbol("mine")] = 1;
    for (const name of known) object[name] = undefined;
    return object;
  };
  assert.equal((await made.cmd(deviceId, "true", clothes(KNOWN.options))).returnCode, 0);
  assert.equal((await made.doUpgrade(deviceId, clothes(KNOWN.upgrade))).complete, true);
  await (await made.feed(solar, noop, clothes(KNOWN.feed))).stop();
  await (await made.series(solar, clothes(KNOWN.series))).stop();
  await (await made.feed(Object.assign(clothes(["field"]), solar), noop)).stop();
  const options = Object.assign(clothes(KNOWN.client), GOOD, { reconnect: clothes(KNOWN.reconnect) });
  assert.equal(new ArdexaClient(options).state, "idle");
  class Preset {
    timeoutMs = 5000;
    describe() {}
    get label() {
      return "label";
    }
  }
  assert.equal((await made.cmd(deviceId, "true", new Preset())).returnCode, 0);
  assert.equal(received(sim, "device:cmd").length, 2);
});

test("emitWithAck() accepts the request options that have no effect there", LIMIT, async (t) => {
  const { client: made } = await connected(t, { timeoutMs: 20 });
  await rejects(made.emitWithAck("nobody", [], { requestId: "r", extra: {} }), "timeout");
});

test("configurations, extra, payloads and arguments accept any name", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const open = { timeout: 5, feild: 1, banana: { url: 1 } };
  assert.equal((await made.testConfig(deviceId, open)).result, "success");
  assert.deepEqual(received(sim, "device:testConfig")[0].config, open);
  await made.cmd(deviceId, "true", { extra: open });
  assert.deepEqual(received(sim, "device:cmd")[0].banana, open.banana);
  await made.request("device:sendArdpkg", { deviceId, ...open });
  assert.equal(received(sim, "device:sendArdpkg")[0].timeout, 5);
  made.emit("anything", open);
  await flushed(made, sim);
  assert.deepEqual(received(sim, "anything"), [open]);
});

test("a rejected name has no side effects: the existing client continues", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  await rejects(made.cmd("d", "ls", TIMEOUT), "invalid-argument"); // reported before the state of the connection
  await made.connect();
  assert.equal((await made.cmd(sim.devices[0].id, "true")).returnCode, 0);
});
