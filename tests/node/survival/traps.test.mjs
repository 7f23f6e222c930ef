// Defects of other clients that no other file covers; README.md lists them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient, client, connected, diaryOf, FAST, got, simulator, turn, until } from "./lib/support.mjs";
import { event, open, rawServer } from "./lib/raw-server.mjs";
import { MemorySocket, open as sockets } from "./lib/memory-socket.mjs";

test("connect() while CONNECT is pending sends no second one", async (t) => {
  let accept;
  const server = await rawServer(t, async (link) => {
    link.send(open());
    await link.frame("40");
    accept = () => link.send('40{"sid":"x"}');
  });
  const { client: it } = client(t, { url: server.url });
  const calls = [it.connect(), it.connect()];
  await until(() => accept);
  calls.push(it.connect());
  it.reconnectNow();
  await turn();
  accept();
  await Promise.all(calls);
  it.emit("marker");
  await server.links[0].frame('42["marker"]');
  assert.deepEqual(server.links[0].frames, ["40", '42["marker"]']);
  assert.equal(server.links.length, 1);
});

test("nothing unsolicited is sent: no pong after the handshake, no ping to a server of revision 4", async (t) => {
  const server = await rawServer(t, (link) => link.accept({ pingInterval: 20, pingTimeout: 5_000 }));
  const { client: it } = client(t, { url: server.url });
  await it.connect();
  const [link] = server.links;
  const began = performance.now();
  await until(() => performance.now() - began > 60); // three ping intervals
  assert.deepEqual(link.frames, ["40"]);
  link.send("2", "2probe", "6", "3", "5");
  it.emit("marker");
  await link.frame('42["marker"]');
  await until(() => link.frames.length === 4);
  assert.deepEqual(
    link.frames.map(String).filter((frame) => frame.startsWith("3")),
    ["3", "3probe"],
  );
});

test("0x1e in frames is data: binary and text are one packet each", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it } = client(t, { url: server.url });
  await it.connect();
  /** @type {any[][]} */
  const heard = [];
  it.onAny((...args) => heard.push(args));
  const bytes = Buffer.from([0x1e, 4, 0x1e, 0x1e, 0, 0x34, 0x32]);
  server.links[0].send(
    '451-["b",{"_placeholder":true,"num":0}]',
    bytes,
    event("t", '\u001e42["x"]\u001e'),
    '42["raw\u007f","\\u001e"]',
  );
  await until(() => heard.length === 3);
  assert.deepEqual([...heard[0][1]], [...bytes]);
  assert.deepEqual(heard.slice(1), [
    ["t", '\u001e42["x"]\u001e'],
    ["raw\u007f", "\u001e"],
  ]);
});

test("pings between the attachments of a packet are answered and are not data", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url });
  await it.connect();
  /** @type {any[][]} */
  const heard = [];
  it.onAny((...args) => heard.push(args));
  const [link] = server.links;
  link.send(
    '452-["b",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
    "2",
    Buffer.from([1]),
    "2",
    "6",
    Buffer.from([2]),
  );
  await until(() => heard.length === 1);
  assert.deepEqual(
    heard[0].slice(1).map((data) => [...data]),
    [[2], [1]],
  );
  await until(() => link.frames.filter((frame) => frame === "3").length === 2);
  assert.deepEqual(diary.names(), ["connect"]);
});

test("an incomplete packet with attachments is discarded with its connection", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url });
  await it.connect();
  /** @type {any[][]} */
  const heard = [];
  it.onAny((...args) => heard.push(args));
  server.links[0].send('452-["b",{"_placeholder":true,"num":1}]', Buffer.from([1]));
  server.links[0].cut();
  await diary.count("connect", 2);
  server.links[1].send(event("plain", 1));
  await until(() => heard.length === 1);
  assert.deepEqual(heard, [["plain", 1]]);
});

test("a listener added again in every connect event is called once", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim);
  const changes = [];
  const listener = (change) => changes.push(change);
  it.on("device:metaChange", listener);
  it.on("connect", () => it.on("device:metaChange", listener));
  for (let n = 2; n <= 6; n++) {
    sim.dropAll();
    await diary.count("connect", n);
  }
  await until(() => sim.sockets.length === 1);
  sim.metaChange(sim.devices[0].id);
  await it.cmd(sim.devices[0].id, "true");
  assert.deepEqual(changes, [{ id: sim.devices[0].id }]);
});

test("the pong goes out inside onmessage: a throttled timer cannot hold it back", async (t) => {
  const it = new ArdexaClient({ url: "http://localhost:1", workgroup: "w", token: "t", webSocket: MemorySocket });
  t.after(() => it.close());
  await it.connect();
  const socket = [...sockets].at(-1);
  const sent = [];
  socket.send = (frame) => sent.push(frame);
  socket.give("2");
  assert.deepEqual(sent, ["3"], "synchronously");
});

