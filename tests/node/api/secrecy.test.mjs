// The token never appears: not in an error, an event, a frame, a warning, nor in anything that prints a client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { client, simulator } from "../lib/cloud.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { EVENTS } from "./lib/scripted.mjs";

/** With characters that need percent-encoding or JSON escapes. */
const TOKEN = 's3cr€t+to/ken=="\\ü&more';
const FORMS = [
  TOKEN,
  encodeURIComponent(TOKEN),
  encodeURIComponent(TOKEN).replaceAll("%20", "+"),
  JSON.stringify(TOKEN).slice(1, -1),
  encodeURIComponent(TOKEN).toLowerCase(),
  "s3cr",
  "ken==",
  "ken%3D%3D",
  "ken%3d%3d",
];

/** Every printed form of a value, on a console or in a log. */
function shown(value, depth = 0) {
  const texts = [inspect(value, { depth: 10, showHidden: true, getters: true }), String(value)];
  try {
    texts.push(JSON.stringify(value) ?? "");
  } catch {
    // Shows nothing.
  }
  if (value instanceof Error) {
    texts.push(value.message, String(value.stack));
    for (const name of Object.getOwnPropertyNames(value)) if (depth < 5) texts.push(...shown(value[name], depth + 1));
  } else if (typeof value === "object" && value !== null && depth < 5) {
    for (const name of Object.keys(value)) texts.push(...shown(value[name], depth + 1));
  }
  return texts;
}

function assertSecret(value, what, forms = FORMS) {
  for (const text of shown(value)) {
    for (const form of forms) assert.ok(!text.includes(form), `${what} shows ${form}: ${text.slice(0, 300)}`);
  }
}

/** Records every event, frame and warning of a client. */
function eavesdrop(made) {
  const events = [];
  for (const name of EVENTS) made.on(name, (event) => events.push([name, event]));
  made.onFrame((...frame) => events.push(["frame", ...frame]));
  return events;
}

/** A token could leak to the console, too. */
function tapConsole(t) {
  const said = [];
  for (const name of ["log", "info", "warn", "error", "debug", "trace"])
    t.mock.method(console, name, (...args) => said.push(args));
  return said;
}

const hasSecret = (text) => decodeURIComponent(text).includes(TOKEN);

test("the test can detect the token", () => {
  assert.throws(() => assertSecret({ a: new Error(`x ${TOKEN}`) }, "x"));
  assert.throws(() => assertSecret(Object.assign(new Error("x"), { data: { url: encodeURIComponent(TOKEN) } }), "x"));
  assert.doesNotThrow(() => assertSecret({ a: "[token]" }, "x"));
});

test("connected: neither the client nor its events, frames and stats show it", LIMIT, async (t) => {
  const said = tapConsole(t);
  const sim = await simulator(t);
  sim.setToken(TOKEN);
  const made = client(t, sim);
  const events = eavesdrop(made);
  await made.connect();
  const feed = await made.feed({ deviceId: sim.devices[0].id, table: "solar", source: "inverter-01" }, () => {});
  await made.cmd(sim.devices[0].id, "true");
  sim.dropAll();
  await until(() => events.filter(([name]) => name === "connect").length === 2);
  for (const [what, value] of Object.entries({ made, feed, events, said, stats: made.stats(), request: feed.request }))
    assertSecret(value, what);
  assertSecret(Object.getOwnPropertyDescriptors(made), "its properties");
});

const SCRIPTS = {
  "a refusal that repeats it": {
    accept: `44${JSON.stringify({ message: `bad token ${TOKEN}`, data: { token: TOKEN, url: `?token=${encodeURIComponent(TOKEN)}` } })}`,
  },
  "a refusal with unusual escapes": {
    accept: `44{"message":"no","data":"${[...TOKEN].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"}`,
  },
  "a refusal of an older server": { accept: `44${JSON.stringify(TOKEN)}` },
  "an invalid handshake": { open: `0{"sid":${JSON.stringify(TOKEN)}` },
  "a frame that is not a packet": { open: `9${TOKEN}` },
  "a frame whose excerpt ends within it": { open: `9${"x".repeat(60)}${TOKEN}` },
  "an invalid acceptance": { accept: `40${TOKEN}` },
  "a refusal by HTTP": { refuse: () => 403 },
  "a close with it as the reason": { open: null, onOpen: ({ ws }) => ws.close(4000, TOKEN) },
};
for (const [what, script] of Object.entries(SCRIPTS)) {
  test(`${what} does not show it`, LIMIT, async (t) => {
    const said = tapConsole(t);
    const cloud = await rawCloud(t, script);
    const made = client(t, { ...cloud, token: TOKEN }, { reconnect: false });
    const events = eavesdrop(made);
    const error = await made.connect().then(
      () => assert.fail("should have failed"),
      (failure) => failure,
    );
    assert.ok(hasSecret(cloud.urls[0]), "the server received it");
    for (const [name, value] of Object.entries({ error, events, said, made })) assertSecret(value, name);
  });
}

