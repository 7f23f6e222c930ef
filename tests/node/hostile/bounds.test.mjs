// Floods, deep nesting, early frames and missing replies: the memory a server can make a client hold is bounded, and
// the client stays usable.
import { assertUsable, event, handled, held, isArdexaError, open, pair, until, wasmBytes } from "./lib/hostile.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { refused } from "../survival/lib/support.mjs";

const MIB = 1024 * 1024;
const LIMIT = { timeout: 60_000 };
const placeholders = (count) =>
  JSON.stringify(["b", ...Array.from({ length: count }, (_, num) => ({ _placeholder: true, num }))]);

/** Opens a feed on the newest link; the server assigns it the id "f". */
async function openFeed(it, server, listener = () => {}) {
  const opening = it.feed({ deviceId: "d", table: "t", source: "s" }, listener);
  const link = server.links.at(-1);
  const { requestId } = await link.request("device:feed");
  link.send(event("device:feed:rpc", { requestId, feedId: "f" }));
  return opening;
}

for (const [what, frames] of /** @type {[string, () => (string | Buffer)[]][]} */ ([
  ["1,025 frames", () => Array.from({ length: 1_025 }, (_, n) => event("early", n))],
  ["9 MiB", () => Array.from({ length: 9 }, () => event("early", "x".repeat(MIB)))],
  [
    "endless attachments",
    () => Array.from({ length: 1_025 }, (_, n) => (n % 2 ? Buffer.alloc(8) : `451-${placeholders(1)}`)),
  ],
])) {
  test(`${what} before the acceptance: one error, nothing kept`, LIMIT, async (t) => {
    const { it, server, diary } = await pair(t, async (link) => {
      link.send(open());
      await link.frame("40");
      link.send(...frames(), '40{"sid":"x"}');
    });
    let heard = 0;
    it.onAny(() => heard++);
    const error = await refused(it.connect(), "protocol");
    assert.match(error.message, /before|early/);
    assert.deepEqual(diary.names(), ["connect_error"]);
    assert.equal(heard, 0, "no events from a connection that was never established");
    await assertUsable(it, server);
  });
}

test("100,000 frames before the open packet: one error", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t, (link) => {
    for (let n = 0; n < 100_000; n++) link.send(n % 2 ? event("early", n) : "40");
  });
  await refused(it.connect(), "unreachable");
  assert.deepEqual(diary.names(), ["connect_error"]);
  await assertUsable(it, server);
});

test("100,000 frames without a recipient: counted, not delivered, memory stays level", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t);
  await it.connect();
  const link = server.links.at(-1);
  await openFeed(it, server);
  const junk = [
    (n) => event("device:feed:reply", { feedId: `nobody-${n}`, value: n }),
    (n) => event("device:feed:rpc", { requestId: `nobody-${n}`, feedId: `f-${n}` }),
    (n) =>
      event("device:cmd:reply", {
        requestId: `nobody-${n}`,
        correlationId: `c-${n}`,
        stdout: "",
        stderr: "",
        returnCode: 0,
      }),
    (n) => `43${n}["x"]`,
    (n) => event(`unknown-${n}`, n),
    (n) => `42/ns-${n},["x"]`,
    (n) => event("device:feed:reply", { value: n }),
    (n) => `42${n}["question",${n}]`,
    () => "6",
    () => "3",
  ];
  const flood = async () => {
    for (let n = 0; n < 50_000; n++) link.send(junk[n % junk.length](n));
    await handled(it, link, diary);
  };
  const before = it.stats();
  await flood();
  const first = await held();
  await flood();
  const second = await held();
  t.diagnostic(`heap ${first.heap} → ${second.heap}, wasm ${first.wasm} → ${second.wasm}`);
  assert.ok(second.heap - first.heap < 2 * MIB && second.wasm === first.wasm, "a second flood does not grow memory");
  assert.equal(it.stats().framesIn - before.framesIn, 100_002);
  assert.equal(it.stats().samples, 0);
  assert.deepEqual(diary.names(), ["connect"]);
  await assertUsable(it, server);
});

