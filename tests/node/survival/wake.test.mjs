// Sleep and wake, the network going down and up, a frozen page, and a clock that jumps.
// The first import adds a page to this process: listeners on the global object and on a document.
import { fire, listenerCount } from "./lib/measure.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient, connected, diaryOf, refused, simulator, turn, until } from "./lib/support.mjs";
import { MemorySocket, open } from "./lib/memory-socket.mjs";

const HOUR = 3_600_000;
const NEVER = { minDelayMs: 86_400_000, maxDelayMs: 86_400_000_000 };
const WAKES = ["online", "pageshow", "visibilitychange"];

const { now } = Date;
let shiftMs = 0;
Date.now = () => now() + shiftMs;

/**
 * A connected client without a network.
 * @param {import("node:test").TestContext} t @param {Partial<import("ardexa-client").ClientOptions>} [options]
 */
async function pair(t, options) {
  let tokenCalls = 0;
  const client = new ArdexaClient({
    url: "http://localhost:1",
    workgroup: "w",
    token: () => `t${++tokenCalls}`,
    webSocket: MemorySocket,
    reconnect: NEVER,
    ...options,
  });
  t.after(() => client.close());
  t.after(() => (shiftMs = 0));
  const diary = diaryOf(client);
  await client.connect();
  const socket = [...open].at(-1);
  return { client, diary, socket, tokenCalls: () => tokenCalls };
}

/** A client that has lost its connection and waits to reconnect. */
async function waiting(t) {
  const made = await pair(t);
  made.socket.drop();
  assert.deepEqual(made.diary.names(), ["connect", "disconnect", "reconnecting"]);
  return made;
}

for (const wake of WAKES) {
  test(`${wake} while waiting: the client tries immediately`, async (t) => {
    const { client, diary } = await waiting(t);
    fire(wake);
    await diary.count("connect", 2);
    assert.equal(client.state, "connected");
    assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting", "connect"]);
  });

  test(`${wake} after an hour of sleep: the client notices the ping timeout and reconnects immediately`, async (t) => {
    const { client, diary, socket } = await pair(t);
    const call = client.cmd("d", "uptime", { timeoutMs: Infinity });
    call.catch(() => {});
    shiftMs += HOUR;
    fire(wake);
    await diary.count("connect", 2);
    await refused(call, "disconnected");
    assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting", "connect"]);
    assert.equal(diary.of("disconnect")[0].reason, "ping timeout");
    assert.ok(!open.has(socket), "the dead socket is closed");
    assert.equal(client.state, "connected");
  });
}

test("several wakes in a row make one attempt", async (t) => {
  const { diary, tokenCalls } = await waiting(t);
  for (const wake of [...WAKES, ...WAKES]) fire(wake);
  await diary.count("connect", 2);
  for (const wake of WAKES) fire(wake);
  await turn();
  assert.equal(tokenCalls(), 2);
  assert.equal(open.size, 1);
});

test("a wake changes nothing for a healthy connection", async (t) => {
  const { diary, tokenCalls } = await pair(t);
  for (const event of [...WAKES, "offline"]) fire(event);
  await turn();
  assert.deepEqual(diary.names(), ["connect"]);
  assert.equal(tokenCalls(), 1);
});

test("a connection that ends right after a wake died during sleep: it is retried immediately, but only once", async (t) => {
  const { diary, socket } = await pair(t);
  fire("online");
  socket.drop();
  await diary.count("connect", 2);
  [...open].at(-1).drop();
  await turn();
  assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting", "connect", "disconnect", "reconnecting"]);
  assert.equal(diary.of("reconnecting")[0].delayMs, 0);
});

test("a hidden page and a lost network do not cause an attempt", async (t) => {
  const { client, tokenCalls } = await waiting(t);
  const page = /** @type {{visibilityState: string}} */ (globalThis.document);
  page.visibilityState = "hidden";
  t.after(() => (page.visibilityState = "visible"));
  fire("visibilitychange");
  fire("offline");
  await turn();
  assert.equal(client.state, "reconnecting");
  assert.equal(tokenCalls(), 1);
});

