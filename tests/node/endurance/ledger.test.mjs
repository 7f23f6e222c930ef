// The checks of the long runs: each one detects a violation made on purpose.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Echo, Ledger, Subscription } from "./lib/ledger.mjs";
import { Level } from "./lib/level.mjs";

const failure = (code) => Object.assign(new Error(code), { code });

test("detects a command that is sent twice, sent although it was refused, or answered although it was never sent", async () => {
  const ledger = new Ledger();
  ledger.commandSeen("echo 1");
  await ledger.call(async () => "1", { command: 1 });
  assert.deepEqual(ledger.violations, []);
  ledger.commandSeen("echo 1");
  await ledger.call(async () => Promise.reject(failure("not-connected")), { command: 2 });
  ledger.commandSeen("echo 2");
  ledger.commandSeen("echo 3");
  await ledger.call(async () => Promise.reject(failure("not-connected")), { command: 3 });
  await ledger.call(async () => "4", { command: 4 });
  await ledger.call(async () => Promise.reject(failure("protocol")));
  await ledger.call(async () => "6", { expect: () => false });
  assert.deepEqual(
    ledger.violations.map((violation) => violation.replace(/:.*/, "")),
    [
      "command 1 was sent twice",
      "command 2 was sent, although it was rejected as not sent",
      "command 3",
      "command 4 was answered, but the server never received it",
      "a call ended with protocol",
      "a call got the reply of another",
    ],
  );
  const waiting = new Ledger();
  void waiting.call(() => new Promise(() => {}));
  assert.equal(waiting.calls.open, 1, "a call that never settles stays open");
});

test("detects a break without a gap, a gap without a break, and a gap after a different sample", () => {
  /** @param {(string | [feedId: string, messageId: string])[]} steps */
  const seen = (...steps) => {
    const ledger = new Ledger();
    const one = new Subscription(ledger, "s");
    for (const step of steps) {
      if (step === "lost") one.lost();
      else if (typeof step === "string")
        one.onGap({
          fromMs: step === "none" ? undefined : 1,
          toMs: 2,
          lastMessageId: step === "none" ? undefined : step,
        });
      else one.take({ feedId: step[0], messageId: step[1] });
    }
    return ledger.violations.length;
  };
  assert.equal(seen(["f", "1"], "lost", "1", ["g", "2"], "lost", "2", "lost", "2", ["h", "3"]), 0);
  assert.equal(seen("lost", "none", ["f", "1"]), 0);
  assert.equal(seen(["f", "1"], "lost", ["g", "2"]), 2);
  assert.equal(seen(["f", "1"], ["g", "2"]), 1);
  assert.equal(seen(["f", "1"], "1"), 1);
  assert.equal(seen(["f", "1"], "lost", "7"), 1);
  assert.equal(seen(["f", "1"], "lost", "none"), 1);
});

test("detects an iterator that skips, repeats or lacks a sample", async () => {
  const followed = async (heard, given) => {
    const ledger = new Ledger();
    const echo = new Echo(ledger);
    for (const id of heard) echo.hear(id);
    await echo.follow(
      (async function* () {
        for (const messageId of given) yield { messageId };
      })(),
    );
    return ledger.violations.length > 0;
  };
  assert.equal(await followed(["1", "2", "3", "4"], ["2", "3", "4"]), false);
  assert.equal(await followed(["1", "2", "3"], ["1", "3"]), true);
  assert.equal(await followed(["1", "2"], ["1", "1", "2"]), true);
  assert.equal(await followed(["1", "2", "3"], ["1", "2"]), true);
  assert.equal(await followed(["1"], []), true);
});

test("detects memory that grows", () => {
  const run = (heap, wasm) => {
    const level = new Level();
    for (let n = 0; n <= 20; n++) level.note(n / 20, 5_000_000 + heap(n), 1_500_000 + wasm(n));
    return level.problems().length;
  };
  assert.equal(
    run(
      (n) => (n % 2) * 1_000_000,
      (n) => (n > 2 ? 65_536 : 0),
    ),
    0,
  );
  assert.equal(
    run(
      (n) => n * 300_000,
      () => 0,
    ),
    1,
  );
  assert.equal(
    run(
      () => 0,
      (n) => n * 65_536,
    ),
    1,
  );
  assert.equal(new Level().problems().length, 1);
});
