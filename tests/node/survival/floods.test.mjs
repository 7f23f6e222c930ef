// Floods: bad frames, huge frames, errors without a request, events while a listener throws.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, FAST, isArdexaError, refused, until } from "./lib/support.mjs";
import { event, open, rawServer } from "./lib/raw-server.mjs";

/** A client of a server that accepts each connection and then passes it to `script`. */
async function flooded(t, script, options) {
  const server = await rawServer(t, async (link) => script(await link.accept()));
  const made = client(t, { url: server.url, ...options });
  await made.client.connect();
  return { server, it: made.client, ...made };
}

test("100,000 bad frames on one connection: one parse error, one reconnection, and the client works", async (t) => {
  const bad = ["9", "", "4", "42", "42[", "41x", "4299", "b*", "0{}", "4{}", "42{}", "é1234", "\u0000"];
  const { it, diary } = await flooded(t, (link) => {
    if (link.number > 0) return link.send(event("well", link.number));
    for (let n = 0; n < 100_000; n++) link.send(bad[n % bad.length]);
  });
  let well;
  it.onAny((name) => name === "well" && (well = true));
  await until(() => well, "the event on the next connection");
  assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting", "connect"]);
  isArdexaError(diary.of("disconnect")[0].error, "protocol");
});

test("a server that sends a bad frame on every connection: the attempt count grows until a good connection", async (t) => {
  let good = false;
  const { it, diary, server } = await flooded(t, (link) => !good && link.send("42["), {
    reconnect: { ...FAST, stableAfterMs: 60_000 },
  });
  await diary.count("disconnect", 20);
  assert.deepEqual(
    diary
      .of("reconnecting")
      .slice(0, 19)
      .map(({ attempt }) => attempt),
    Array.from({ length: 19 }, (_, n) => n + 1),
  );
  assert.ok(diary.of("disconnect").every(({ reason }) => reason === "parse error"));
  good = true;
  await until(() => it.state === "connected" && server.links.at(-1).number + 1 === it.stats().connections);
});

test("100,000 replies to unknown requests are ignored and leave nothing behind", async (t) => {
  const { it, diary } = await flooded(t, (link) => {
    for (let n = 0; n < 100_000; n++)
      link.send(event("device:cmd:rpc", { requestId: `unknown-${n}`, correlationId: `c-${n}` }));
    link.send(event("end"));
  });
  let end;
  it.onAny((name) => name === "end" && (end = true));
  await until(() => end || it.stats().framesIn > 100_000, "the end");
  assert.deepEqual(diary.names(), ["connect"]);
  assert.equal(it.stats().openRequests, 0);
});

test("10,000 errors that belong to no request are 10,000 warnings", async (t) => {
  const { diary } = await flooded(t, (link) => {
    for (let n = 0; n < 10_000; n++) link.send(event("device:cmd:rpc", { error: `no ${n}` }));
  });
  await diary.count("warning", 10_000);
  assert.deepEqual(
    diary.of("warning").map(({ error }) => error.data),
    Array.from({ length: 10_000 }, (_, n) => `no ${n}`),
  );
});

test("10,000 events while every listener throws: a warning for each, no event lost, the connection stays open", async (t) => {
  const { it, diary } = await flooded(t, async (link) => {
    await link.frame('42["go"]');
    for (let n = 0; n < 10_000; n++) link.send(event("tick", n));
  });
  const heard = [];
  const boom = new Error("boom");
  it.onAny((_name, n) => {
    heard.push(n);
    throw boom;
  });
  it.emit("go");
  await until(() => heard.length === 10_000);
  assert.deepEqual(
    heard,
    Array.from({ length: 10_000 }, (_, n) => n),
  );
  assert.equal(diary.of("warning").length, 10_000);
  assert.ok(diary.of("warning").every(({ error }) => error.cause === boom));
  assert.equal(diary.of("disconnect").length, 0);
});

