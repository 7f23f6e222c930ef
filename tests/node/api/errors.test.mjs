// Every error code of the contract and every way to cause it: name, class, code, message, data, event, requestId, stack
// and cause.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AT_ONCE, client, connected, flushed, simulator } from "../lib/cloud.mjs";
import { ArdexaError } from "../lib/consumer.mjs";
import { assertArdexaError, CODES, rejects, throws } from "../lib/errors.mjs";
import { OPEN, rawCloud } from "../lib/raw-cloud.mjs";
import { closedAddress } from "../lib/refusing.mjs";
import { LIMIT, next } from "../lib/until.mjs";

const ID = "the-request-id";
const FEED = { deviceId: "d", table: "t", source: "s" };
/** The advice or outcome that each message contains. */
const ADVICE = {
  aborted: /may still run|nothing was sent/,
  closed: /call connect\(\)/,
  disconnected: /check before sending it again|call connect\(\) to try again/,
  "invalid-argument": /^(\S+: )?\S+: (must|is|cannot|the function)/,
  "not-connected": /nothing was sent; wait for connect\(\)/,
  protocol: /the server broke the protocol: \S+/,
  rejected: /^device:\w+: \S+/,
  timeout: /no .+ within \d+ ms; (connectTimeoutMs|timeoutMs) sets how long to wait/,
  "too-large": /nothing was sent; send it in smaller parts/,
  unauthorized: /check the token and the workgroup|the token function failed; `cause` is its error/,
  unreachable:
    /cannot reach 127\.0\.0\.1:\d+.*; (check the|nothing is listening there; check the host and port of `url`)|^127\.0\.0\.1:\d+ closed .*check the token/,
};

/** A raw cloud and a client, not yet connected. */
async function raw(t, script, options) {
  const cloud = await rawCloud(t, script);
  const made = client(t, cloud, { reconnect: false, ...options });
  return { cloud, client: made };
}

/** A request whose connection ends before the reply. */
async function cut(t, how, options) {
  const { sim, client: made, deviceId } = await connected(t, options);
  const call = made.cmd(deviceId, "slow", { requestId: ID });
  await flushed(made, sim);
  how(sim, made);
  return call;
}

/** A request that receives these replies. */
async function answered(t, call, ...answers) {
  const { sim, client: made, deviceId } = await connected(t);
  const promise = call(made, deviceId);
  for (const [event, payload] of answers) sim.broadcast(event, payload);
  return promise;
}

const idle = async (t) => client(t, await simulator(t));
const cmd = (made, deviceId = "d") => made.cmd(deviceId, "slow", { requestId: ID });
const OF_CMD = { event: "device:cmd", requestId: ID };

