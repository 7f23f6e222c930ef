// A short form of `npm run flap`. FLAP_SEED and FLAP_SECONDS repeat a run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient } from "../lib/package.mjs";
import { seedFrom } from "../lib/random.mjs";
import { TlsWebSocket } from "../lib/tls.mjs";
import { flap } from "./flap.mjs";

test("on a network that keeps breaking, nothing is lost, repeated or sent twice", { timeout: 120_000 }, async (t) => {
  const seed = seedFrom("FLAP_SEED", 1);
  const { violations, ledger, counts, struck, summary } = await flap({
    ArdexaClient,
    ms: seedFrom("FLAP_SECONDS", 12) * 1_000,
    seed,
  });
  t.diagnostic(summary);
  assert.deepEqual(violations, []);
  // The run must have exercised something.
  assert.ok(counts.connections > 5, summary);
  assert.ok(Object.keys(struck).length >= 3, summary);
  assert.ok(ledger.samples > 500 && ledger.gaps > 50 && ledger.complete > 0, summary);
  assert.ok(ledger.calls.answered > 50 && ledger.calls.failed.disconnected > 0, summary);
});

/**
 * Defects inserted between the client and its network; each must be detected.
 * @type {Record<string, [violation: RegExp, defect: (n: number, pass: () => void, socket: {seen: number}) => void]>}
 */
const DEFECTS = {
  // If the last sample of a connection is lost, no sample follows, but the count is wrong.
  "a lost sample": [
    /instead of \d+|samples of a connection that was closed cleanly/,
    (n, pass) => n % 200 !== 0 && pass(),
  ],
  "a repeated sample": [/instead of/, (n, pass) => (n % 200 === 0 && pass(), pass())],
  "missing last samples of a connection": [
    /samples of a connection that was closed cleanly/,
    (_n, pass, socket) => {
      if (++socket.seen < 100) pass();
    },
  ],
};
for (const [what, [violation, defect]] of Object.entries(DEFECTS)) {
  test(`detects ${what}`, { timeout: 60_000 }, async () => {
    let n = 0;
    class Defective extends TlsWebSocket {
      /** Samples of this connection. */
      seen = 0;

      emit(name, ...args) {
        if (name !== "message" || !String(args[0]).includes("device:feed:reply")) return super.emit(name, ...args);
        defect(++n, () => super.emit(name, ...args), this);
        return true;
      }
    }
    const { violations } = await flap({ ArdexaClient, ms: 30_000, seed: 5, webSocket: Defective });
    assert.match(violations[0], violation);
  });
}

test("detects a command that is sent twice", { timeout: 60_000 }, async () => {
  let n = 0;
  class Defective extends TlsWebSocket {
    send(frame) {
      if (String(frame).includes("device:cmd") && ++n % 20 === 0) super.send(frame);
      super.send(frame);
    }
  }
  const { violations } = await flap({ ArdexaClient, ms: 30_000, seed: 5, webSocket: Defective });
  assert.match(violations[0], /was sent twice/);
});
