// The general rule of callbacks-see and callbacks-after-end, as a property: whatever callbacks do, getters agree with
// events and calls, and nothing is delivered after its end. CALLBACKS_SEED and CALLBACKS_RUNS select other runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Driver } from "../lib/callbacks-driver.mjs";
import { seedFrom } from "../lib/random.mjs";

const RUNS = Number(process.env.CALLBACKS_RUNS ?? 150);
const STEPS = 120;
/** The kinds of violation. */
const KINDS = ["disagrees", "called after an end", "threw", "unsettled"];

test(
  `${RUNS} random runs: getters agree with delivered events, and nothing is delivered after its end`,
  { timeout: Math.max(120_000, RUNS * 100) },
  async (t) => {
    const first = seedFrom("CALLBACKS_SEED", 1);
    t.diagnostic(`CALLBACKS_SEED=${first}`);
    const violations = [];
    let callbacks = 0;
    for (let seed = first; seed < first + RUNS; seed++) {
      const driver = new Driver(seed);
      const violation = await driver.run(STEPS);
      callbacks += driver.callbacks;
      if (violation) violations.push({ seed, ...violation });
    }
    t.diagnostic(`${callbacks} callbacks`);
    assert.ok(callbacks > RUNS * 20, `only ${callbacks} callbacks, too few to be meaningful`);
    const reports = KINDS.flatMap((kind) => {
      const found = violations.filter((one) => one.kind === kind);
      return found.length === 0
        ? []
        : [`${found.length} × ${kind}, first: CALLBACKS_SEED=${found[0].seed}\n  ${found[0].text}`];
    });
    assert.equal(violations.length, 0, `\n${reports.join("\n\n")}`);
  },
);
