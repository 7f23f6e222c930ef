/** `npm test` runs its steps side by side: in which order, and how their outputs appear. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inLanes } from "../../scripts/lib/lanes.mjs";
import { isShared, output, Turns } from "../../scripts/lib/output.mjs";

/** @typedef {import("../../scripts/lib/lanes.mjs").Job} Job */

/** Runs jobs that end in the given order, and records when each starts and ends. */
async function record(
  /** @type {Job[]} */ jobs,
  /** @type {number} */ width,
  /** @type {string[]} */ ends,
  failing = "",
) {
  /** @type {string[]} */
  const log = [];
  /** @type {Map<string, () => void>} */
  const open = new Map();
  const order = [...ends];
  const endNext = () => {
    const next = order.find((name) => open.has(name));
    if (!next) return;
    order.splice(order.indexOf(next), 1);
    log.push(`-${next}`);
    open.get(next)?.();
    open.delete(next);
  };
  const run = async (/** @type {Job} */ job) => {
    log.push(`+${job.name}`);
    setImmediate(endNext);
    await new Promise((resolve) => open.set(job.name, () => resolve(undefined)));
    return { outcome: job.name === failing ? "failed" : "passed" };
  };
  const results = await inLanes(jobs, width, run, () => ({ outcome: "not run" }));
  return { log: log.join(" "), outcomes: results.map((result) => result.outcome) };
}

test("one at a time, jobs run in their order", async () => {
  const { log } = await record([{ name: "a" }, { name: "b" }, { name: "c" }], 1, ["a", "b", "c"]);
  assert.equal(log, "+a -a +b -b +c -c");
});

test("two run at once, and the next one starts when either ends", async () => {
  const { log } = await record([{ name: "a" }, { name: "b" }, { name: "c" }], 2, ["b", "c", "a"]);
  assert.equal(log, "+a +b -b +c -c -a");
});

test("no two jobs of a lane run at once; a later job may pass them", async () => {
  const jobs = [{ name: "a", lane: "x" }, { name: "b", lane: "x" }, { name: "c" }];
  const { log } = await record(jobs, 2, ["a", "b", "c"]);
  assert.equal(log, "+a +c -a +b -b -c");
});

test("a job waits for the job that it needs", async () => {
  const { log } = await record([{ name: "a" }, { name: "b", needs: "a" }], 2, ["a", "b"]);
  assert.equal(log, "+a -a +b -b");
});

test("a job is not run if what it needs failed or was not run itself", async () => {
  const jobs = [{ name: "a" }, { name: "b", needs: "a" }, { name: "c", needs: "b" }, { name: "d" }];
  const { log, outcomes } = await record(jobs, 2, ["a", "d"], "a");
  assert.equal(log, "+a +d -a -d");
  assert.deepEqual(outcomes, ["failed", "not run", "not run", "passed"]);
});

test("outputs of steps that run at once do not mix", async () => {
  let seen = "";
  const turns = new Turns((text) => (seen += text));
  /** @type {() => void} */
  let endFirst = () => {};
  const first = turns.run("first", async () => {
    output()("a1 ");
    await new Promise((resolve) => (endFirst = () => resolve(undefined)));
    output()("a2 ");
  });
  const second = turns.run("second", async () => {
    output()("b1 ");
    await Promise.resolve();
    output()("b2 ");
  });
  const third = turns.run("third", async () => output()("c "));
  await Promise.all([second, third]);
  assert.equal(seen, "a1 ");
  endFirst();
  await first;
  assert.equal(seen, "a1 a2 b1 b2 c ");
  assert.equal(turns.writtenBy("second"), "b1 b2 ");
  assert.equal(isShared(), false);
});

test("a step that throws gives its turn to the next one", async () => {
  let seen = "";
  const turns = new Turns((text) => (seen += text));
  const first = turns.run("first", async () => {
    await Promise.resolve();
    throw new Error("no");
  });
  const second = turns.run("second", async () => output()("b"));
  await assert.rejects(first, /no/);
  await second;
  assert.equal(seen, "b");
});