test("events emitted right after connect() and in a connect listener arrive", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it } = client(t, { url: server.url });
  it.on("connect", () => it.emit("in the listener"));
  await it.connect();
  it.emit("after the promise");
  await until(() => server.links[0].events().length === 2);
  assert.deepEqual(server.links[0].frames, ["40", '42["in the listener"]', '42["after the promise"]']);
});

test("two clients of one cloud share nothing: closing one does not affect the other", async (t) => {
  const sim = await simulator(t);
  const [one, two] = [await connected(t, sim), await connected(t, sim)];
  assert.notEqual(one.client.id, two.client.id);
  await one.client.close();
  assert.equal((await two.client.cmd(sim.devices[0].id, "true")).returnCode, 0);
  assert.deepEqual(two.diary.names(), ["connect"]);
  await one.client.connect();
  await until(() => sim.sockets.length === 2);
});

test("connect() and close() without a pause, as a strict-mode framework does: one connection, at the server too", async (t) => {
  const sim = await simulator(t);
  const made = client(t, { url: sim.url, token: sim.token });
  for (let n = 0; n < 5; n++) {
    made.client.connect().catch(() => {});
    void made.client.close();
  }
  await made.client.connect();
  await made.client.cmd(sim.devices[0].id, "true");
  await until(() => sim.sockets.length === 1);
  assert.deepEqual(made.diary.of("connect").length, 1);
});

test("an outage of days: attempts continue within their limits, never in a hot loop", async (t) => {
  let down = false;
  class Flaky extends MemorySocket {
    constructor(url) {
      super(url);
      if (down) queueMicrotask(() => (this.onerror?.({ message: "down" }), this.drop()));
    }
  }
  const it = new ArdexaClient({
    url: "http://localhost:1",
    workgroup: "w",
    token: "t",
    webSocket: Flaky,
    reconnect: { minDelayMs: 1_000, maxDelayMs: 30_000 },
  });
  t.after(() => it.close());
  const diary = diaryOf(it);
  await it.connect();
  down = true;
  [...sockets].at(-1).drop();
  for (let n = 1; n <= 400; n++) {
    await diary.count("reconnecting", n);
    it.reconnectNow();
  }
  const late = diary.of("reconnecting").slice(100);
  assert.ok(late.every(({ delayMs }) => delayMs <= 30_000));
  const mean = late.reduce((sum, { delayMs }) => sum + delayMs, 0) / late.length;
  assert.ok(mean > 12_000 && mean < 18_000, `mean ${mean}`);
  await diary.count("reconnecting", 401);
  down = false;
  it.reconnectNow();
  await diary.count("connect", 2);
});

test("no queue of emits: an event refused while offline is never sent later", async (t) => {
  const sim = await simulator(t);
  const { client: it, diary } = await connected(t, sim, { reconnect: FAST });
  sim.dropAll();
  await diary.count("disconnect", 1);
  let refusedCount = 0;
  while (it.state !== "connected") {
    try {
      it.emit("offline", refusedCount);
    } catch (error) {
      assert.equal(error.code, "not-connected");
      refusedCount++;
    }
    await turn();
  }
  assert.ok(refusedCount > 0);
  it.emit("marker");
  await until(() => got(sim, "marker").length === 1);
  assert.deepEqual(
    got(sim).map(({ event: name }) => name),
    ["marker"],
  );
});

test("a feed is stopped while it is resumed and another one is opened: the timeout of the first does not end the second", async (t) => {
  const server = await rawServer(t, (link) => link.accept());
  const { client: it, diary } = client(t, { url: server.url });
  await it.connect();
  const request = (source) => ({ deviceId: "d", table: "t", source });
  const openFeed = async (link, source, n, options) => {
    const opening = it.feed(request(source), options);
    const { requestId } = await link.request("device:feed", n);
    link.send(event("device:feed:rpc", { requestId, feedId: source }));
    return opening;
  };
  const first = await openFeed(server.links[0], "first", 1, { timeoutMs: 1_500 });
  server.links[0].cut();
  await diary.count("connect", 2);
  await server.links[1].request("device:feed"); // resumed, but never answered
  await first.stop();
  const second = await openFeed(server.links[1], "second", 2);
  const began = performance.now();
  await until(() => performance.now() - began > 1_600);
  server.links[1].send(event("device:feed:reply", { feedId: "second", value: 1 }));
  assert.equal((await second[Symbol.asyncIterator]().next()).value.value, 1);
  assert.equal(diary.of("warning").length, 0);
});