test("an hour of sleep without a wake: the next request is refused, not written to a dead socket", async (t) => {
  const { client, diary, socket } = await pair(t);
  const sent = [];
  socket.send = (frame) => sent.push(frame);
  shiftMs += HOUR;
  assert.throws(() => client.emit("x"), { code: "not-connected" });
  await refused(client.cmd("d", "reboot"), "not-connected");
  assert.deepEqual(sent, []);
  assert.equal(diary.of("disconnect")[0].reason, "ping timeout");
});

test("the clock is set forward an hour: a frame shows that the connection is alive, and open calls keep their timeout", async (t) => {
  const { client, diary, socket } = await pair(t);
  let settled = false;
  const heard = [];
  client.on("device:new", ({ id }) => heard.push(id));
  const call = client.cmd("d", "uptime", { timeoutMs: 10_000 }).finally(() => (settled = true));
  shiftMs += HOUR;
  socket.give('42["device:new",{"id":"x","cn":"x","online":false}]');
  await turn();
  assert.deepEqual([client.state, settled], ["connected", false]);
  assert.deepEqual([diary.names(), heard], [["connect"], ["x"]]);
  await client.close();
  await refused(call, "closed");
});

test("requests whose timeout passed during sleep time out once, at the wake", async (t) => {
  const { client, diary } = await pair(t);
  const calls = [
    client.cmd("d", "a", { timeoutMs: 10_000 }),
    client.cmd("d", "b", { timeoutMs: 2 * HOUR }),
    client.refreshMeta("d", { timeoutMs: 20_000 }),
  ];
  const settled = Promise.allSettled(calls);
  shiftMs += HOUR;
  fire("online");
  assert.deepEqual(
    (await settled).map((result) => result.status === "rejected" && result.reason.code),
    ["timeout", "disconnected", "timeout"],
  );
  await diary.count("connect", 2);
  assert.equal(client.stats().openRequests, 0);
});

test("sleep at every stage of an attempt: it is abandoned and started again", async (t) => {
  for (const stage of ["token", "open", "accept"]) {
    let answer;
    class Slow extends MemorySocket {
      give(data) {
        if (stage === "open" || (stage === "accept" && data.startsWith("40"))) return;
        super.give(data);
      }
    }
    let rounds = 0;
    const token = () => (stage === "token" && ++rounds === 1 ? new Promise((resolve) => (answer = resolve)) : "t");
    let made = 0;
    /** Called with `new`. @param {string} url */
    const makeSocket = function (url) {
      return made++ === 0 && stage !== "token" ? new Slow(url) : new MemorySocket(url);
    };
    const client = new ArdexaClient({
      url: "http://localhost:1",
      workgroup: "w",
      token,
      webSocket: /** @type {import("ardexa-client").WebSocketConstructor} */ (/** @type {unknown} */ (makeSocket)),
      reconnect: { ...NEVER, firstConnect: true },
    });
    t.after(() => client.close());
    const diary = diaryOf(client);
    const connecting = client.connect();
    await turn();
    assert.equal(client.state, "connecting");
    shiftMs += HOUR;
    fire("pageshow");
    await connecting;
    assert.deepEqual(diary.names(), ["connect_error", "reconnecting", "connect"], stage);
    answer?.("late");
    await turn();
    assert.equal(client.state, "connected");
  }
});

test("a frozen page closes its socket and reconnects immediately when it is shown", async (t) => {
  const { client, diary, socket } = await pair(t);
  fire("pagehide");
  assert.ok(!open.has(socket));
  assert.equal(client.state, "reconnecting");
  fire("pageshow");
  await diary.count("connect", 2);
  assert.equal(diary.of("disconnect")[0].reason, "transport close");
});