test("endless samples for a feed whose reply never comes: the newest 1,024 are kept", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t);
  await it.connect();
  const link = server.links.at(-1);
  const heard = [];
  const opening = it.feed({ deviceId: "d", table: "t", source: "s" }, ({ messageId }) => heard.push(messageId));
  const { requestId } = await link.request("device:feed");
  for (let n = 0; n < 25_000; n++)
    link.send(event("device:feed:reply", { feedId: "f", requestId, messageId: String(n), value: "x".repeat(100) }));
  await handled(it, link, diary);
  const before = await held();
  for (let n = 25_000; n < 50_000; n++)
    link.send(event("device:feed:reply", { feedId: "f", requestId, messageId: String(n), value: "x".repeat(100) }));
  await handled(it, link, diary);
  const after = await held();
  assert.ok(after.wasm === before.wasm && after.heap - before.heap < 2 * MIB, JSON.stringify({ before, after }));
  link.send(event("device:feed:rpc", { requestId, feedId: "f" }));
  await opening;
  await until(() => heard.length > 0 && heard.at(-1) === "49999");
  assert.deepEqual(
    heard,
    Array.from({ length: 1_024 }, (_, n) => String(50_000 - 1_024 + n)),
  );
  await assertUsable(it, server);
});

for (const [what, frames, message] of /** @type {[string, () => (string | Buffer)[], RegExp][]} */ ([
  ["eleven attachments", () => [`4511-${placeholders(11)}`], /limit of 10/],
  [
    "more than 64 MiB of attachments",
    () => [`4510-${placeholders(10)}`, ...Array.from({ length: 9 }, () => Buffer.alloc(8 * MIB))],
    /67108864|64/,
  ],
  ["a text frame in place of an attachment", () => [`451-${placeholders(1)}`, event("x")], /plaintext data/],
  ["a count too large for a number", () => [`45${"9".repeat(1_000)}-${placeholders(1)}`], /attachments/],
])) {
  test(`${what}: a parse error`, LIMIT, async (t) => {
    const { it, server, diary } = await pair(t);
    await it.connect();
    server.links[0].send(...frames());
    await diary.count("disconnect", 1);
    assert.equal(diary.of("disconnect")[0].reason, "parse error");
    isArdexaError(diary.of("disconnect")[0].error, "protocol");
    assert.match(diary.of("disconnect")[0].error.message, message);
    assert.ok(diary.of("disconnect")[0].error.message.length < 400);
    await assertUsable(it, server);
  });
}

test("missing attachments: heartbeats continue, and after a minute it is a parse error", LIMIT, async (t) => {
  const { now } = Date;
  let shiftMs = 0;
  t.mock.method(Date, "now", () => now() + shiftMs);
  const { it, server, diary } = await pair(t, (link) => link.accept({ pingInterval: 200_000, pingTimeout: 200_000 }));
  await it.connect();
  const link = server.links[0];
  link.send(`452-${placeholders(2)}`, Buffer.alloc(10), "2");
  await link.frame("3");
  shiftMs = 59_000;
  link.send("2probe");
  await link.frame("3probe");
  assert.equal(it.state, "connected");
  shiftMs = 61_000;
  link.send("2");
  await diary.count("disconnect", 1);
  assert.equal(diary.of("disconnect")[0].reason, "parse error");
  assert.match(diary.of("disconnect")[0].error.message, /attachment/);
  shiftMs = 0;
  await assertUsable(it, server);
});

