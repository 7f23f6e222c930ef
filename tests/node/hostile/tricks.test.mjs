// A server that sends valid packets at the wrong time or to the wrong client, floods with pings, or stops reading.
import {
  assertUsable,
  behave,
  client,
  event,
  handled,
  held,
  isArdexaError,
  open,
  pair,
  rawServer,
  until,
} from "./lib/hostile.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { refused } from "../survival/lib/support.mjs";

const MIB = 1024 * 1024;
const LIMIT = { timeout: 60_000 };
const ACCEPT = '40{"sid":"x"}';
const BINARY = Buffer.from([1, 2, 3]);

/**
 * Frames in order from the open socket on ("wait" waits for the client's CONNECT), the outcome of `connect()`, and the
 * reason of the disconnect that follows, if any.
 * @type {[what: string, frames: (string | Buffer)[], outcome: "connected" | import("ardexa-client").ErrorCode,
 *   reason?: string][]}
 */
const ORDERS = [
  ["the acceptance before the open packet", [ACCEPT, open()], "unreachable"],
  ["an event before the open packet", [event("x"), open(), "wait", ACCEPT], "unreachable"],
  ["binary data before the open packet", [BINARY, open()], "unreachable"],
  ["a ping before the open packet", ["2", open(), "wait", ACCEPT], "unreachable"],
  ["a close before the open packet", ["1"], "unreachable"],
  ["two open packets", [open(), open(), "wait", ACCEPT], "protocol"],
  ["an open packet in place of the acceptance", [open(), "wait", open(), ACCEPT], "protocol"],
  ["a refusal and an acceptance", [open(), "wait", '44{"message":"no"}', ACCEPT], "unauthorized"],
  ["an acceptance and a refusal", [open(), "wait", ACCEPT, '44{"message":"no"}'], "connected", "parse error"],
  ["a disconnect in place of the acceptance", [open(), "wait", "41", ACCEPT], "protocol"],
  ["two acceptances", [open(), "wait", ACCEPT, ACCEPT], "connected", "parse error"],
  ["an acknowledgement that nothing requested", [open(), "wait", '430["x"]', ACCEPT], "connected"],
  ["binary data in place of the acceptance", [open(), "wait", BINARY, ACCEPT], "protocol"],
  [
    "an attachment whose packet began before the acceptance",
    [open(), "wait", '451-["b",{"_placeholder":true,"num":0}]', ACCEPT, BINARY],
    "protocol",
  ],
  ["an acceptance of another namespace", [open(), "wait", '40/admin,{"sid":"y"}', ACCEPT], "connected"],
  ["an acceptance without an id", [open(), "wait", "40{}"], "protocol"],
  ["a probe's answer, a noop and an upgrade", [open(), "3probe", "6", "5", "wait", "6", ACCEPT], "connected"],
];
test(`${ORDERS.length} wrong orders: connect() has one outcome each, and the client stays usable`, LIMIT, async (t) => {
  let frames;
  const { it, server, diary } = await pair(t, async (link) => {
    for (const frame of frames) {
      if (frame === "wait") await link.frame("40");
      else if (!link.closed) link.send(frame);
    }
  });
  for (const [what, given, expected, reason] of ORDERS) {
    frames = given;
    diary.clear();
    const outcome = await it.connect().then(
      () => "connected",
      (error) => error,
    );
    assert.equal(outcome.code ?? outcome, expected, `${what}: ${outcome.message ?? ""}`);
    if (expected !== "connected") isArdexaError(outcome, expected);
    if (reason) await diary.count("disconnect", 1);
    assert.deepEqual(
      diary.names(),
      expected !== "connected" ? ["connect_error"] : reason ? ["connect", "disconnect"] : ["connect"],
      what,
    );
    if (reason) assert.equal(diary.of("disconnect")[0].reason, reason, what);
    await assertUsable(it, server);
  }
});

