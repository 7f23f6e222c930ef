// The server's maxPayload: larger frames are not sent and the connection stays open; all others pass.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, got, isArdexaError, refused, simulator, until } from "./lib/support.mjs";

const LIMIT = 10_000;
/** The bytes of a frame around one string argument: `42["e","…"]`. */
const AROUND = '42["e",""]'.length;

/** A connected client of a simulator with a small limit; `heard` has the arguments of each event "e". */
async function limited(t, options) {
  const heard = [];
  const sim = await simulator(t, {
    maxPayload: LIMIT,
    onConnection: (socket) => socket.on("e", (...args) => heard.push(args)),
    ...options,
  });
  return { sim, heard, ...(await connected(t, sim)) };
}

const tooLarge = (size) => (error) => {
  isArdexaError(error, "too-large");
  assert.ok(error.message.includes(String(size)) && error.message.includes(String(LIMIT)), error.message);
  return true;
};

test("emit: exactly the limit passes, one byte more is refused before sending", async (t) => {
  const { client: it, heard, diary } = await limited(t);
  it.emit("e", "a".repeat(LIMIT - AROUND));
  const { framesOut } = it.stats();
  assert.throws(() => it.emit("e", "a".repeat(LIMIT - AROUND + 1)), tooLarge(LIMIT + 1));
  assert.throws(() => it.emit("e", "a".repeat(5_000_000)), tooLarge(5_000_000 + AROUND));
  assert.equal(it.stats().framesOut, framesOut, "nothing was sent");
  it.emit("e", "end");
  await until(() => heard.length === 2, "both events that fit");
  assert.deepEqual(
    heard.map(([text]) => text.length),
    [LIMIT - AROUND, 3],
  );
  assert.deepEqual(diary.names(), ["connect"]);
});

test("the limit counts bytes, not characters", async (t) => {
  const { client: it, heard } = await limited(t);
  const room = LIMIT - AROUND;
  it.emit("e", "é".repeat(room / 2));
  assert.throws(() => it.emit("e", `${"é".repeat(room / 2)}a`), tooLarge(LIMIT + 1));
  await until(() => heard.length === 1);
  assert.equal(Buffer.byteLength(heard[0][0]), room);
});

test("binary data: each attachment is a separate frame", async (t) => {
  const { client: it, heard } = await limited(t);
  it.emit("e", new Uint8Array(LIMIT), new Uint8Array(LIMIT));
  assert.throws(() => it.emit("e", new Uint8Array(1), new Uint8Array(LIMIT + 1)), tooLarge(LIMIT + 1));
  it.emit("e", new Uint8Array(3));
  await until(() => heard.length === 2);
  assert.deepEqual(
    heard.map((args) => args.map((data) => data.length)),
    [[LIMIT, LIMIT], [3]],
  );
});

test("every kind of request is refused before it is sent, and the connection stays open", async (t) => {
  const { sim, client: it, diary } = await limited(t);
  const { id } = sim.devices[0];
  const text = "x".repeat(LIMIT);
  const request = { deviceId: id, table: text, source: "s" };
  /** @type {[event: string, start: () => Promise<unknown>][]} */
  const requests = [
    ["device:cmd", () => it.cmd(id, text)],
    ["device:testConfig", () => it.testConfig(id, { run: [], note: text })],
    ["device:applyYamlConfig", () => it.applyYamlConfig(id, text)],
    ["device:custom", () => it.request("device:custom", { text })],
    ["device:refreshMeta", () => it.refreshMeta(id, { extra: { text } })],
    ["device:feed", () => it.feed(request, () => {})],
    ["custom:ack", () => it.emitWithAck("custom:ack", [text])],
  ];
  for (const [event, start] of requests) {
    await refused(start(), "too-large", { event });
  }
  assert.equal(it.stats().openRequests, 0);
  assert.equal(it.stats().openFeeds, 0);
  assert.equal(got(sim).length, 0);
  assert.equal((await it.cmd(id, "echo on")).stdout.trim(), "on");
  assert.deepEqual(diary.names(), ["connect"]);
});

test("an acknowledgement above the limit is a warning, and the connection stays open", async (t) => {
  const { sim, client: it, diary } = await limited(t);
  it.onAny((_event, /** @type {(...args: unknown[]) => void} */ answer) => answer("x".repeat(LIMIT)));
  sim.sockets[0].emit("question", () => {});
  await diary.count("warning", 1);
  isArdexaError(diary.of("warning")[0].error, "too-large");
  assert.equal((await it.cmd(sim.devices[0].id, "true")).returnCode, 0);
});

test("after a restart, the limit of the new server applies", async (t) => {
  const { sim, client: it, diary } = await limited(t);
  it.emit("e", "a".repeat(LIMIT - AROUND));
  const { port } = sim;
  await sim.close();
  await limitedAgain(t, port);
  await diary.count("connect", 2);
  assert.throws(
    () => it.emit("e", "a".repeat(1_000)),
    (error) => (isArdexaError(error, "too-large"), true),
  );
  it.emit("e", "a".repeat(50));
});

const limitedAgain = (t, port) => simulator(t, { port, maxPayload: 100 });

test("without a limit from the server, everything is sent", async (t) => {
  const heard = [];
  const sim = await simulator(t, {
    generation: 3,
    maxPayload: 3_000_000,
    onConnection: (socket) => socket.on("e", (...args) => heard.push(args)),
  });
  const { client: it } = await connected(t, sim);
  it.emit("e", "a".repeat(2_500_000));
  await until(() => heard.length === 1);
  assert.equal(heard[0][0].length, 2_500_000);
});

test("a large event arrives complete", async (t) => {
  const sim = await simulator(t);
  const { client: it } = await connected(t, sim);
  const text = "é€𝄞".repeat(1_000_000);
  let heard;
  it.onAny((_event, value) => (heard = value));
  sim.broadcast("large", text);
  await until(() => heard, "the large event");
  assert.ok(heard === text);
});
