// Nothing is left behind: memory of both kinds, listeners, timers and sockets are level after thousands of rounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { child } from "./lib/child.mjs";

/** Both heaps may breathe by this much; a leak of a few hundred bytes a round is above it. */
const HEAP_SLACK = 400_000;

function level({ before, after }, what, t, rounds) {
  t.diagnostic(`${what}, ${rounds} rounds: wasm ${before.wasmBytes} → ${after.wasmBytes}, heap ${before.heapBytes} → ${after.heapBytes} bytes`);
  assert.equal(after.wasmBytes, before.wasmBytes, `${what}: WebAssembly memory`);
  assert.ok(after.heapBytes - before.heapBytes < HEAP_SLACK, `${what}: the heap grew by ${after.heapBytes - before.heapBytes} bytes`);
  assert.equal(after.listeners, before.listeners, `${what}: listeners`);
  assert.ok(after.timers <= before.timers, `${what}: timers ${before.timers} → ${after.timers}`);
  assert.ok(after.sockets <= before.sockets, `${what}: sockets ${before.sockets} → ${after.sockets}`);
}

test("3,000 reconnections with feeds, series and open requests leave nothing", async (t) => {
  const told = await child(t, "leaks", ["reconnections", "3000"]);
  level(told, "reconnections", t, 3_000);
  assert.equal(told.connections, 3_301);
  assert.ok(told.samples > 3_000 || told.samples >= 0);
  assert.equal(told.after.listeners, 4, "online, pageshow, offline, visibilitychange: once for the client");
  const { listeners, timers, open, dirty, made } = told.closed;
  assert.deepEqual({ listeners, timers, open, dirty, made }, { listeners: 0, timers: 0, open: 0, dirty: 0, made: 3_301 });
});

test("200 reconnections to the official server leave nothing", async (t) => {
  const told = await child(t, "leaks", ["network", "200"]);
  level(told, "over TCP", t, 200);
  assert.equal(told.connections, 261);
});

test("3,000 attempts that fail in every way leave nothing", async (t) => {
  const told = await child(t, "leaks", ["failures", "3000"]);
  level(told, "failures", t, 3_000);
  const { listeners, timers, open, dirty } = told.closed;
  assert.deepEqual({ listeners, timers, open, dirty }, { listeners: 0, timers: 0, open: 0, dirty: 0 });
});

test("10,000 rounds of requests with signals leave no listener on a signal", async (t) => {
  const told = await child(t, "leaks", ["signals", "10000"]);
  level(told, "signals", t, 10_000);
  assert.deepEqual([told.left, told.shared, told.openRequests], [0, 0, 0]);
});

test("5,000 feeds opened, read and stopped leave nothing", async (t) => {
  const told = await child(t, "leaks", ["feeds", "5000"]);
  level(told, "feeds", t, 5_000);
  assert.equal(told.openFeeds, 0);
});

test("1,000 clients of each kind are collected", async (t) => {
  const { outcome, sockets } = await child(t, "leaks", ["clients", "1000"]);
  assert.equal(sockets, 0);
  for (const [kind, { before, after, collected }] of Object.entries(outcome)) {
    level({ before, after }, `clients, ${kind}`, t, 1_000);
    assert.ok(collected >= 1_190, `${kind}: ${collected} of 1,200 were collected`);
    assert.equal(after.listeners, 0, kind);
  }
});