test("100,000 pings get 100,000 pongs, and memory stays level", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t);
  await it.connect();
  const [link] = server.links;
  let pongs = 0;
  link.onFrame = (frame) => frame === "3" && ((pongs += 1), (link.frames.length = 0));
  const flood = async () => {
    pongs = 0;
    for (let n = 0; n < 50_000; n++) link.send("2");
    await until(() => pongs === 50_000, "the pongs");
  };
  await flood();
  const before = await held();
  await flood();
  const after = await held();
  assert.ok(after.heap - before.heap < 2 * MIB && after.wasm === before.wasm, JSON.stringify({ before, after }));
  assert.deepEqual(diary.names(), ["connect"]);
  await assertUsable(it, server);
});

test("a server that stops reading: calls time out, close() is immediate, the socket is cut", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t, (link) => link.accept({ maxPayload: 100 * MIB }));
  await it.connect();
  const [link] = server.links;
  link.socket.pause();
  const big = "x".repeat(MIB);
  for (let n = 0; n < 24; n++) it.emit("big", big);
  const calls = [
    it.cmd("d", "x", { timeoutMs: 50 }),
    it.feed({ deviceId: "d", table: "t", source: "s" }, () => {}, { timeoutMs: 50 }),
  ];
  for (const call of calls) await refused(call, "timeout");
  assert.equal(it.state, "connected");
  const began = performance.now();
  await it.close();
  assert.ok(performance.now() - began < 1_000, "close() does not wait for unread data");
  assert.deepEqual(
    diary.of("disconnect").map(({ reason }) => reason),
    ["io client disconnect"],
  );
  await assertUsable(it, server);
  // The connection is cut although 24 MiB were never read; the server notices once it reads again.
  link.socket.resume();
  await until(() => link.closed, "the connection is cut");
});

test("a server that stops reading but keeps pinging: queued pongs are freed with the connection", LIMIT, async (t) => {
  const { it, server } = await pair(t);
  await it.connect();
  const before = await held();
  const [link] = server.links;
  link.socket.pause();
  const sent = it.stats().framesOut;
  for (let n = 0; n < 50_000; n++) link.send("2");
  await until(() => it.stats().framesOut - sent === 50_000);
  await assertUsable(it, server);
  link.socket.resume();
  await until(() => link.closed);
  link.frames.length = 0;
  const after = await held();
  assert.ok(after.heap - before.heap < 4 * MIB && after.wasm - before.wasm <= MIB, JSON.stringify({ before, after }));
});

test("replies with a foreign requestId: another client's, another event's, another kind's", LIMIT, async (t) => {
  const server = await rawServer(t, (link) => (server.good ? behave(link) : link.accept()));
  const [one, two] = [
    client(t, { url: server.url, reconnect: false }),
    client(t, { url: server.url, reconnect: false }),
  ];
  await one.client.connect();
  await two.client.connect();
  const [a, b] = server.links;
  const reply = (requestId, stdout) =>
    event("device:cmd:reply", { requestId, stdout, stderr: "", returnCode: 0, correlationId: "c" });
  const calls = [one.client.cmd("d", "one"), two.client.cmd("d", "two")];
  const ids = [(await a.request("device:cmd")).requestId, (await b.request("device:cmd")).requestId];
  a.send(reply(ids[1], "for two"), event("device:cmd:rpc", { requestId: ids[1], error: "for two" }));
  await handled(one.client, a, one.diary);
  assert.deepEqual([one.client.stats().openRequests, two.client.stats().openRequests], [1, 1]);
  // An error for an unknown id is a warning and settles no call, not even the only one of its event.
  assert.equal(one.diary.of("warning").length, 1);
  isArdexaError(one.diary.of("warning")[0].error, "rejected");

  // Another event's, another kind's.
  const feed = one.client.feed({ deviceId: "d", table: "t", source: "s" }, () => {});
  const { requestId: feedRequest } = await a.request("device:feed");
  a.send(
    reply(feedRequest, "for a feed"),
    event("device:feed:rpc", { requestId: ids[0], feedId: "stolen" }),
    event("device:applyConfig:rpc", { requestId: ids[0], result: "success" }),
  );
  await handled(one.client, a, one.diary);
  assert.equal(one.client.stats().openRequests, 2);

  a.send(reply(ids[0], "for one"), event("device:feed:rpc", { requestId: feedRequest, feedId: "f" }));
  b.send(reply(ids[1], "for two"));
  assert.deepEqual(
    (await Promise.all(calls)).map(({ stdout }) => stdout),
    ["for one", "for two"],
  );
  assert.equal((await feed).id, "f");
  for (const { client: it } of [one, two]) await assertUsable(it, server);
});

