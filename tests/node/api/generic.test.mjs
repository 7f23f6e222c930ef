// request, emit, emitWithAck, acknowledgements requested by the server, binary data both ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { WebSocket } from "ws";
import { client, connected, flushed, framesOut, received, simulator } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { collect, deferred, LIMIT, next, until } from "../lib/until.mjs";

const bytes = (...values) => new Uint8Array(values);

/** A connected client; `handlers` is called with the server's socket before the client's first event. */
async function withHandlers(t, handlers, options) {
  const sim = await simulator(t, { onConnection: (socket) => handlers(socket) });
  const made = client(t, sim, options);
  await made.connect();
  return { sim, client: made, socket: sim.sockets[0] };
}

test("request: an event of any name resolves with its :rpc", LIMIT, async (t) => {
  const { client: made, sim } = await withHandlers(t, (socket) =>
    socket.on("device:later", (payload) =>
      socket.emit("device:later:rpc", { requestId: payload.requestId, any: [payload.x, "ü"] }),
    ),
  );
  const answer = await made.request("device:later", { x: 1 }, { requestId: "r" });
  assert.deepEqual(answer, { requestId: "r", any: [1, "ü"] });
  assert.deepEqual(received(sim, "device:later"), [{ requestId: "r", x: 1 }]);
});

test("request: a known event as well", LIMIT, async (t) => {
  const { client: made, deviceId } = await connected(t);
  const answer = /** @type {any} */ (await made.request("device:sendArdpkg", { deviceId }));
  assert.equal(answer.complete, true);
});

test("request: rejects if the reply carries an error", LIMIT, async (t) => {
  const { client: made } = await connected(t);
  await rejects(made.request("device:refreshMeta", { deviceId: "none" }), "rejected", {
    event: "device:refreshMeta",
    data: { message: "Unknown device" },
  });
});

test("request: a requestId in the payload is used", LIMIT, async (t) => {
  const { client: made, deviceId, sim } = await connected(t);
  const answer = /** @type {any} */ (await made.request("device:sendArdpkg", { deviceId, requestId: "payload's" }));
  assert.equal(answer.requestId, "payload's");
  assert.deepEqual(received(sim, "device:sendArdpkg"), [{ deviceId, requestId: "payload's" }]);
});

test("emit: any arguments, in order, as JSON", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  assert.equal(made.emit("bare"), undefined);
  made.emit("many", 1, "two", null, [3, { four: "ü" }], true, undefined, NaN, () => {}, new Date(0));
  await flushed(made, sim);
  assert.deepEqual(
    sim.received.slice(0, 2).map(({ event, args }) => [event, args]),
    [
      ["bare", []],
      ["many", [1, "two", null, [3, { four: "ü" }], true, null, null, null, "1970-01-01T00:00:00.000Z"]],
    ],
  );
});

test("emit: throws without a connection, and sends nothing", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = client(t, sim);
  const code = (call) => {
    try {
      call();
    } catch (error) {
      return error.code;
    }
  };
  assert.equal(
    code(() => made.emit("early")),
    "not-connected",
  );
  await made.connect();
  await made.close();
  assert.equal(
    code(() => made.emit("late")),
    "closed",
  );
  assert.equal(sim.received.length, 0);
});

test("emitWithAck: resolves with the acknowledgement's arguments, even if there are none", LIMIT, async (t) => {
  const { client: made } = await withHandlers(t, (socket) =>
    socket.on("ask", (...args) => args.pop()(...args, "ü")).on("none", (answer) => answer()),
  );
  assert.deepEqual(await made.emitWithAck("ask", [1, { two: [2] }]), [1, { two: [2] }, "ü"]);
  assert.deepEqual(await made.emitWithAck("none", []), []);
});

test("emitWithAck: many concurrent calls, acknowledged in another order", LIMIT, async (t) => {
  const held = [];
  const { client: made } = await withHandlers(t, (socket) =>
    socket.on("ask", (n, answer) => {
      held.push(() => answer(n));
      if (held.length === 30) for (const go of held.reverse()) go();
    }),
  );
  const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => made.emitWithAck("ask", [n])));
  assert.deepEqual(
    answers.flat(),
    Array.from({ length: 30 }, (_, n) => n),
  );
});

test("emitWithAck: a timeout, and the late acknowledgement is ignored", LIMIT, async (t) => {
  const late = deferred();
  const { client: made } = await withHandlers(t, (socket) => socket.on("ask", (answer) => late.resolve(answer)));
  const warnings = collect(made, "warning");
  await rejects(made.emitWithAck("ask", [], { timeoutMs: 20 }), "timeout", {
    event: "ask",
    message: /acknowledgement/,
  });
  (await late.promise)("too late");
  await rejects(made.emitWithAck("nothing", [], { timeoutMs: 20 }), "timeout");
  assert.deepEqual(warnings, []);
  assert.equal(made.state, "connected");
});

