// Malformed frames: ones that the reference decoder accepts or crashes on, and generated ones. Each causes one parse
// error that says why, or is accepted on purpose; after each the client connects again and works.
import {
  assertUsable,
  behave,
  diaryOf,
  event,
  handled,
  isArdexaError,
  open,
  pair,
  rawServer,
  client,
  until,
} from "./lib/hostile.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, draw, seedFrom } from "../lib/random.mjs";
import { MemorySocket, open as sockets } from "../survival/lib/memory-socket.mjs";
import { ArdexaClient, ArdexaError } from "../survival/lib/support.mjs";

const NO_ARRAY = /must be an? (non-empty )?array/,
  NO_COUNT = /how many attachments/,
  RESERVED = /reserved/,
  NO_JSON = /not valid JSON/,
  NO_NAME = /must begin with its name/;
const NO_PACKET = /no packet waiting/,
  TYPE = /unknown .*packet type/,
  NO_ID = /ACK without an id/,
  BIG_ID = /ack id/;

/**
 * The message of the parse error, null if the frame is ignored, or the events it delivers.
 * @type {[frame: string | Buffer, effect: RegExp | null | string[]][]}
 */
const FRAMES = [
  // Misread by the reference decoder, or crashing it (Socket.IO packet types follow Engine.IO's 4).
  ["4", /empty/],
  ["42", NO_ARRAY],
  ["43", NO_ID],
  ["44", /for a joined namespace/],
  ["4212", NO_ARRAY],
  ["42/a", NO_ARRAY],
  ['42 ["a"]', NO_ARRAY],
  ['42999999999999999999999["a"]', BIG_ID],
  ['4218446744073709551616["a"]', BIG_ID],
  ["41 1", /must be JSON/],
  ["41x", NO_JSON],
  ["410", /no ack id/],
  ["40null", /must be an object/],
  ["44null", /object or a string/],
  ["42[]", NO_NAME],
  ["42{}", NO_ARRAY],
  ["42[true]", NO_NAME],
  ["42[null]", NO_NAME],
  ["42[{}]", NO_NAME],
  ['42["a"]x', NO_JSON],
  ['42,["a"]', NO_ARRAY],
  ["47", TYPE],
  ['43["connect"]', NO_ID],
  ["431", NO_ARRAY],
  ["431{}", NO_ARRAY],
  // Event names reserved by Socket.IO.
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map(
    (name) => /** @type {[string, RegExp]} */ ([`42["${name}"]`, RESERVED]),
  ),
  // Attachments.
  ["45", NO_COUNT],
  ["451", NO_COUNT],
  ["45a-", NO_COUNT],
  ["451.23-", NO_COUNT],
  ['450-["a"]', NO_COUNT],
  ['45-1-["a"]', NO_COUNT],
  ['4511-["a"]', /limit of 10/],
  ['451-["a",{"_placeholder":true,"num":1}]', /placeholder/],
  ['451-["a",{"_placeholder":true,"num":-1}]', /placeholder/],
  ['451-["a",{"_placeholder":true,"num":0.5}]', /placeholder/],
  ['451-["a",{"_placeholder":true,"num":"0"}]', /placeholder/],
  ['451-["a",{"_placeholder":true,"num":0,"num":"constructor"}]', /placeholder/],
  ['451-["a",{"\\u005fplaceholder":true,"num":"__proto__"}]', /placeholder/],
  ["461-[]", NO_ID],
  [Buffer.from([1, 2]), NO_PACKET],
  [Buffer.alloc(0), NO_PACKET],
  ["bAAAA", NO_PACKET],
  ["b*", /base64/],
  // Invalid JSON.
  ['42["a",]', NO_JSON],
  ['42["a"', NO_JSON],
  ['42["a\u0001"]', NO_JSON],
  ['42["a",01]', NO_JSON],
  ['42["a",NaN]', NO_JSON],
  ["42[\"a\",'x']", NO_JSON],
  ['42["a",undefined]', NO_JSON],
  ['42["\\ud800"]', NO_NAME],
  // Engine.IO.
  ["", /empty/],
  ["9", TYPE],
  ["x", TYPE],
  ["é1234", TYPE],
  ["7", TYPE],
  [' 42["a"]', TYPE],
  ['\ufeff42["a"]', TYPE],
  ["\u0000", TYPE],
  ["0", /second open/],
  ["0{}", /second open/],
  // A second acceptance.
  ["40", /second CONNECT/],
  ['40{"sid":"again"}', /second CONNECT/],
  // Accepted: valid packets, other namespaces, unexpected replies.
  ['4218446744073709551615["a"]', ["a"]],
  ["42[1]", ["1"]],
  ['42["a"] ', ["a"]],
  ['42/,["a"]', ["a"]],
  ['42["__proto__",{"__proto__":1}]', ["__proto__"]],
  ['42["then"]', ["then"]],
  ['430["connect"]', null],
  ["43999[]", null],
  ['42/other,["a"]', null],
  ["40/other,{}", null],
  ["44/other,{}", null],
  ["41/other,", null],
  ["41/admin", null],
  ["41/admin,null", null],
  ['41/admin,{"message":"bye"}', null],
  ["3", null],
  ["3probe", null],
  ["5", null],
  ["6", null],
  ["6x", null],
];