test("one feedId for two feeds, a feedId that changes owner, and samples after the stop", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t);
  await it.connect();
  const [link] = server.links;
  const heard = { a: [], b: [] };
  const opening = ["a", "b"].map((source) =>
    it.feed({ deviceId: "d", table: "t", source }, ({ messageId }) => heard[source].push(messageId)),
  );
  for (let n = 1; n <= 2; n++)
    link.send(
      event("device:feed:rpc", { requestId: (await link.request("device:feed", n)).requestId, feedId: "same" }),
    );
  const outcomes = await Promise.all(
    opening.map((promise) =>
      promise.then(
        (feed) => feed,
        (error) => error,
      ),
    ),
  );
  for (let n = 0; n < 10; n++)
    link.send(event("device:feed:reply", { feedId: "same", messageId: String(n), value: n }));
  await handled(it, link, diary);
  // Whichever feed has the id, each sample is delivered to at most one.
  assert.ok(heard.a.length + heard.b.length <= 10, JSON.stringify(heard));
  for (const feed of outcomes) if (!(feed instanceof Error)) await feed.stop();
  link.send(event("device:feed:reply", { feedId: "same", messageId: "late", value: 1 }));
  await handled(it, link, diary);
  assert.ok(!heard.a.includes("late") && !heard.b.includes("late"));
  assert.equal(diary.of("disconnect").length, 0);
  await assertUsable(it, server);
});

test(
  "a server that repeatedly ends every feed with an error: one warning each, and no feed stays open",
  LIMIT,
  async (t) => {
    const { it, server, diary } = await pair(t);
    await it.connect();
    const [link] = server.links;
    for (let n = 1; n <= 50; n++) {
      const opening = it.feed({ deviceId: "d", table: "t", source: `s${n}` }, () => {});
      const { requestId } = await link.request("device:feed", n);
      link.send(event("device:feed:rpc", { requestId, feedId: `f${n}` }));
      await opening;
      const ends = Array.from({ length: 3 }, () => event("device:feed:reply", { feedId: `f${n}`, error: "gone" }));
      link.send(...ends);
      await handled(it, link, diary);
    }
    assert.equal(it.stats().openFeeds, 0);
    const warnings = diary.of("warning");
    assert.ok(warnings.length >= 50 && warnings.length <= 150, String(warnings.length));
    for (const { error } of warnings) isArdexaError(error, error.code);
    await assertUsable(it, server);
  },
);

test(
  "a server that refuses, drops, kicks or lies on each connection: connect() has one outcome each time",
  LIMIT,
  async (t) => {
    /** @type {[outcome: string, trick: (link: import("./lib/hostile.mjs").Link) => unknown][]} */
    const tricks = [
      ["unreachable", (link) => link.cut()],
      ["unreachable", (link) => link.garbage()],
      ["unreachable", (link) => link.send("1")],
      ["unreachable", (link) => link.socket.close(4_000, "x".repeat(100))],
      ["unauthorized", (link) => link.send(open(), '44{"message":"no"}')],
      ["unreachable", (link) => link.send("rubbish")],
      ["protocol", (link) => link.send(open({ pingInterval: -1 }))],
      ["protocol", (link) => link.send(open({ pingInterval: 1e300, pingTimeout: "x" }))],
      ["protocol", (link) => link.send(open({ maxPayload: 0 }))],
      ["protocol", (link) => link.send('0{"sid":7}')],
      ["connected", async (link) => (await link.accept(), link.send("41"))],
      ["connected", async (link) => (await link.accept(), link.cut())],
    ];
    const { it, server, diary } = await pair(t, (link) => tricks[server.turn][1](link));
    for (server.turn = 0; server.turn < tricks.length; server.turn++) {
      for (let n = 0; n < 3; n++) {
        diary.clear();
        const outcome = await it.connect().then(
          () => "connected",
          (error) => error.code,
        );
        assert.equal(outcome, tricks[server.turn][0], String(server.turn));
        assert.deepEqual(diary.names()[0], outcome === "connected" ? "connect" : "connect_error");
        await assertUsable(it, server);
      }
    }
  },
);
