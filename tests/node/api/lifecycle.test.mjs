// connect, close, state, id, reconnectNow, stats.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_ONCE, client, connected, simulator } from "../lib/cloud.mjs";
import { ArdexaClient, connect } from "../lib/consumer.mjs";
import { rejects } from "../lib/errors.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { ownPort } from "../lib/own-port.mjs";
import { collect, deferred, LIMIT, next, until } from "../lib/until.mjs";

test("a new client is idle, has no id, and has opened nothing", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  assert.equal(made.state, "idle");
  assert.equal(made.id, undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sim.io.engine.clientsCount, 0);
});

test("connect() resolves with undefined once the server has accepted; id is the server's", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  const events = collect(made, "connect");
  const connecting = made.connect();
  assert.equal(made.state, "connecting");
  assert.equal(await connecting, undefined);
  assert.equal(made.state, "connected");
  assert.equal(made.id, sim.sockets[0].id);
  assert.deepEqual(events, [{ id: made.id, attempt: 1, reconnected: false }]);
});

test("connect() while connected does nothing; concurrent calls share one attempt", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  await Promise.all([made.connect(), made.connect(), made.connect()]);
  await made.connect();
  assert.equal(sim.stats().connections, 1);
  assert.equal(made.stats().connections, 1);
});

test("the handshake matches the API page", LIMIT, async (t) => {
  const cloud = await rawCloud(t);
  const made = new ArdexaClient({ url: cloud.url, workgroup: "my org/ü", token: "a+b/c=" });
  t.after(() => made.close());
  await made.connect();
  assert.deepEqual(cloud.urls, [
    "/socket.io-client/?token=a%2Bb%2Fc%3D&orgName=my%20org%2F%C3%BC&EIO=4&transport=websocket",
  ]);
  assert.deepEqual(cloud.frames, ["40"]);
});

test("missing slashes are added to path; the protocol can be set", LIMIT, async (t) => {
  const cloud = await rawCloud(t, { onOpen: (link) => link.send("40") });
  const made = new ArdexaClient({ url: cloud.url, workgroup: "w", token: "t", path: "other/place", protocol: 3 });
  t.after(() => made.close());
  await made.connect();
  assert.deepEqual(cloud.urls, ["/other/place/?token=t&orgName=w&EIO=3&transport=websocket"]);
});

test("close() ends the connection, reports the reason, and may be called twice", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const ends = collect(made, "disconnect");
  assert.equal(await made.close(), undefined);
  assert.equal(made.state, "closed");
  assert.equal(made.id, undefined);
  assert.equal(await made.close(), undefined);
  assert.deepEqual(ends, [{ reason: "io client disconnect", willReconnect: false }]);
  await until(() => sim.stats().connected === 0, "the server to see the end");
});

test("connect() may follow close(), even immediately", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const first = made.id;
  made.close();
  await made.connect();
  assert.equal(made.state, "connected");
  assert.notEqual(made.id, first);
  await until(() => sim.stats().connected === 1, "a single connection");
  assert.equal(sim.stats().connections, 2);
});

test("close() while connecting rejects connect() with `closed` and emits no disconnect", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  const events = /** @type {const} */ (["connect", "disconnect", "connect_error", "warning"]).map((name) =>
    collect(made, name),
  );
  const connecting = made.connect();
  await made.close();
  await rejects(connecting, "closed", { message: /connect\(\)/ });
  assert.deepEqual(events, [[], [], [], []]);
  assert.equal(made.state, "closed");
});

test("close() before connect() does nothing, and connect() works after it", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  await made.close();
  assert.equal(made.state, "closed");
  await made.connect();
  assert.equal(made.state, "connected");
});

test("Symbol.asyncDispose closes", LIMIT, async (t) => {
  const { client: made } = await connected(t);
  assert.equal(await made[Symbol.asyncDispose](), undefined);
  assert.equal(made.state, "closed");
});

test("Symbol.dispose and free() close as well", LIMIT, async (t) => {
  for (const method of ["free", Symbol.dispose]) {
    const { sim, client: made } = await connected(t);
    /** @type {any} */ (made)[method](); // not in the types
    assert.equal(made.state, "closed");
    await until(() => sim.stats().connected === 0, "the server to see the end");
  }
});

test("the token function is called for every attempt", LIMIT, async (t) => {
  const sim = await simulator(t);
  let asked = 0;
  const made = client(t, sim, { token: async () => (asked++, sim.token) });
  await made.connect();
  assert.equal(asked, 1);
  const back = next(made, "connect");
  sim.dropAll();
  assert.equal((await back).reconnected, true);
  assert.equal(asked, 2);
});

test("a synchronous token function works", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim, { token: () => sim.token });
  await made.connect();
  assert.equal(made.state, "connected");
});

test("after a refusal the token function is called once more, and the fresh token is used", LIMIT, async (t) => {
  const sim = await simulator(t);
  let asked = 0;
  const made = client(t, sim, { token: () => (asked++ === 0 ? "stale-token" : sim.token) });
  const errors = collect(made, "connect_error");
  await made.connect();
  assert.equal(asked, 2);
  assert.equal(errors.length, 1);
  assert.equal(errors[0].willRetry, true);
  assert.equal(errors[0].error.code, "unauthorized");
});

test("a lost connection: disconnect, reconnecting, connect, in this order", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const order = [];
  for (const name of /** @type {const} */ (["disconnect", "reconnecting", "connect", "connect_error"]))
    made.on(name, (event) => order.push([name, event, made.state]));
  sim.dropAll();
  await until(() => order.length === 3, "the reconnection");
  const [[, lost, lostState], [, waiting, waitingState], [, back, backState]] = order;
  assert.deepEqual(
    order.map(([name]) => name),
    ["disconnect", "reconnecting", "connect"],
  );
  assert.equal(lost.willReconnect, true);
  assert.match(lost.reason, /^transport (close|error)$/);
  assert.equal(waiting.attempt, 1);
  assert.ok(waiting.delayMs >= 0 && waiting.delayMs <= AT_ONCE.maxDelayMs);
  assert.deepEqual(back, { id: made.id, attempt: 1, reconnected: true });
  assert.deepEqual([lostState, waitingState, backState], ["reconnecting", "reconnecting", "connected"]);
});