/** @type {[code: string, how: string, run: (t: any) => Promise<unknown>, expected?: object][]} */
const TABLE = [
  [
    "aborted",
    "a signal fires",
    async (t) => {
      const { client: made, deviceId } = await connected(t);
      const control = new AbortController();
      const call = made.cmd(deviceId, "slow", { requestId: ID, signal: control.signal });
      control.abort("reason");
      return call;
    },
    { ...OF_CMD, cause: "reason" },
  ],
  [
    "aborted",
    "a signal that has already fired",
    async (t) => (await connected(t)).client.cmd("d", "ls", { signal: AbortSignal.abort("reason") }),
    { event: "device:cmd", cause: "reason" },
  ],
  [
    "aborted",
    "stopAllFeeds() while a feed opens",
    async (t) => {
      const { client: made, solar } = await connected(t);
      const call = made.feed(solar);
      await made.stopAllFeeds();
      return call;
    },
    { event: "device:feed", message: /stopAllFeeds/ },
  ],

  [
    "closed",
    "a request after close()",
    async (t) => {
      const made = await idle(t);
      await made.close();
      return cmd(made);
    },
    OF_CMD,
  ],
  [
    "closed",
    "a feed after close()",
    async (t) => {
      const made = await idle(t);
      await made.close();
      return made.feed(FEED);
    },
    { event: "device:feed" },
  ],
  [
    "closed",
    "an emitWithAck after close()",
    async (t) => {
      const made = await idle(t);
      await made.close();
      return made.emitWithAck("x", []);
    },
    { event: "x" },
  ],
  ["closed", "close() with a request open", (t) => cut(t, (_sim, made) => made.close()), OF_CMD],
  [
    "closed",
    "close() while connecting",
    async (t) => {
      const made = await idle(t);
      const call = made.connect();
      await made.close();
      return call;
    },
  ],

  ["disconnected", "the connection is cut", (t) => cut(t, (sim) => sim.dropAll()), OF_CMD],
  [
    "disconnected",
    "the connection is cut, without reconnection",
    (t) => cut(t, (sim) => sim.dropAll(), { reconnect: false }),
    OF_CMD,
  ],
  ["disconnected", "the server ends the connection", (t) => cut(t, (sim) => sim.kick()), OF_CMD],
  [
    "disconnected",
    "a frame from the server that is not a packet",
    (t) => cut(t, (sim) => sim.sockets[0].conn.write("nonsense")),
    OF_CMD,
  ],

  [
    "invalid-argument",
    "a request",
    async (t) => (await connected(t)).client.cmd("", "ls"),
    { message: /^deviceId: must/ },
  ],
  [
    "invalid-argument",
    "a requestId in use",
    async (t) => {
      const { client: made, deviceId } = await connected(t);
      cmd(made, deviceId).catch(() => {});
      return cmd(made, deviceId);
    },
    { ...OF_CMD, message: /requestId: is in use/ },
  ],
  [
    "invalid-argument",
    "a token function that does not return a string",
    // @ts-expect-error not a string
    async (t) => client(t, await simulator(t), { token: () => 7 }).connect(),
    { message: /^token: the function must return/ },
  ],

  ["not-connected", "a request before connect()", async (t) => cmd(await idle(t)), { ...OF_CMD, message: /\(idle\)/ }],
  [
    "not-connected",
    "a request while connecting",
    async (t) => {
      const made = await idle(t);
      made.connect().catch(() => {});
      return cmd(made);
    },
    { ...OF_CMD, message: /\(connecting\)/ },
  ],
  [
    "not-connected",
    "a request while waiting to reconnect",
    async (t) => {
      const { sim, client: made } = await connected(t, { reconnect: { minDelayMs: 3_600_000, maxDelayMs: 3_600_000 } });
      const waiting = next(made, "reconnecting");
      sim.dropAll();
      await waiting;
      return cmd(made);
    },
    { ...OF_CMD, message: /\(reconnecting\)/ },
  ],

  [
    "protocol",
    "a reply without its fields",
    (t) => answered(t, cmd, ["device:cmd:reply", { requestId: ID, stdout: "" }]),
    { ...OF_CMD, data: { requestId: ID, stdout: "" }, message: /stderr/ },
  ],
  [
    "protocol",
    "a feed's reply without feedId",
    (t) =>
      answered(t, (made, deviceId) => made.feed({ ...FEED, deviceId }, { requestId: ID }), [
        "device:feed:rpc",
        { requestId: ID },
      ]),
    { event: "device:feed", requestId: ID, data: { requestId: ID } },
  ],
  ["protocol", "an invalid handshake", async (t) => (await raw(t, { open: "0nonsense" })).client.connect()],
  ["protocol", "a disconnect before the acceptance", async (t) => (await raw(t, { accept: "41" })).client.connect()],

  [
    "rejected",
    "the server's error as a string",
    async (t) => {
      const { client: made } = await connected(t, { sim: { errorForm: "string" } });
      return cmd(made, "nobody");
    },
    { ...OF_CMD, data: "Unknown device", message: /^device:cmd: Unknown device$/ },
  ],
  [
    "rejected",
    "the server's error as an object",
    async (t) => {
      const { client: made } = await connected(t, { sim: { errorForm: "object" } });
      return cmd(made, "nobody");
    },
    { ...OF_CMD, data: { message: "Unknown device" } },
  ],
  [
    "rejected",
    "a feed",
    async (t) => {
      const { client: made } = await connected(t);
      return made.feed(FEED, { requestId: ID });
    },
    { event: "device:feed", requestId: ID },
  ],
  [
    "rejected",
    "an upgrade's step",
    (t) =>
      answered(t, (made, deviceId) => made.doUpgrade(deviceId, { requestId: ID }), [
        "device:doUpgrade:reply",
        { requestId: ID, error: "Internal error occurred" },
      ]),
    { event: "device:doUpgrade", requestId: ID, data: "Internal error occurred" },
  ],

  [
    "timeout",
    "no reply",
    async (t) => {
      const { client: made, deviceId } = await connected(t);
      return made.cmd(deviceId, "slow", { requestId: ID, timeoutMs: 10 });
    },
    { ...OF_CMD, message: /no reply within 10 ms; timeoutMs/ },
  ],
  [
    "timeout",
    "no step of an upgrade",
    async (t) => {
      const { client: made, deviceId } = await connected(t, { sim: { upgradeStepMs: 60_000 } });
      return made.doUpgrade(deviceId, { requestId: ID, timeoutMs: 10 });
    },
    { event: "device:doUpgrade", requestId: ID },
  ],
  [
    "timeout",
    "no acknowledgement",
    async (t) => (await connected(t)).client.emitWithAck("x", [], { timeoutMs: 10 }),
    { event: "x" },
  ],
  [
    "timeout",
    "no feedId",
    async (t) => (await connected(t, { sim: { latencyMs: 60_000 } })).client.feed(FEED, { timeoutMs: 10 }),
    { event: "device:feed" },
  ],
  [
    "timeout",
    "a server that never accepts",
    async (t) => (await raw(t, { accept: null }, { connectTimeoutMs: 1_000 })).client.connect(),
    { message: /reply to CONNECT .* within 1000 ms; connectTimeoutMs/ },
  ],
  [
    "timeout",
    "a server that sends nothing",
    async (t) => (await raw(t, { open: null, accept: null }, { connectTimeoutMs: 1_000 })).client.connect(),
    { message: /connectTimeoutMs/ },
  ],
  [
    "timeout",
    "a token function that never resolves",
    async (t) => client(t, await simulator(t), { token: () => new Promise(() => {}), connectTimeoutMs: 50 }).connect(),
    { message: /token function within 50 ms; connectTimeoutMs/ },
  ],

  [
    "too-large",
    "a request",
    async (t) => {
      const { sim, client: made, deviceId } = await connected(t, { sim: { maxPayload: 1000 } });
      const call = made.cmd(deviceId, "x".repeat(1000), { requestId: ID });
      return call.finally(async () => {
        await flushed(made, sim);
        assert.deepEqual(
          sim.received.map(({ event }) => event),
          ["test:flush"],
        );
      });
    },
    { ...OF_CMD, message: /accepts 1000/ },
  ],
  [
    "too-large",
    "a binary argument",
    async (t) => (await connected(t, { sim: { maxPayload: 1000 } })).client.emitWithAck("x", [new Uint8Array(1001)]),
    { event: "x" },
  ],
  [
    "too-large",
    "a feed",
    async (t) => (await connected(t, { sim: { maxPayload: 1000 } })).client.feed({ ...FEED, table: "x".repeat(1000) }),
    { event: "device:feed" },
  ],

  [
    "unauthorized",
    "a wrong token",
    async (t) => client(t, await simulator(t), { token: "wrong-token" }).connect(),
    { data: { code: 401, reason: "token invalid" }, message: /Authentication failed/ },
  ],
  [
    "unauthorized",
    "a wrong workgroup",
    async (t) => client(t, await simulator(t), { workgroup: "other" }).connect(),
    { data: { code: 403, reason: "unknown workgroup" }, message: /Not permitted/ },
  ],
  [
    "unauthorized",
    "a token function that keeps returning a wrong token",
    async (t) => client(t, await simulator(t), { token: () => "wrong-token" }).connect(),
    { data: { code: 401, reason: "token invalid" } },
  ],
  [
    "unauthorized",
    "a token function that throws",
    async (t) =>
      client(t, await simulator(t), {
        token: () => {
          throw "no token today";
        },
      }).connect(),
    { cause: "no token today" },
  ],
  [
    "unauthorized",
    "a token function that rejects",
    async (t) => client(t, await simulator(t), { token: () => Promise.reject("no token today") }).connect(),
    { cause: "no token today" },
  ],
  ["unauthorized", "a refusal without a reason", async (t) => (await raw(t, { accept: "44" })).client.connect()],
  [
    "unauthorized",
    "a refusal of an older server",
    async (t) => (await raw(t, { accept: '44"just words"' })).client.connect(),
    { message: /just words/ },
  ],

  [
    "unreachable",
    "nothing listens on the port",
    async (t) => client(t, { url: (await closedAddress(t)).url, workgroup: "w", token: "token" }).connect(),
    { message: /ECONNREFUSED/ },
  ],
  [
    "unreachable",
    "an HTTP refusal",
    async (t) => (await raw(t, { refuse: () => 403 })).client.connect(),
    { message: /403 Refused\); check the token/, status: 403 },
  ],
  [
    "unreachable",
    "not a WebSocket server",
    async (t) => {
      const sim = await simulator(t);
      return client(t, sim, { path: "/elsewhere" }).connect();
    },
  ],
  [
    "unreachable",
    "closed before the acceptance",
    async (t) => (await raw(t, { open: OPEN, accept: null, onOpen: ({ ws }) => ws.close() })).client.connect(),
    { message: /closed the connection before/ },
  ],
  [
    "unreachable",
    "a webSocket that is not a constructor",
    // @ts-expect-error not a constructor
    async (t) => client(t, await simulator(t), { webSocket: () => {} }).connect(),
  ],
];