for (const held of ["opening of the socket", "open packet", "acceptance"]) {
  /** The first socket stalls forever; later ones work. */
  class Stalls extends MemorySocket {
    static made = 0;
    first = Stalls.made++ === 0;

    constructor(url) {
      super(url);
      if (this.first && held.startsWith("opening")) this.readyState = -1;
    }

    give(data) {
      if (!this.first || (held === "acceptance" && data.startsWith("0"))) super.give(data);
    }
  }

  /** A client whose first handshake hangs. */
  async function hanging(t) {
    Stalls.made = 0;
    const client = new ArdexaClient({
      url: "http://localhost:1",
      workgroup: "w",
      token: "t",
      webSocket: Stalls,
      reconnect: NEVER,
    });
    t.after(() => client.close());
    const diary = diaryOf(client);
    const outcome = client.connect().then(
      () => "connected",
      ({ code }) => code,
    );
    await until(() => Stalls.made === 1, "the first socket");
    await turn();
    assert.equal(client.state, "connecting");
    return { client, diary, outcome, socket: [...open].at(-1) };
  }

  test(`a page frozen in its first handshake, before the ${held}: when shown again, it connects`, async (t) => {
    const { client, diary, outcome, socket } = await hanging(t);
    fire("pagehide");
    assert.ok(!open.has(socket), "a frozen page holds no connection");
    assert.equal(client.state, "connecting");
    fire("pageshow");
    assert.equal(await outcome, "connected");
    assert.deepEqual(
      [client.state, diary.names().at(-1), diary.of("disconnect").length, Stalls.made],
      ["connected", "connect", 0, 2],
    );
  });

  test(`a page frozen in its first handshake, before the ${held}, and then closed: when shown again, it stays closed`, async (t) => {
    const { client, outcome } = await hanging(t);
    fire("pagehide");
    await client.close();
    fire("pageshow");
    assert.equal(await outcome, "closed");
    await turn();
    assert.deepEqual([client.state, Stalls.made], ["closed", 1]);
  });
}

test("a clock set back by a day does not break pings, requests, delays or times", async (t) => {
  const sim = await simulator(t, { pingIntervalMs: 25, pingTimeoutMs: 5_000, samplesPerSecond: 50 });
  t.after(() => (shiftMs = 0));
  const { client, diary } = await connected(t, sim);
  shiftMs -= 24 * HOUR;
  const { framesIn } = client.stats();
  await until(() => client.stats().framesIn > framesIn + 4, "more pings");
  assert.equal((await client.cmd(sim.devices[0].id, "true")).returnCode, 0);
  await refused(client.cmd(sim.devices[0].id, "slow", { timeoutMs: 40 }), "timeout");
  assert.ok(Math.abs(client.stats().lastFrameMs - Date.now()) < 5_000, "times follow the caller's clock");
  let gap;
  await client.feed({ deviceId: sim.devices[0].id, table: "system", source: "cpu_usage" }, () => {}, {
    onGap: (event) => (gap = event),
  });
  await until(() => client.stats().samples > 1);
  sim.dropAll();
  await until(() => gap, "the gap");
  assert.ok(Math.abs(gap.toMs - Date.now()) < 5_000 && Math.abs(gap.fromMs - Date.now()) < 5_000);
  // And forward again to the correct time.
  shiftMs += 24 * HOUR;
  fire("online");
  await until(() => client.state === "connected");
  assert.equal((await client.cmd(sim.devices[0].id, "true")).returnCode, 0);
  for (const { reason } of diary.of("disconnect")) assert.match(reason, /^(ping timeout|transport (close|error))$/);
});

test("a clock that keeps jumping back and forth: the connection is lost only by ping timeouts and always comes back", async (t) => {
  const { client, diary } = await pair(t, { reconnect: { minDelayMs: 0, maxDelayMs: 0 } });
  for (let n = 0; n < 50; n++) {
    shiftMs = [HOUR, -HOUR, 0, 24 * HOUR, -24 * HOUR][n % 5];
    fire(WAKES[n % 3]);
    await until(() => client.state === "connected");
  }
  assert.ok(diary.of("disconnect").every(({ reason }) => reason === "ping timeout"));
  assert.equal(open.size, 1);
});

test("page listeners exist only while there is something to wake", async (t) => {
  const before = listenerCount();
  const { client, socket } = await pair(t);
  const during = listenerCount();
  assert.ok(during > before);
  socket.drop();
  assert.equal(listenerCount(), during);
  await client.close();
  assert.equal(listenerCount(), before);
  await client.connect();
  assert.equal(listenerCount(), during);
  // The server's disconnect is final after the retry with a fresh token: nothing to wake.
  [...open].at(-1).give("41");
  assert.equal(listenerCount(), during);
  await until(() => client.state === "connected");
  [...open].at(-1).give("41");
  assert.equal(listenerCount(), before);
});