test(
  `${FRAMES.length} malformed and unusual frames: one effect each, and the client stays usable`,
  { timeout: 60_000 },
  async (t) => {
    const { it, server, diary } = await pair(t);
    for (const [frame, effect] of FRAMES) {
      const name = typeof frame === "string" ? frame : `bytes ${[...frame]}`;
      await it.connect();
      diary.clear();
      const heard = [];
      const stop = it.onAny((event) => event !== "handled" && heard.push(event));
      const link = server.links.at(-1);
      link.send(frame);
      await handled(it, link, diary);
      stop();
      if (effect instanceof RegExp) {
        assert.deepEqual(
          diary.entries.map(({ name: what, reason }) => [what, reason]),
          [["disconnect", "parse error"]],
          name,
        );
        const { error } = diary.entries[0];
        isArdexaError(error, "protocol");
        assert.match(error.message, effect, name);
        assert.ok(error.message.length < 400, `${name}: ${error.message.length} characters`);
        assert.deepEqual(heard, [], name);
      } else {
        assert.deepEqual(diary.names(), [], name);
        assert.deepEqual(heard, effect ?? [], name);
      }
      await assertUsable(it, server);
    }
  },
);

/** In place of the open packet, and in place of the reply to CONNECT. */
for (const stage of ["open", "acceptance"]) {
  test(
    `the same frames in place of the ${stage} packet: one error, or ignored until the acceptance`,
    { timeout: 60_000 },
    async (t) => {
      let frame;
      const { it, server, diary } = await pair(t, async (link) => {
        if (stage === "acceptance") {
          link.send(open());
          await link.frame("40");
        }
        link.send(frame);
        if (link.closed) return;
        if (stage === "open") await link.accept();
        else link.send('40{"sid":"late"}');
      });
      const outcomes = {};
      for ([frame] of FRAMES) {
        const name = typeof frame === "string" ? frame : `bytes ${[...frame]}`;
        diary.clear();
        const outcome = await it.connect().then(
          () => "connected",
          (error) => error,
        );
        if (outcome !== "connected") {
          assert.ok(
            ["protocol", "unauthorized", "unreachable"].includes(outcome.code),
            `${name}: ${outcome.code} ${outcome.message}`,
          );
          isArdexaError(outcome, outcome.code);
          assert.deepEqual(diary.names(), ["connect_error"], name);
        }
        const key = outcome.code ?? outcome;
        outcomes[key] = (outcomes[key] ?? 0) + 1;
        await assertUsable(it, server);
      }
      t.diagnostic(JSON.stringify(outcomes));
      // A first frame that is not a handshake means another kind of server.
      const usual = stage === "open" ? outcomes.unreachable : outcomes.protocol;
      assert.ok(usual > FRAMES.length / 2, JSON.stringify(outcomes));
    },
  );
}

/** Valid frames for the generator to corrupt. */
const GOOD = [
  event("device:feed:reply", {
    feedId: "f",
    event_time: "2024-01-01T00:00:00Z",
    messageId: "1",
    value: [1, null, "é🌞"],
  }),
  event("device:cmd:reply", { requestId: "r", stdout: "a\nb", stderr: "", returnCode: 0, correlationId: "c" }),
  event("device:stateChange", { cn: "CN=a,O=b", vhost: "b", online: true }),
  event("device:cmd:rpc", { error: { message: "no" } }),
  '421["ask",{"a":[1,2]}]',
  '430["x"]',
  '452-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
  '461-0[{"_placeholder":true,"num":0}]',
  "2",
  "3",
  "6",
  "41/other,",
  "bAQID",
  '40{"sid":"s"}',
  '44{"message":"no"}',
  '42/ns,7["a"]',
];

