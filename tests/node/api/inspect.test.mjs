// What a console shows for a client, a feed and a series: enough to tell them apart, and never the token.
import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { client, connected, simulator } from "../lib/cloud.mjs";
import { ArdexaClient } from "../lib/consumer.mjs";
import { LIMIT, until } from "../lib/until.mjs";

const TOKEN = "s3cret-token/of+this=test";
const noop = () => {};

/** Every built-in way to print a value. */
const LOOKS = {
  "console.log": (value) => logged((console) => console.log(value)),
  "console.dir with everything": (value) =>
    logged((console) => console.dir(value, { depth: Infinity, showHidden: true, showProxy: true })),
  "console.log with %o": (value) => format("%o", value),
  "console.log with %O": (value) => format("%O", value),
  "console.log with %j": (value) => format("%j", value),
  "console.log with %s": (value) => format("%s", value),
  "inspect with everything": (value) =>
    inspect(value, {
      depth: Infinity,
      showHidden: true,
      showProxy: true,
      getters: true,
      maxArrayLength: null,
      maxStringLength: null,
    }),
  "inspect without custom functions": (value) =>
    inspect(value, { depth: Infinity, showHidden: true, getters: true, customInspect: false }),
  "inspect within others": (value) =>
    inspect({ a: [new Map([["key", value]])] }, { depth: Infinity, showHidden: true }),
  "inspect in colours": (value) => inspect(value, { colors: true, depth: Infinity }),
  "JSON.stringify": (value) => JSON.stringify(value) ?? "",
  String: (value) => String(value),
};

/** The output of a console. */
function logged(call) {
  let text = "";
  const stdout = new Writable({ write: (chunk, _encoding, done) => ((text += chunk), done()) });
  call(new Console({ stdout }));
  return text;
}

function assertSecret(value, what) {
  for (const [way, look] of Object.entries(LOOKS)) {
    const text = look(value);
    for (const secret of [TOKEN, encodeURIComponent(TOKEN), "s3cret"])
      assert.ok(!text.includes(secret), `${way} shows the token of ${what}: ${text.slice(0, 500)}`);
  }
}

/** Asserts that inspect shows each of these strings. */
function assertShows(value, ...parts) {
  for (const shown of [inspect(value), inspect({ value }), logged((console) => console.log(value))]) {
    for (const text of parts) assert.ok(shown.includes(text), `${text} is missing from: ${shown}`);
  }
}

test("a client shows url, workgroup and state", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  assertShows(made, "ArdexaClient", sim.url, sim.workgroup, "idle");
  const connecting = made.connect();
  assertShows(made, sim.url, sim.workgroup, "connecting");
  await connecting;
  assertShows(made, sim.url, sim.workgroup, "connected");
  await made.close();
  assertShows(made, sim.url, sim.workgroup, "closed");
});

test("a subclass shows its own name", () => {
  class Fleet extends ArdexaClient {}
  assertShows(
    new Fleet({ url: "https://cloud.example", workgroup: "my-group", token: TOKEN }),
    "Fleet",
    "https://cloud.example",
    "my-group",
    "idle",
  );
});

test("a feed shows its request and its id", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const request = { ...solar, field: "AC Power" };
  const feed = await made.feed(request, noop);
  assertShows(feed, "Feed", feed.id, ...Object.values(request));
  await feed.stop();
  assertShows(feed, "Feed", ...Object.values(request));
});

test("a series shows its request and its id", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const request = { ...solar, field: "AC Power" };
  const series = await made.series(request);
  assertShows(series, "Series", series.feed.id, ...Object.values(request));
  assertShows(series.feed, "Feed", series.feed.id, ...Object.values(request));
  await series.stop();
  assertShows(series, "Series", ...Object.values(request));
});

test("a feed resumed after a reconnection shows its new id", LIMIT, async (t) => {
  const { sim, client: made, solar } = await connected(t);
  const feed = await made.feed(solar, noop);
  const first = feed.id;
  sim.dropAll();
  await until(() => feed.id !== first, "the new id");
  assertShows(feed, feed.id);
  assert.ok(!inspect(feed).includes(first));
});

test("inspecting only reads: nothing is sent, nothing changes", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t, { sim: { samplesPerSecond: 0 } });
  const [feed, series] = [await made.feed(solar, noop), await made.series({ ...solar, field: "AC Power" })];
  const before = made.stats();
  for (const value of [made, feed, series, feed[Symbol.asyncIterator]])
    for (const look of Object.values(LOOKS)) look(value);
  assert.deepEqual(made.stats(), before);
  assert.equal(made.state, "connected");
});

test("classes, prototypes and objects with a handle's prototype are shown without an error", LIMIT, async (t) => {
  const { client: made, solar } = await connected(t);
  const [feed, series] = [await made.feed(solar), await made.series({ ...solar, field: "AC Power" })];
  const iterator = feed[Symbol.asyncIterator]();
  const values = [made, feed, series, iterator].flatMap((handle) => {
    const prototype = Object.getPrototypeOf(handle);
    return [handle, prototype, prototype.constructor, Object.create(prototype), new Proxy(handle, {})];
  });
  for (const value of values) {
    for (const [way, look] of Object.entries(LOOKS)) {
      // Some conversions fail in the language itself, such as String() of an object without a prototype.
      assert.doesNotThrow(() => look(value), `${way} of ${Object.prototype.toString.call(value)}`);
    }
  }
  assert.equal((await made.cmd(solar.deviceId, "true")).returnCode, 0);
});

const TOKENS = {
  "a string": () => TOKEN,
  "a function": () => () => TOKEN,
  "an async function": () => async () => TOKEN,
  "a function that returns it": () => Object.assign(() => TOKEN, {}),
};

for (const [kind, token] of Object.entries(TOKENS)) {
  test(`the token is not shown, given as ${kind}`, LIMIT, async (t) => {
    const sim = await simulator(t);
    sim.setToken(TOKEN);
    const made = client(t, sim, { token: token() });
    const seen = () => {
      for (const [name, value] of Object.entries({ made, feed, series })) if (value) assertSecret(value, name);
    };
    let feed, series;
    seen();
    const connecting = made.connect();
    seen();
    await connecting;
    feed = await made.feed({ deviceId: sim.devices[0].id, table: "solar", source: "inverter-01" }, noop);
    series = await made.series({
      deviceId: sim.devices[0].id,
      table: "solar",
      source: "inverter-01",
      field: "AC Power",
    });
    seen();
    sim.dropAll();
    await until(() => made.state !== "connected", "the loss");
    seen();
    await until(() => made.state === "connected", "the reconnection");
    seen();
    await made.close();
    seen();
  });
}

test("the test can detect the token", () => {
  assert.throws(() => assertSecret({ deep: { a: { b: { c: { d: { e: TOKEN } } } } } }, "x"));
  assert.throws(() => assertSecret(Object.defineProperty({}, "hidden", { value: TOKEN }), "x"));
  assert.throws(() => assertSecret(new URL(`https://a.b/?token=${encodeURIComponent(TOKEN)}`), "x"));
});