test("emitWithAck: a lost connection rejects with `disconnected`", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const call = made.emitWithAck("ask", []);
  await flushed(made, sim);
  sim.dropAll();
  await rejects(call, "disconnected", { event: "ask" });
});

test("binary arguments: Uint8Array, ArrayBuffer, Buffer and views at any depth", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const whole = bytes(0, 1, 2, 3, 4, 255);
  const cases = [
    whole,
    whole.buffer,
    Buffer.from(whole),
    whole.subarray(1, 3),
    new DataView(whole.buffer, 2, 2),
    new Uint16Array([0x0201]),
    bytes(),
  ];
  for (const value of cases) made.emit("binary", { deep: [value, "x", value] }, value);
  await flushed(made, sim);
  const got = sim.received.filter(({ event }) => event === "binary").map(({ args }) => args);
  const wanted = [[0, 1, 2, 3, 4, 255], [0, 1, 2, 3, 4, 255], [0, 1, 2, 3, 4, 255], [1, 2], [2, 3], [1, 2], []];
  assert.equal(got.length, wanted.length);
  got.forEach(([{ deep }, last], i) => {
    assert.ok(Buffer.isBuffer(last));
    assert.deepEqual([...last], wanted[i]);
    assert.deepEqual([[...deep[0]], deep[1], [...deep[2]]], [wanted[i], "x", wanted[i]]);
  });
});

test("binary data of another realm's classes, as in a test runner's, both ways", LIMIT, async (t) => {
  const elsewhere = (array) => runInNewContext("new Uint8Array(array).buffer", { array });
  class Elsewhere extends WebSocket {
    // @ts-expect-error the types declare a property, which is an accessor
    set onmessage(listener) {
      // @ts-expect-error likewise
      super.onmessage =
        listener &&
        (({ data }) =>
          listener({
            data: typeof data === "string" ? data : elsewhere([...new Uint8Array(/** @type {ArrayBuffer} */ (data))]),
          }));
    }
  }
  const { sim, client: made } = await connected(t, { webSocket: Elsewhere });
  assert.equal(elsewhere([1]) instanceof ArrayBuffer, false);
  const shared = new SharedArrayBuffer(2);
  made.emit("binary", elsewhere([1, 2]), runInNewContext("new Uint8Array([3])"), shared);
  const heard = [];
  made.onAny((_name, ...args) => heard.push(args));
  sim.broadcast("picture", Buffer.from([4, 5]));
  await flushed(made, sim);
  await until(() => heard.length === 1);
  assert.deepEqual(
    sim.received[0].args.map((value) => [...value]),
    [[1, 2], [3], [0, 0]],
  );
  assert.deepEqual(heard, [[bytes(4, 5)]]);
});

test("a request with binary data in the payload and in extra, and in its reply", LIMIT, async (t) => {
  const answers = [];
  const { client: made } = await withHandlers(t, (socket) => {
    socket.on(
      "device:photo",
      ({ requestId, mask, crop }) =>
        answers.push([mask, crop]) &&
        socket.emit("device:photo:rpc", { requestId, images: [Buffer.from([1, 2]), null, mask] }),
    );
    socket.on("device:odd", ({ requestId, ...odd }) => socket.emit("device:odd:rpc", { requestId, ...odd }));
  });
  const ask = () =>
    made.request("device:photo", { mask: bytes(7, 8) }, { requestId: "r", extra: { crop: Buffer.from([9]) } });
  const wanted = { requestId: "r", images: [bytes(1, 2), null, bytes(7, 8)] };
  assert.deepEqual(await ask(), wanted);
  const stop = made.onAny((_name, payload) => answers.push(payload));
  assert.deepEqual(await ask(), wanted);
  stop();
  assert.deepEqual(answers, [[Buffer.from([7, 8]), Buffer.from([9])], [Buffer.from([7, 8]), Buffer.from([9])], wanted]);

  // Data of a rejected call must not appear in the next reply.
  await rejects(made.emitWithAck("x", [bytes(99)], { timeoutMs: -1 }), "invalid-argument", { message: /timeoutMs/ });
  await rejects(made.request("x", { a: bytes(99) }, { timeoutMs: -1 }), "invalid-argument", { message: /timeoutMs/ });
  const odd = { a: { _placeholder: true, num: 0 } };
  assert.deepEqual(await made.request("device:odd", odd, { requestId: "o" }), { requestId: "o", ...odd });
});

test("binary data is rejected in a configuration, in a feed's extra and as the whole payload", LIMIT, async (t) => {
  const { client: made, deviceId, solar } = await connected(t);
  const value = bytes(1);
  await rejects(made.testConfig(deviceId, { a: [value] }), "invalid-argument", { message: /^config: .*binary/ });
  await rejects(made.feed(solar, { extra: { value } }), "invalid-argument", { message: /^extra: .*binary/ });
  for (const payload of /** @type {any[]} */ ([value, value.buffer, Buffer.from(value)]))
    await rejects(made.request("device:x", payload), "invalid-argument", { message: /^payload: must be an object/ });
  assert.throws(() => made.emit("x", ...Array(11).fill(value)), {
    code: "invalid-argument",
    message: /^x: args: 11 attachments/,
  });
});