test("once connected, errors, warnings and protocol failures that repeat it do not show it", LIMIT, async (t) => {
  const said = tapConsole(t);
  const { sim, client: made, deviceId, events } = await withToken(t);
  const failures = [];
  const answers = [
    { error: `no: ${TOKEN}` },
    { error: { message: TOKEN, url: encodeURIComponent(TOKEN) } },
    { error: { [TOKEN]: [TOKEN] } },
    { stdout: TOKEN },
  ];
  for (const answer of answers) {
    const call = made.cmd(deviceId, "slow", { requestId: "r" });
    sim.broadcast("device:cmd:reply", { requestId: "r", ...answer });
    failures.push(await call.catch((error) => error));
  }
  sim.broadcast("device:cmd:rpc", { error: TOKEN });
  sim.broadcast("device:cmd:rpc", TOKEN);
  sim.broadcast("device:stateChange", { cn: TOKEN });
  sim.broadcast("device:metaChange", TOKEN);
  await until(() => events.filter(([name]) => name === "warning").length === 4, "the warnings");
  sim.sockets[0].conn.write(`nonsense ${TOKEN}`);
  await until(() => events.some(([name]) => name === "disconnect"), "the parse error");
  assert.equal(failures.length, 4);
  for (const [name, value] of Object.entries({ failures, events, said, made })) assertSecret(value, name);
});

test("a platform that refuses the address does not show it", LIMIT, async (t) => {
  const said = tapConsole(t);
  class Fails {
    constructor(url) {
      throw new SyntaxError(`cannot open ${url}`);
    }
  }
  const made = client(
    t,
    { url: "http://127.0.0.1:9", workgroup: "w", token: TOKEN },
    { webSocket: /** @type {any} */ (Fails), reconnect: false },
  );
  const events = eavesdrop(made);
  const error = await made.connect().catch((failure) => failure);
  for (const [name, value] of Object.entries({ error, events, said })) assertSecret(value, name);
});

test("a socket whose error event quotes the address does not show it", LIMIT, async (t) => {
  for (const quote of [
    (url) => url,
    decodeURIComponent,
    (url) => url.toLowerCase(),
    (url) => url.replaceAll("%20", "+"),
  ]) {
    class Fails {
      binaryType = "blob";
      readyState = 0;
      onopen = null;
      onmessage = null;
      onerror = null;
      onclose = null;
      constructor(url) {
        setImmediate(() => {
          this.onerror({ message: `failed: ${quote(url)}` });
          this.onclose({ reason: quote(url) });
        });
      }
      send() {}
      close() {}
    }
    const made = client(
      t,
      { url: "http://127.0.0.1:9", workgroup: "w", token: TOKEN },
      { webSocket: Fails, reconnect: false },
    );
    const error = await made.connect().catch((failure) => failure);
    assert.equal(error.code, "unreachable");
    assertSecret(error, "the error");
  }
});

test("wrong options do not show it", (t) => {
  for (const wrong of [
    { url: "nonsense" },
    { url: "http://cloud.example" },
    { workgroup: 7 },
    { protocol: 9 },
    { reconnect: 1 },
  ]) {
    try {
      client(t, { url: "https://a.b", workgroup: "w", token: TOKEN }, /** @type {any} */ (wrong));
      assert.fail("should have thrown");
    } catch (error) {
      assert.equal(error.code, "invalid-argument");
      assertSecret(error, "the error");
    }
  }
});

test("a token put in the URL by mistake is not repeated", (t) => {
  for (const url of [
    `https://a.b?token=${TOKEN}`,
    `https://${encodeURIComponent(TOKEN)}@a.b`,
    `https://a.b/${TOKEN}`,
    TOKEN,
  ]) {
    try {
      client(t, { url, workgroup: "w", token: TOKEN });
      assert.fail("should have thrown");
    } catch (error) {
      assert.equal(error.code, "invalid-argument");
      assertSecret(error, "the error");
    }
  }
});

test("tokens of earlier attempts are not shown either", LIMIT, async (t) => {
  const tokens = [`${TOKEN}-one`, `${TOKEN}-two`];
  let asked = 0;
  const cloud = await rawCloud(t, {
    onOpen: ({ url }) => {
      cloud.last = decodeURIComponent(url);
    },
    accept: `44${JSON.stringify({ message: tokens.join(" and ") })}`,
  });
  const made = client(t, cloud, { token: () => tokens[asked++], reconnect: false });
  const events = eavesdrop(made);
  const error = await made.connect().catch((failure) => failure);
  assert.equal(asked, 2);
  assert.equal(error.code, "unauthorized");
  for (const [name, value] of Object.entries({ error })) assertSecret(value, name, tokens);
  assert.ok(events.length > 0);
});

/** A client connected with the token that needs every kind of escape. */
async function withToken(t) {
  const sim = await simulator(t);
  sim.setToken(TOKEN);
  const made = client(t, sim);
  const events = eavesdrop(made);
  await made.connect();
  return { sim, client: made, deviceId: sim.devices[0].id, events };
}