const seen = new Set();
for (const [code, how, run, expected] of TABLE) {
  test(`${code}: ${how}`, LIMIT, async (t) => {
    const error = await rejects(run(t), code, { ...expected });
    assert.match(error.message, ADVICE[code]);
    for (const name of ["data", "event", "requestId", "cause"]) {
      if (
        !(name in (expected ?? {})) &&
        name !== "event" &&
        name !== "requestId" &&
        code !== "rejected" &&
        !(name === "cause" && code === "unreachable")
      )
        assert.equal(name in error, false, `${name} of ${how}`);
    }
    if (error.event !== undefined && !error.message.startsWith("requestId"))
      assert.ok(error.message.startsWith(`${error.event}: `), error.message);
    seen.add(code);
  });
}

after(() => assert.deepEqual([...seen].sort(), [...CODES], "every code was seen"));

test("emit() throws the same errors as a rejected request", LIMIT, async (t) => {
  const made = await idle(t);
  throws(() => made.emit("x"), "not-connected", { event: "x", message: ADVICE["not-connected"] });
  await made.connect();
  throws(() => made.emit("disconnect"), "invalid-argument", { event: "disconnect" });
  throws(() => made.emit("x", "y".repeat(1_000_001)), "too-large", { event: "x", message: ADVICE["too-large"] });
  assert.equal(made.state, "connected");
  await made.close();
  throws(() => made.emit("x"), "closed", { event: "x", message: ADVICE.closed });
});

