// An error's stack begins at the line that made the mistake, not inside the module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { client, connected, simulator } from "../lib/cloud.mjs";
import { ArdexaClient, connect, required } from "../lib/consumer.mjs";
import { LIMIT } from "../lib/until.mjs";

const HERE = fileURLToPath(import.meta.url);
const OPTIONS = Object.freeze({ url: "http://localhost:1", workgroup: "w", token: "stacks-token" });
const FEED = Object.freeze({ deviceId: "d", table: "t", source: "s" });

/** The stack frames of the error that `act` throws or rejects with. @param {() => unknown} act */
async function framesOf(act) {
  try {
    await act();
  } catch (error) {
    assert.equal(error.name, "ArdexaError", error.stack);
    assert.ok(error.stack.startsWith(`ArdexaError: ${error.message}\n`), error.stack);
    return framesIn(error);
  }
  return assert.fail(`${act} did not fail`);
}

/** @param {Error} error */
const framesIn = (error) =>
  String(error.stack)
    .split("\n")
    .filter((line) => line.startsWith("    at "));

/** Mistakes; the stack of each begins in this file. */
const WRONG = {
  cmd: (it) => it.cmd(5, "x"),
  request: (it) => it.request("", {}),
  emitWithAck: (it) => it.emitWithAck("e", 5),
  emit: (it) => it.emit(5),
  on: (it) => it.on("nope", () => {}),
  once: (it) => it.once("connect", 5),
  off: (it) => it.off("connect"),
  onAny: (it) => it.onAny(),
  feed: (it) => it.feed({}),
  series: (it) => it.series(FEED, { capacity: 0 }),
  detached: ({ cmd }) => cmd("d", "x"),
  // @ts-expect-error without the required options
  constructor: () => new ArdexaClient({}),
  // @ts-expect-error without the required options
  "constructor, required": () => new required.ArdexaClient({}),
  // @ts-expect-error without the required options
  "constructor of a subclass": () => new (class extends ArdexaClient {})({}),
  "not connected": (it) => it.cmd("d", "x"),
};

for (const [name, wrong] of Object.entries(WRONG))
  test(`the stack begins at the line of the mistake: ${name}`, LIMIT, async (t) => {
    const it = client(t, OPTIONS);
    const frames = await framesOf(() => wrong(it));
    assert.ok(frames[0].includes(HERE), frames.join("\n"));
    assert.doesNotMatch(frames.join(), /wasm|node_modules/);
  });

test("connect(): the same, below one frame of the package", LIMIT, async () => {
  async function caller() {
    // @ts-expect-error without the required options
    await connect({});
  }
  const frames = await framesOf(caller);
  assert.ok(
    frames.some((frame) => frame.includes("caller") && frame.includes(HERE)),
    frames.join("\n"),
  );
  assert.doesNotMatch(frames.join(), /wasm/);
});

test(
  "the stack of a mistake in a listener begins in the listener, that of the outer call at its own line",
  LIMIT,
  async (t) => {
    const { client: it } = await connected(t);
    const inner = [];
    it.on("disconnect", function listener() {
      try {
        // @ts-expect-error not an event
        it.on("nope", () => {});
      } catch (error) {
        inner.push(framesIn(error)[0]);
      }
    });
    const ended = it.close();
    assert.match(inner[0], /listener/);
    assert.match(
      (
        await framesOf(function outer() {
          // @ts-expect-error not an event
          it.on("nope", () => {});
        })
      )[0],
      /outer/,
    );
    await ended;
  },
);

test("the program's stack trace limit applies", LIMIT, async (t) => {
  const it = client(t, OPTIONS, { callerStacks: true });
  const before = Error.stackTraceLimit;
  t.after(() => (Error.stackTraceLimit = before));
  const deep = (depth) => (depth ? deep(depth - 1) : WRONG.cmd(it));
  for (const limit of [1, 3, 20]) {
    Error.stackTraceLimit = limit;
    assert.equal((await framesOf(() => deep(30))).length, limit);
    assert.equal(Error.stackTraceLimit, limit);
  }
  Error.stackTraceLimit = 0;
  await assert.rejects(WRONG.cmd(it), ({ stack, message }) => stack === `ArdexaError: ${message}`);
});

/** Calls that fail while the caller awaits them, by error code. */
const LATER = {
  rejected: (it) => it.cmd("nope", "x"),
  timeout: (it, { deviceId }) => it.cmd(deviceId, "sleep", { timeoutMs: 1 }),
  aborted: (it, { deviceId }) => it.cmd(deviceId, "sleep", { signal: AbortSignal.timeout(1) }),
  closed: (it, { deviceId }) => (setImmediate(() => void it.close()), it.cmd(deviceId, "sleep")),
  "rejected, a feed": (it) => it.feed({ ...FEED, deviceId: "nope" }),
  "timeout, an event": (it) => it.emitWithAck("nobody", [], { timeoutMs: 1 }),
};

for (const [name, act] of Object.entries(LATER))
  test(`a rejection has the caller's line if callerStacks is set: ${name}`, LIMIT, async (t) => {
    for (const callerStacks of [true, false]) {
      const world = await connected(t, { sim: { commandMs: 60_000 }, callerStacks });
      async function caller() {
        await world.client.stats();
        await act(world.client, world);
      }
      async function callersCaller() {
        await caller();
      }
      let frames;
      await assert.rejects(callersCaller(), (/** @type {import("ardexa-client").ArdexaError} */ error) => {
        frames = framesIn(error).join("\n");
        return error.code === name.split(",")[0];
      });
      const has = (fn) =>
        new RegExp(`at async ${fn} \\(.*stacks\\.test`).test(frames) || new RegExp(`at ${fn} \\(`).test(frames);
      assert.deepEqual([has("caller"), has("callersCaller")], [callerStacks, callerStacks], frames);
      assert.doesNotMatch(frames, /wasm-function/);
    }
  });

test("a failed connect() has the caller's line if callerStacks is set", LIMIT, async (t) => {
  const sim = await simulator(t);
  const { url, workgroup } = sim;
  async function caller() {
    await connect({ url, workgroup, token: "wrong", callerStacks: true });
  }
  const frames = await framesOf(caller);
  assert.ok(
    frames.some((frame) => frame.includes("caller") && frame.includes(HERE)),
    frames.join("\n"),
  );
});
