// The short form of `npm run flap`. FLAP_SEED and FLAP_SECONDS repeat a run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient } from "../../../pkg/node.js";
import { seedFrom } from "../lib/random.mjs";
import { TlsWebSocket } from "../lib/tls.mjs";
import { flap } from "./flap.mjs";

test(
  "on a network that breaks all the time nothing is lost, doubled or sent twice",
  { timeout: 120_000 },
  async (t) => {
    const seed = seedFrom("FLAP_SEED", 1);
    const { violations, ledger, counts, struck, summary } = await flap({
      ArdexaClient,
      ms: seedFrom("FLAP_SECONDS", 12) * 1_000,
      seed,
    });
    t.diagnostic(summary);
    assert.deepEqual(violations, []);
    // That something has happened at all.
    assert.ok(counts.connections > 5, summary);
    assert.ok(Object.keys(struck).length >= 3, summary);
    assert.ok(ledger.samples > 500 && ledger.gaps > 50 && ledger.complete > 0, summary);
    assert.ok(ledger.calls.answered > 50 && ledger.calls.failed.disconnected > 0, summary);
  },
);

/** Defects, put between the client and its network: each must be seen. */
const DEFECTS = {
  // What is lost may be the last sample of a connection: nothing comes next then, but the count is wrong.
  "a sample that is lost": [
    /where \d+ was next|samples of a connection that was ended in order/,
    (n, pass) => n % 200 !== 0 && pass(),
  ],
  "a sample that comes twice": [/was next/, (n, pass) => (n % 200 === 0 && pass(), pass())],
  "the last samples of a connection": [
    /samples of a connection that was ended in order/,
    (_n, pass, socket) => {
      socket.seen = (socket.seen ?? 0) + 1;
      if (socket.seen < 100) pass();
    },
  ],
};
for (const [what, [violation, defect]] of Object.entries(DEFECTS)) {
  test(`it sees ${what}`, { timeout: 60_000 }, async () => {
    let n = 0;
    class Defective extends TlsWebSocket {
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

test("it sees a command that is sent twice", { timeout: 60_000 }, async () => {
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