/** @param {ReturnType<typeof draw>} draws */
function spoiled({ pick, int, yes }) {
  let frame = pick(GOOD);
  for (let n = int(1, 4); n > 0; n--) {
    const at = int(0, frame.length);
    const some = pick([
      '"',
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\\",
      "0",
      "9",
      "-",
      ".",
      "e",
      " ",
      "\u0000",
      "é",
      "\ud83c",
      "/",
      "null",
      "true",
      '{"_placeholder":true,"num":0}',
      "__proto__",
    ]);
    if (yes(0.4)) frame = frame.slice(0, at) + some + frame.slice(at);
    else if (yes(0.5)) frame = frame.slice(0, at) + frame.slice(at + int(1, 6));
    else if (yes(0.5)) frame = frame.slice(0, at) + some + frame.slice(at + some.length);
    else frame = frame.slice(0, at) + frame.slice(int(0, frame.length));
  }
  return frame;
}

test(
  "5,000 generated frames: each is a parse error or accepted, nothing stays open, nothing is sent unrequested",
  { timeout: 60_000 },
  async (t) => {
    const seed = seedFrom("HOSTILE_SEED", 7);
    t.diagnostic(`HOSTILE_SEED=${seed}`);
    const draws = draw(chance(seed));
    /** What the client may send: heartbeats, its caller's requests, the disconnect. */
    const usual = /^(3|41$|42\["device:(feed|cmd)",|42\["device:feed:stop",)/;
    class Recorder extends MemorySocket {
      static onFrame = (_socket, frame) =>
        assert.match(frame, usual, "no server can make the client send what its caller did not request");
    }
    const it = new ArdexaClient({
      url: "http://localhost:1",
      workgroup: "w",
      token: "t",
      webSocket: Recorder,
      reconnect: false,
    });
    t.after(() => it.close());
    const diary = diaryOf(it);
    let [ended, passed, warned] = [0, 0, 0];
    let heard = 0;
    it.onAny((name, value) => name === "handled" && (heard = Number(value)));
    for (let n = 1; n <= 5_000; n++) {
      if (it.state !== "connected") {
        await it.connect();
        it.feed({ deviceId: "d", table: "t", source: "s" }, () => {}).catch(() => {});
        it.cmd("d", "x", { requestId: "r" }).catch(() => {});
      }
      diary.clear();
      const socket = [...sockets].at(-1);
      const frame = spoiled(draws);
      socket.give(frame);
      if (it.state === "connected") socket.give(event("handled", n));
      const losses = diary.of("disconnect");
      assert.ok(losses.length <= 1);
      if (losses.length === 1) {
        const [{ reason, error }] = losses;
        assert.ok(["parse error", "io server disconnect", "transport close"].includes(reason), `${frame}: ${reason}`);
        if (reason === "parse error") isArdexaError(error, "protocol");
        assert.deepEqual([it.state, it.stats().openRequests, it.stats().openFeeds], ["closed", 0, 0], frame);
        ended++;
      } else {
        // The next frame is delivered, so nothing is stuck, for example waiting for attachments.
        assert.equal(heard, n, `stuck after ${frame}`);
        passed++;
      }
      for (const { error } of diary.of("warning")) {
        assert.ok(
          error instanceof ArdexaError && ["protocol", "rejected"].includes(error.code),
          `${frame}: ${error.message}`,
        );
        warned++;
      }
    }
    t.diagnostic(`${ended} ended the connection, ${passed} were accepted, ${warned} warnings`);
    assert.ok(ended > 1_000 && passed > 400 && warned > 10, `${ended} ${passed} ${warned}`);
    assert.equal({}.polluted, undefined);
  },
);

test(
  "300 generated frames from a real server, with a reconnection after each malformed one",
  { timeout: 60_000 },
  async (t) => {
    const draws = draw(chance(seedFrom("HOSTILE_SEED", 7) + 1));
    const server = await rawServer(t, behave);
    const made = client(t, { url: server.url, reconnect: { minDelayMs: 0, maxDelayMs: 2, stableAfterMs: 0 } });
    await made.client.connect();
    let ended = 0;
    for (let n = 0; n < 300; n++) {
      const { length } = server.links;
      const link = server.links[length - 1];
      made.diary.clear();
      link.send(spoiled(draws));
      await handled(made.client, link, made.diary);
      const [loss] = made.diary.of("disconnect");
      if (!loss) continue;
      ended++;
      if (!loss.willReconnect) await made.client.connect();
      else await made.diary.count("connect", 1);
      await until(() => server.links.length === length + 1);
    }
    assert.ok(ended > 50, String(ended));
    assert.equal((await made.client.cmd("d", "well")).stdout, "well");
  },
);