test("4 MB frames of every kind: delivered once, and the memory is reused", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t);
  await it.connect();
  const link = server.links[0];
  let samples = 0;
  await openFeed(it, server, () => samples++);
  const text = "x".repeat(4_000_000);
  const round = async (n) => {
    const call = it.cmd("d", "x");
    const { requestId } = await link.request("device:cmd", n);
    link.send(
      event("device:feed:reply", { feedId: "f", value: text }),
      event("unknown", text),
      event("device:cmd:reply", { requestId, stdout: text, stderr: "", returnCode: 0, correlationId: "c" }),
    );
    assert.equal((await call).stdout.length, text.length);
    await handled(it, link, diary);
    return wasmBytes();
  };
  const first = await round(1);
  const later = [await round(2), await round(3)];
  t.diagnostic(`wasm after one round ${(first / MIB).toFixed(1)} MiB, after three ${(later[1] / MIB).toFixed(1)} MiB`);
  assert.ok(later[1] <= first * 1.25 + MIB, "memory does not grow with each round");
  assert.equal(samples, 3);
  await assertUsable(it, server);
});

test("a frame above the platform's limit only ends the connection", LIMIT, async (t) => {
  const { it, server, diary } = await pair(t);
  await it.connect();
  server.links[0].send(event("unknown", "x".repeat(101 * MIB))); // the limit of `ws` is 100 MiB
  await diary.count("disconnect", 1);
  assert.match(diary.of("disconnect")[0].reason, /^transport (error|close)$/);
  assert.deepEqual(diary.names(), ["connect", "disconnect"]);
  await assertUsable(it, server);
});

/**
 * Frames in place of the open packet, of the acceptance, and after it.
 * @typedef {{ before?: string[], accept?: string, after?: string[] }} Script
 */
const deep = (depth) => `${'{"a":['.repeat(depth)}${"]}".repeat(depth)}`;
for (const depth of [200, 100_000]) {
  for (const [what, frames] of /** @type {[string, () => Script][]} */ ([
    [
      "the open packet",
      () => ({ before: [`0{"sid":"s","x":${deep(depth)},"pingInterval":25000,"pingTimeout":20000}`] }),
    ],
    ["the acceptance", () => ({ accept: `40{"sid":"s","x":${deep(depth)}}` })],
    ["a refusal", () => ({ accept: `44{"message":"no","data":${deep(depth)}}` })],
    ["an event", () => ({ after: [`42["x",${deep(depth)}]`] })],
    ["a sample", () => ({ after: [`42["device:feed:reply",{"feedId":"f","value":${deep(depth)}}]`] })],
    ["an error", () => ({ after: [`42["device:cmd:rpc",{"error":${deep(depth)}}]`] })],
    ["an acknowledgement", () => ({ after: [`430[${deep(depth)}]`] })],
    [
      "a broadcast",
      () => ({ after: [`42["device:stateChange",{"cn":"c","vhost":"v","online":true,"x":${deep(depth)}}]`] }),
    ],
  ])) {
    test(`JSON ${depth} levels deep in ${what}: one outcome, and the client survives`, LIMIT, async (t) => {
      const { before, accept = '40{"sid":"s"}', after } = frames();
      const { it, server, diary } = await pair(t, async (link) => {
        link.send(...(before ?? [open()]));
        await link.frame("40");
        if (!link.closed) link.send(accept);
      });
      const outcome = await it.connect().then(
        () => "connected",
        (error) => error.code,
      );
      assert.ok(["connected", "protocol", "unauthorized"].includes(outcome), outcome);
      if (after && outcome === "connected") {
        const ack = it.emitWithAck("x", []).catch((error) => error.code);
        await openFeed(it, server);
        const call = it.cmd("d", "x").catch((error) => error.code);
        server.links[0].send(...after);
        await handled(it, server.links[0], diary);
        for (const { reason } of diary.of("disconnect")) assert.equal(reason, "parse error");
        await it.close();
        for (const settled of await Promise.all([ack, call]))
          assert.ok(
            typeof settled !== "string" || /closed|disconnected|rejected|protocol/.test(settled),
            String(settled),
          );
      }
      assert.ok(diary.entries.length <= 3, diary.names().join());
      await assertUsable(it, server);
    });
  }
}
