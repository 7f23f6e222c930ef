// Replies that are late, duplicate, out of order, for unknown requests, or named like built-in properties.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, FAST, isArdexaError, refused, turn, until } from "./lib/support.mjs";
import { event, rawServer } from "./lib/raw-server.mjs";

/** A connected client, its server's link, and the client's warnings. */
async function pair(t, options) {
  const server = await rawServer(t, (link) => link.accept());
  const made = client(t, { url: server.url, ...options });
  await made.client.connect();
  return { server, link: server.links[0], it: made.client, ...made, warnings: () => made.diary.of("warning") };
}

/** Resolves once the client has handled everything sent before. */
async function handled(it, link) {
  const n = handled.count++;
  const seen = new Promise((resolve) => {
    const stop = it.onAny((name, value) => name === "handled" && value === n && (stop(), resolve(undefined)));
  });
  link.send(event("handled", n));
  await seen;
}
handled.count = 0;

const reply = (requestId, fields = {}) =>
  event("device:cmd:reply", { stdout: "", stderr: "", returnCode: 0, correlationId: "c", requestId, ...fields });

test(":reply before :rpc: the late :rpc is ignored", async (t) => {
  const { it, link, warnings } = await pair(t);
  const done = it.cmd("d", "uptime");
  const { requestId } = await link.request("device:cmd");
  link.send(reply(requestId, { stdout: "up" }), event("device:cmd:rpc", { correlationId: "c", requestId }));
  assert.equal((await done).stdout, "up");
  await handled(it, link);
  assert.equal(warnings().length, 0);
});

test("replies without requestId are matched by the correlationId of the :rpc", async (t) => {
  const { it, link } = await pair(t);
  const calls = ["one", "two", "three"].map((line) => it.cmd("d", line));
  for (let n = 1; n <= 3; n++) {
    const { requestId } = await link.request("device:cmd", n);
    link.send(event("device:cmd:rpc", { correlationId: `c${n}`, requestId }));
  }
  for (const n of [3, 1, 2]) link.send(reply(undefined, { correlationId: `c${n}`, stdout: `out ${n}` }));
  assert.deepEqual(
    (await Promise.all(calls)).map(({ stdout }) => stdout),
    ["out 1", "out 2", "out 3"],
  );
});

test("duplicate, unknown and late replies are ignored", async (t) => {
  const { it, link, warnings } = await pair(t);
  const done = it.cmd("d", "a");
  const { requestId } = await link.request("device:cmd");
  link.send(
    reply(requestId, { stdout: "first" }),
    reply(requestId, { stdout: "second" }),
    reply("unknown"),
    event("device:other:rpc", { requestId: "unknown" }),
  );
  assert.equal((await done).stdout, "first");
  const late = it.cmd("d", "b", { timeoutMs: 30 });
  late.catch(() => {}); // it may reject while the server reads the request
  const { requestId: lateId } = await link.request("device:cmd", 2);
  await refused(late, "timeout", { requestId: lateId, event: "device:cmd" });
  link.send(reply(lateId), event("device:cmd:rpc", { requestId: lateId, error: "late" }));
  await handled(it, link);
  assert.equal(it.stats().openRequests, 0);
  assert.deepEqual(
    warnings().map(({ error }) => [error.code, error.message]),
    [["rejected", "device:cmd: late"]],
    "only the error is a warning",
  );
  const other = it.request("device:applyConfig2", {});
  await link.request("device:applyConfig2");
  link.send(event("device:cmd:rpc", { requestId: (await link.request("device:applyConfig2")).requestId }));
  await handled(it, link);
  assert.equal(it.stats().openRequests, 1, "a reply under another event's name does not count");
  other.catch(() => {});
});