test("reconnect: false leaves it closed after a loss", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t, { reconnect: false });
  const lost = next(made, "disconnect");
  sim.dropAll();
  assert.equal((await lost).willReconnect, false);
  assert.equal(made.state, "closed");
});

test("reconnectNow() ends the delay; connect() does too, and waits for the connection", LIMIT, async (t) => {
  const slow = { minDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
  for (const hurry of ["reconnectNow", "connect"]) {
    const { sim, client: made } = await connected(t, { reconnect: slow });
    const waiting = next(made, "reconnecting");
    sim.dropAll();
    await waiting;
    const back = next(made, "connect");
    const result = made[hurry]();
    if (hurry === "connect") await result;
    else assert.equal(result, undefined);
    await back;
    assert.equal(made.state, "connected");
  }
});

test("reconnectNow() at other times does nothing", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  made.reconnectNow();
  assert.equal(made.state, "idle");
  await made.connect();
  made.reconnectNow();
  assert.equal(made.state, "connected");
  await made.close();
  made.reconnectNow();
  assert.equal(made.state, "closed");
  assert.equal(sim.stats().connections, 1);
});

test("the first failure rejects connect(); with firstConnect it retries until the server is up", LIMIT, async (t) => {
  const port = await ownPort();
  const url = `http://127.0.0.1:${port}`;
  const [workgroup, token] = ["demo", "token"];
  const impatient = client(t, { url, workgroup, token });
  await rejects(impatient.connect(), "unreachable");
  assert.equal(impatient.state, "closed");

  const patient = client(t, { url, workgroup, token }, { reconnect: { ...AT_ONCE, firstConnect: true } });
  const failed = next(patient, "connect_error", ({ attempt }) => attempt === 2);
  const connecting = patient.connect();
  const { willRetry, error } = await failed;
  assert.equal(willRetry, true);
  assert.equal(error.code, "unreachable");
  const again = await simulator(t, { port, token });
  await connecting;
  assert.equal(patient.state, "connected");
  assert.equal(again.stats().connections, 1);
});

test("maxAttempts ends the retries", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t, {
    reconnect: { ...AT_ONCE, maxAttempts: 2, stableAfterMs: 3_600_000 },
  });
  const last = next(made, "connect_error", ({ willRetry }) => !willRetry);
  await sim.close();
  assert.equal((await last).error.code, "unreachable");
  assert.equal(made.state, "closed");
});

test("the server's disconnect is final", LIMIT, async (t) => {
  const { sim, client: made } = await connected(t);
  const ended = next(made, "disconnect");
  sim.kick();
  const { reason, willReconnect, error } = await ended;
  assert.deepEqual({ reason, willReconnect }, { reason: "io server disconnect", willReconnect: false });
  assert.equal(error.code, "disconnected");
  assert.equal(made.state, "closed");
  await made.connect();
  assert.equal(made.state, "connected");
});

test("a custom webSocket constructor is used", LIMIT, async (t) => {
  const { WebSocket } = await import("ws");
  const urls = [];
  class Mine extends WebSocket {
    constructor(url, protocols) {
      urls.push(url);
      super(url, protocols);
    }
  }
  const sim = await simulator(t);
  const made = client(t, sim, { webSocket: Mine });
  await made.connect();
  assert.equal(urls.length, 1);
  assert.match(urls[0], /^ws:\/\/127\.0\.0\.1:\d+\/socket\.io-client\/\?token=/);
});

test("stats() counts since construction", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  const zero = made.stats();
  assert.equal(zero.lastFrameMs, undefined);
  assert.deepEqual(zero, {
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    samples: 0,
    connections: 0,
    openRequests: 0,
    openFeeds: 0,
    lastFrameMs: undefined,
  });
  const before = Date.now();
  await made.connect();
  const answer = made.cmd(sim.devices[0].id, "slow");
  assert.equal(made.stats().openRequests, 1);
  const one = made.stats();
  assert.equal(one.connections, 1);
  assert.ok(one.framesIn >= 2 && one.framesOut >= 2, "in: handshake, acceptance; out: CONNECT, the command");
  assert.ok(one.bytesIn > 0 && one.bytesOut > 0);
  assert.ok(one.lastFrameMs >= before && one.lastFrameMs <= Date.now());
  await made.close();
  await rejects(answer, "closed");
  assert.equal(made.stats().openRequests, 0);
  assert.equal(made.stats().connections, 1);
});

test("the function connect() rejects like the method", LIMIT, async (t) => {
  const sim = await simulator(t);
  await rejects(connect({ url: sim.url, workgroup: sim.workgroup, token: "no-such-token" }), "unauthorized");
  await rejects(connect({ url: "nonsense", workgroup: "w", token: "t" }), "invalid-argument");
  // @ts-expect-error without options
  await rejects(connect(), "invalid-argument");
});

test("a token that resolves after close() opens nothing", LIMIT, async (t) => {
  const sim = await simulator(t);
  const { promise, resolve } = deferred();
  const made = client(t, sim, { token: () => promise });
  const connecting = made.connect();
  await made.close();
  await rejects(connecting, "closed");
  resolve(sim.token);
  await new Promise((done) => setImmediate(done));
  assert.equal(made.state, "closed");
  assert.equal(sim.io.engine.clientsCount, 0);
});