test("a frame of 8 MB arrives, as an event and as a sample", async (t) => {
  const { it, server } = await flooded(t, () => {});
  const text = "é".repeat(4 * 1024 * 1024);
  let size;
  const stop = it.onAny((_name, /** @type {string} */ value) => (size = value.length));
  server.links[0].send(event("huge", text));
  await until(() => size === text.length, "the huge event");
  stop();
  const opening = it.feed({ deviceId: "d", table: "t", source: "s" }, ({ value }) => (size = String(value).length + 1));
  const { requestId } = await server.links[0].request("device:feed");
  server.links[0].send(event("device:feed:rpc", { requestId, feedId: "f" }));
  await opening;
  server.links[0].send(
    event("device:feed:reply", { feedId: "f", value: text }),
    event("device:feed:reply", { feedId: "f", value: "" }),
  );
  await until(() => size === 1, "the small sample after the huge one");
  assert.equal(it.stats().samples, 2);
});

test("JSON nested 100,000 levels deep is a parse error or an event and never breaks the client", async (t) => {
  const deep = `42["deep",${"[".repeat(100_000)}${"]".repeat(100_000)}]`;
  const { it, diary } = await flooded(t, (link) => link.send(link.number === 0 ? deep : event("well")));
  let well;
  it.onAny((name) => name === "well" && (well = true));
  await until(() => well || it.stats().framesIn > 2, "a later frame");
  assert.ok(["connected", "reconnecting"].includes(it.state));
  for (const { reason } of diary.of("disconnect")) assert.equal(reason, "parse error");
});

test("a deeply nested reply settles its request one way or the other", async (t) => {
  const { it, server } = await flooded(t, () => {});
  const call = it.request("deep", {});
  const { requestId } = await server.links[0].request("deep");
  server.links[0].send(`42["deep:rpc",{"requestId":"${requestId}","a":${"[".repeat(50_000)}${"]".repeat(50_000)}}]`);
  const outcome = await call.then(
    () => "resolved",
    (error) => error.code,
  );
  assert.ok(["resolved", "protocol", "disconnected"].includes(outcome), outcome);
  await until(() => it.state === "connected");
});

test("early frames up to the limit are kept and delivered before connect", async (t) => {
  const server = await rawServer(t, async (link) => {
    link.send(open());
    await link.frame("40");
    for (let n = 0; n < 1_000; n++) link.send(event("early", n));
    link.send('40{"sid":"x"}');
  });
  const { client: it } = client(t, { url: server.url });
  const heard = [];
  it.onAny((_name, n) => heard.push(n));
  await it.connect();
  assert.deepEqual(
    heard,
    Array.from({ length: 1_000 }, (_, n) => n),
  );
});

test("20,000 events that ask for an acknowledgement and never get one: the client goes on", async (t) => {
  const { it, server } = await flooded(t, async (link) => {
    await link.frame('42["go"]');
    for (let n = 0; n < 20_000; n++) link.send(`42${n}["q",${n}]`);
  });
  let last;
  it.onAny((_name, n, answer) => (last = { n, answer }));
  it.emit("go");
  await until(() => last?.n === 19_999);
  last.answer?.("late");
  it.emit("marker");
  await server.links[0].frame('42["marker"]');
});

test("a connect() storm: 1,000 calls of connect and close without a pause leave one state and no socket", async (t) => {
  const { it, server } = await flooded(t, () => {});
  const calls = [];
  for (let n = 0; n < 1_000; n++) {
    calls.push(it.connect().catch((error) => error.code));
    if (n % 3 === 0) void it.close();
  }
  const outcomes = new Set(await Promise.all(calls));
  for (const outcome of outcomes) assert.ok([undefined, "closed"].includes(outcome), String(outcome));
  await it.close();
  await refused(it.cmd("d", "x"), "closed");
  await until(() => server.links.every((link) => link.closed), "all sockets to close");
});