test("binary arguments are copied at the call", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const value = bytes(1, 2, 3);
  made.emit("binary", value);
  value.fill(9);
  await flushed(made, sim);
  assert.deepEqual([...received(sim, "binary")[0]], [1, 2, 3]);
});

test("a large binary argument arrives complete", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const value = new Uint8Array(900_000).map((_, i) => i * 31);
  made.emit("binary", value);
  await flushed(made, sim);
  assert.deepEqual(Buffer.compare(received(sim, "binary")[0], Buffer.from(value)), 0);
});

test("binary data from the server arrives as Uint8Array", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const heard = [];
  made.onAny((name, ...args) => heard.push([name, ...args]));
  sim.broadcast("picture", Buffer.from([1, 2]), { again: [Buffer.from([]), null] }, "ü");
  await until(() => heard.length === 1);
  assert.deepEqual(heard, [["picture", bytes(1, 2), { again: [bytes(), null] }, "ü"]]);
  assert.equal(Object.getPrototypeOf(heard[0][1]), Uint8Array.prototype);
});

test("binary data in acknowledgements, both ways", LIMIT, async (t) => {
  const { client: made } = await withHandlers(t, (socket) =>
    socket.on("echo", (value, answer) => answer({ value, size: value.length }, Buffer.from([7]))),
  );
  assert.deepEqual(await made.emitWithAck("echo", [bytes(5, 6)]), [{ value: bytes(5, 6), size: 2 }, bytes(7)]);
});

test("an object that looks like a placeholder stays an object", LIMIT, async (t) => {
  const { client: made, sim } = await connected(t);
  const value = { _placeholder: true, num: 0 };
  const heard = [];
  made.onAny((_name, arg) => heard.push(arg));
  made.emit("odd", value);
  sim.broadcast("odd", value);
  await flushed(made, sim);
  await until(() => heard.length === 1);
  assert.deepEqual(received(sim, "odd"), [value]);
  assert.deepEqual(heard, [value]);
});

test("an acknowledgement requested by the server: onAny's last argument sends it", LIMIT, async (t) => {
  const { client: made, socket } = await withHandlers(t, () => {});
  made.onAny((name, ...args) => {
    const ack = args.pop();
    assert.ok(typeof ack === "function");
    assert.equal(ack(name, ...args, bytes(1)), undefined);
  });
  assert.deepEqual(await emitAsking(socket, "question", 1, "ü"), ["question", 1, "ü", Buffer.from([1])]);
  assert.deepEqual(await emitAsking(socket, "bare"), ["bare", Buffer.from([1])]);
});

test("without such a request, onAny receives no extra argument", LIMIT, async (t) => {
  const { client: made, socket } = await withHandlers(t, () => {});
  const heard = [];
  made.onAny((...all) => heard.push(all));
  socket.emit("plain", 1);
  await until(() => heard.length === 1);
  assert.deepEqual(heard, [["plain", 1]]);
});

test("an acknowledgement may come later, and only the first counts", LIMIT, async (t) => {
  const { client: made, sim, socket } = await withHandlers(t, () => {});
  const frames = framesOut(made);
  const { promise, resolve } = deferred();
  made.onAny((_name, ack) => resolve(ack));
  const answer = emitAsking(socket, "question");
  const ack = await promise;
  ack("first");
  ack("second");
  assert.deepEqual(await answer, ["first"]);
  await flushed(made, sim);
  assert.equal(frames.filter((frame) => String(frame).startsWith("43")).length, 1);
});

test(
  "an acknowledgement after a reconnection is dropped: on the new connection it could match another event",
  LIMIT,
  async (t) => {
    const {
      client: made,
      sim,
      socket,
    } = await withHandlers(t, () => {}, { reconnect: { minDelayMs: 0, maxDelayMs: 1 } });
    const { promise, resolve } = deferred();
    const stop = made.onAny((_name, ack) => resolve(ack));
    socket.emit("question", () => {});
    const ack = await promise;
    stop();
    const back = next(made, "connect");
    sim.dropAll();
    await back;
    const frames = framesOut(made);
    ack("late");
    await flushed(made, sim);
    assert.deepEqual(
      frames.filter((frame) => /^4[36]/.test(String(frame))),
      [],
    );
    assert.equal(made.state, "connected");
  },
);

test("an acknowledgement with unsendable data is a warning", LIMIT, async (t) => {
  const { client: made, socket } = await withHandlers(t, () => {});
  const warned = next(made, "warning");
  made.onAny((_name, ack) => typeof ack === "function" && ack(1n));
  socket.emit("question", () => {});
  const { error } = await warned;
  assert.equal(error.code, "invalid-argument");
  assert.match(error.message, /^args\[0\]/);
});

/** Emits from the server and requests an acknowledgement. */
const emitAsking = (socket, name, ...args) =>
  new Promise((resolve) => socket.emit(name, ...args, (...answer) => resolve(answer)));