test("errors in events have the same form", LIMIT, async (t) => {
  const sim = await simulator(t);
  const refused = client(t, sim, { token: "wrong-token" });
  const failed = next(refused, "connect_error");
  refused.connect().catch(() => {});
  assertArdexaError((await failed).error, "unauthorized", { data: { code: 401, reason: "token invalid" } });

  const made = client(t, sim, { reconnect: AT_ONCE });
  await made.connect();
  const lost = next(made, "disconnect");
  sim.sockets[0].conn.write("nonsense");
  const { reason, error } = await lost;
  assert.equal(reason, "parse error");
  assertArdexaError(error, "protocol", { message: ADVICE.protocol });
});

test("the error says that the token has expired", LIMIT, async (t) => {
  const { makeToken } = await import("../../../www/simulator/index.mjs");
  const sim = await simulator(t);
  const token = makeToken({ issuedMs: Date.now() - 7_200_000, expiresMs: Date.now() - 3_600_000 });
  await rejects(client(t, sim, { token }).connect(), "unauthorized", {
    message: /the token expired 60 minutes ago; get a new one/,
  });
});

test("String, JSON and inspect show an ArdexaError as an ordinary error", LIMIT, async (t) => {
  const error = await rejects(cmd(await idle(t)), "not-connected");
  assert.equal(String(error), `ArdexaError: ${error.message}`);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "ArdexaError",
    message: error.message,
    code: "not-connected",
    ...OF_CMD,
  });
  const { inspect } = await import("node:util");
  assert.match(inspect(error), /^ArdexaError: device:cmd: not connected/);
  const own = new ArdexaError("custom", /** @type {ErrorOptions} */ ({ code: "rejected", cause: 1 }));
  assert.deepEqual([own.code, own.cause, own.name], ["rejected", 1, "ArdexaError"]);
});