test("an error without requestId rejects the only open request of its event; otherwise it is a warning", async (t) => {
  const { it, link, warnings } = await pair(t);
  const sole = it.cmd("d", "a");
  await link.request("device:cmd");
  link.send(event("device:cmd:rpc", { error: "Unknown device" }));
  const error = await refused(sole, "rejected", { data: "Unknown device" });
  assert.match(error.message, /Unknown device/);
  const two = [it.cmd("d", "b"), it.cmd("d", "c")];
  await link.request("device:cmd", 3);
  link.send(event("device:cmd:rpc", { error: { message: "Which?" } }));
  await handled(it, link);
  assert.equal(it.stats().openRequests, 2);
  assert.equal(warnings().length, 1);
  isArdexaError(warnings()[0].error, "rejected");
  assert.deepEqual(warnings()[0].error.data, { message: "Which?" });
  for (const n of [2, 3]) link.send(reply((await link.request("device:cmd", n)).requestId));
  await Promise.all(two);
});

/** @type {[what: string, value: unknown, message: RegExp][]} */
const ERRORS = [
  ["a string", "Not today", /Not today/],
  ["{message}", { message: "Not today", code: 7 }, /Not today/],
  ["a number", 42, /42/],
  ["an array", [1, 2], /./],
  ["true", true, /./],
  ["an object without message", { reason: "x" }, /./],
];

for (const [what, value, message] of ERRORS) {
  test(`an error that is ${what} rejects with it as data`, async (t) => {
    const { it, link } = await pair(t);
    const calls = [it.cmd("d", "a"), it.refreshMeta("d"), it.request("custom", {})];
    for (const [n, [name, stage]] of [
      ["device:cmd", "reply"],
      ["device:refreshMeta", "rpc"],
      ["custom", "rpc"],
    ].entries()) {
      const { requestId } = await link.request(name);
      link.send(event(`${name}:${stage}`, { requestId, error: value }));
      const error = await refused(calls[n], "rejected", { data: value, requestId, event: name });
      assert.match(error.message, message);
    }
  });
}

test("replies that are not objects or lack required fields: protocol, or a warning", async (t) => {
  const { it, link, warnings, diary } = await pair(t);
  const odd = ["text", 7, null, [1], true];
  for (const payload of odd) link.send(event("device:cmd:reply", payload));
  link.send(event("device:cmd:reply"), event("device:cmd:rpc"));
  await handled(it, link);
  assert.equal(warnings().length, odd.length + 2, "also for an event without a payload");
  for (const { error } of warnings()) isArdexaError(error, "protocol");
  const call = it.cmd("d", "a");
  const { requestId } = await link.request("device:cmd");
  link.send(event("device:cmd:reply", { requestId, stdout: 7 }));
  await refused(call, "protocol", { requestId });
  assert.deepEqual(
    diary.names().filter((name) => name !== "warning"),
    ["connect"],
  );
});

test("samples for unknown feeds and malformed broadcasts do no harm", async (t) => {
  const { it, link, diary, warnings } = await pair(t);
  const changes = [];
  it.on("device:stateChange", (change) => changes.push(change));
  link.send(
    event("device:feed:reply", { feedId: "unknown", value: 1 }),
    event("device:feed", { value: 1 }),
    event("device:feed:anything", "text"),
    event("device:feed:rpc", { feedId: "unknown", requestId: "unknown" }),
    event("device:stateChange", { cn: 7 }),
    event("device:stateChange", "text"),
    event("device:new", null),
    event("device:metaChange", []),
    event("device:stateChange", { cn: "CN=a,O=b", vhost: "b", online: true, more: 1 }),
  );
  await handled(it, link);
  assert.equal(it.stats().samples, 0);
  assert.deepEqual(changes, [{ cn: "CN=a,O=b", vhost: "b", online: true, more: 1, deviceId: "a" }]);
  assert.equal(warnings().length, 4, "one for each malformed broadcast");
  for (const { error } of warnings()) isArdexaError(error, "protocol");
  assert.equal(diary.of("disconnect").length, 0);
});

