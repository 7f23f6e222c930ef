// No leaks: both heaps, listeners, timers and sockets stay level over thousands of rounds.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { child } from "./lib/child.mjs";

/** Allowed growth of the heap in the middle one of several parts; a leak of a few hundred bytes per round exceeds it. */
const HEAP_SLACK = 80_000;
/** Allowed growth of all parts together, which is mostly the engine's: up to 432 kB have been seen. */
const HEAP_GROWTH = 1_000_000;
/** One page of WebAssembly memory, which never shrinks; objects that await collection may fill it. */
const PAGE = 65_536;

function level({ before, after, growths }, what, t, rounds, wasmSlack = PAGE) {
  t.diagnostic(
    `${what}, ${rounds} rounds: wasm ${before.wasmBytes} → ${after.wasmBytes}, heap ${before.heapBytes} → ${after.heapBytes} bytes, by ${growths.join(", ")}`,
  );
  assert.ok(
    after.wasmBytes - before.wasmBytes <= wasmSlack,
    `${what}: WebAssembly memory grew by ${after.wasmBytes - before.wasmBytes} bytes`,
  );
  // A leak grows in every part; compiled code and caches of the engine, which can be larger, come and go in some.
  const growth = growths.toSorted((a, b) => a - b)[Math.floor(growths.length / 2)];
  const isLevel = growth < HEAP_SLACK && after.heapBytes - before.heapBytes < HEAP_GROWTH;
  assert.ok(isLevel, `${what}: the heap grew by ${growths.join(", ")} bytes`);
  assert.equal(after.listeners, before.listeners, `${what}: listeners`);
  assert.ok(after.timers <= before.timers, `${what}: timers ${before.timers} → ${after.timers}`);
  assert.ok(after.sockets <= before.sockets, `${what}: sockets ${before.sockets} → ${after.sockets}`);
}

describe("leaks", { concurrency: 2 }, () => {
  test("1,500 reconnections with feeds, series and open requests leave nothing", async (t) => {
    const result = await child(t, "leaks", ["reconnections", "1500"]);
    level(result, "reconnections", t, 1_500);
    assert.equal(result.connections, 1_801);
    assert.deepEqual([result.samples, result.total], [1_800, 1_800], "both went on through all reconnections");
    assert.ok(result.after.listeners > 0, "online, pageshow and similar, once per client");
    const { listeners, timers, open, dirty, made } = result.closed;
    assert.deepEqual(
      { listeners, timers, open, dirty, made },
      { listeners: 0, timers: 0, open: 0, dirty: 0, made: 1_801 },
    );
  });

  test("200 reconnections to the official server leave nothing", async (t) => {
    const result = await child(t, "leaks", ["network", "200"]);
    level(result, "over TCP", t, 200);
    assert.equal(result.connections, 261);
  });

  test("1,500 attempts that fail in every way leave nothing", async (t) => {
    const result = await child(t, "leaks", ["failures", "1500"]);
    level(result, "failures", t, 1_500);
    const { listeners, timers, open, dirty } = result.closed;
    assert.deepEqual({ listeners, timers, open, dirty }, { listeners: 0, timers: 0, open: 0, dirty: 0 });
  });

  test("10,000 rounds of requests with signals leave no listener on a signal", async (t) => {
    const result = await child(t, "leaks", ["signals", "10000"]);
    level(result, "signals", t, 10_000);
    assert.deepEqual([result.left, result.shared, result.openRequests], [0, 0, 0]);
  });

  // So many, since a feed's entry in a table takes less than 100 bytes.
  test("10,000 feeds opened, read and stopped leave nothing", async (t) => {
    const result = await child(t, "leaks", ["feeds", "10000"]);
    level(result, "feeds", t, 10_000);
    assert.equal(result.openFeeds, 0);
  });

  test("1,000 clients of each kind are collected", async (t) => {
    const { outcome, sockets } = await child(t, "leaks", ["clients", "1000"]);
    assert.equal(sockets, 0);
    for (const [kind, { collected, ...result }] of Object.entries(outcome)) {
      level(result, `clients, ${kind}`, t, 1_000, 16 * PAGE); // a client fills most of a page
      assert.ok(collected >= 1_190, `${kind}: ${collected} of 1,200 were collected`);
      assert.equal(result.after.listeners, 0, kind);
    }
  });
});
