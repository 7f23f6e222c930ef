// The short form of `npm run flap`. FLAP_SEED and FLAP_SECONDS repeat a run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient } from "../../../pkg/node.js";
import { seedFrom } from "../lib/random.mjs";
import { flap } from "./flap.mjs";

test("on a network that breaks all the time nothing is lost, doubled or sent twice", { timeout: 120_000 }, async (t) => {
  const seed = seedFrom("FLAP_SEED", 1);
  const { violations, ledger, counts, struck, summary } = await flap({ ArdexaClient, ms: seedFrom("FLAP_SECONDS", 12) * 1_000, seed });
  t.diagnostic(summary);
  assert.deepEqual(violations, []);
  // That something has happened at all.
  assert.ok(counts.connections > 5, summary);
  assert.ok(Object.keys(struck).length >= 3, summary);
  assert.ok(ledger.samples > 500 && ledger.gaps > 50 && ledger.complete > 0, summary);
  assert.ok(ledger.calls.answered > 50 && ledger.calls.failed.disconnected > 0, summary);
});
