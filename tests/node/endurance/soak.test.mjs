// A short form of `npm run soak`. SOAK_SEED and SOAK_SECONDS repeat a run.
import "../lib/wasm-memory.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient } from "../lib/package.mjs";
import { seedFrom } from "../lib/random.mjs";
import { soak } from "./soak.mjs";

test(
  "5,000 samples per second over 100 feeds and restarts: all arrive once and in order, and memory stays level",
  { timeout: 120_000 },
  async (t) => {
    const seed = seedFrom("SOAK_SEED", 1);
    const { violations, ledger, counts, summary } = await soak({
      ArdexaClient,
      ms: seedFrom("SOAK_SECONDS", 15) * 1_000,
      seed,
    });
    t.diagnostic(summary);
    assert.deepEqual(violations, []);
    assert.ok(counts.connections >= 4 && ledger.complete >= 1 && ledger.gaps >= 300, summary);
  },
);