test("__proto__, constructor, toString as names and keys: delivered unchanged, nothing polluted", async (t) => {
  const { it, link } = await pair(t);
  const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then", "valueOf", "length"];
  const heard = [];
  it.onAny((name, ...args) => heard.push([name, args]));
  const nasty = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"toString":"x","valueOf":3}';
  for (const key of keys) link.send(`42["${key}",${nasty}]`);
  link.send(`42["device:stateChange",{"cn":"c","vhost":"v","online":true,"__proto__":{"polluted":4}}]`);
  const call = it.request("__proto__", JSON.parse('{"__proto__":{"a":1},"constructor":1}'));
  const sent = await link.request("__proto__");
  assert.deepEqual(Object.keys(sent).sort(), ["__proto__", "constructor", "requestId"]);
  link.send(`42["__proto__:rpc",{"requestId":"${sent.requestId}","__proto__":{"polluted":5}}]`);
  const answer = await call;
  assert.ok(Object.hasOwn(/** @type {object} */ (answer), "__proto__"), "an own property, as JSON.parse makes it");
  const ack = it.emitWithAck("constructor", [{ then: "now" }]);
  await until(() => link.frames.some((frame) => String(frame).startsWith("420[")));
  link.send('430[{"then":"later","__proto__":{"polluted":6}}]');
  const [{ then }] = /** @type {{then: unknown}[]} */ (await ack);
  assert.equal(then, "later");
  await until(() => heard.length >= keys.length + 1);
  assert.deepEqual(
    heard.slice(0, keys.length).map(([name]) => name),
    keys,
  );
  assert.ok(Object.hasOwn(heard[0][1][0], "__proto__"));
  assert.ok(!("polluted" in {}) && !("polluted" in Object.prototype));
  for (const key of keys)
    assert.throws(
      // @ts-expect-error not an event of the client
      () => it.on(key, () => {}),
      { code: "invalid-argument" },
    );
});

test("a reply with a `then` that is a string, an object or a number resolves with it", async (t) => {
  const { it, link } = await pair(t);
  for (const [n, then] of ["text", { a: 1 }, 7, null].entries()) {
    const call = it.request("custom", {});
    const { requestId } = await link.request("custom", n + 1);
    link.send(event("custom:rpc", { requestId, then }));
    const answer = /** @type {{then: unknown}} */ (await call);
    assert.deepEqual(answer.then, then);
  }
});

test("event names that are numbers, empty, long or not ASCII reach onAny", async (t) => {
  const { it, link, diary } = await pair(t);
  const heard = [];
  it.onAny((name, ...args) => heard.push([name.length > 1_000 ? `length ${name.length}` : name, ...args]));
  const long = "n".repeat(100_000);
  link.send(
    '42[7,"seven"]',
    '42["",1]',
    event("日本é\u0000", 2),
    event(long),
    '42["message"]',
    '42["error",{}]',
    '42["open"]',
    '42["close",null]',
  );
  await until(() => heard.length === 8);
  assert.deepEqual(heard, [
    ["7", "seven"],
    ["", 1],
    ["日本é\u0000", 2],
    ["length 100000"],
    ["message"],
    ["error", {}],
    ["open"],
    ["close", null],
  ]);
  assert.deepEqual(diary.names(), ["connect"]);
});

test("acknowledgements: duplicate, unknown and late ones are ignored; ids continue after a reconnection", async (t) => {
  const { it, link, server, diary } = await pair(t, { reconnect: FAST });
  const first = it.emitWithAck("a", []);
  await until(() => link.frames.some((frame) => String(frame).startsWith("420")));
  link.send("43999[]", "4318446744073709551615[]", '430["x"]', '430["y"]');
  assert.deepEqual(await first, ["x"]);
  const lost = it.emitWithAck("b", []);
  await until(() => link.frames.some((frame) => String(frame).startsWith("421")));
  link.cut();
  await refused(lost, "disconnected");
  await diary.count("connect", 2);
  server.links[1].send('431["late"]', '430["later"]');
  await handled(it, server.links[1]);
  assert.deepEqual(diary.names(), ["connect", "disconnect", "reconnecting", "connect"]);
});

test("an acknowledgement that is too late for its connection is never sent on the next one", async (t) => {
  const { it, link, server, diary } = await pair(t);
  let answer;
  const stop = it.onAny((name, ...args) => name === "question" && (answer = args.at(-1)));
  link.send('427["question"]');
  await until(() => answer);
  stop();
  link.cut();
  await diary.count("disconnect", 1);
  answer("between");
  await diary.count("connect", 2);
  answer("late");
  it.emit("marker");
  await server.links[1].frame('42["marker"]');
  assert.deepEqual(server.links[1].frames, ["40", '42["marker"]']);
  await turn();
  assert.equal(diary.of("warning").length, 0);
});
