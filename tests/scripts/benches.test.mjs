import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { judge, readBudgets, shown } from "../../benches/lib/budgets.mjs";
import { SAMPLE_BYTES, CSV_VALUES, PREFIX, feedId, makeFrames } from "../../benches/lib/frames.mjs";
import { alternate, joined, ratio, summary } from "../../benches/lib/measure.mjs";
import { FEW, MANY, growthName } from "../../benches/lib/receive.mjs";
import { metrics, table } from "../../benches/receive.mjs";

const CHILD = new URL("../../benches/lib/child.mjs", import.meta.url).href;

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

test("limits apply in both directions, and metrics without a value are skipped", () => {
  const budgets = [
    { metric: "less", most: 0.8, aim: 0.6 },
    { metric: "more", least: 1, aim: 1.5 },
    { metric: "absent", most: 1, aim: 1 },
  ];
  const outcome = (/** @type {Record<string, number | undefined>} */ metrics) =>
    judge(budgets, metrics).map(({ metric, kept, reached }) => [metric, kept, reached]);
  assert.deepEqual(outcome({ less: 0.8, more: 1 }), [
    ["less", true, false],
    ["more", true, false],
  ]);
  assert.deepEqual(outcome({ less: 0.6, more: 1.5, absent: undefined }), [
    ["less", true, true],
    ["more", true, true],
  ]);
  assert.deepEqual(outcome({ less: 0.81, more: 0.99 }), [
    ["less", false, false],
    ["more", false, false],
  ]);
  assert.deepEqual(outcome({ less: NaN }), [["less", false, false]]);
});

test("a value that breaks its limit is not shown as the limit", () => {
  assert.equal(shown({ value: 1.046, least: 1.05, kept: false }), "1.0460");
  assert.equal(shown({ value: 1.054, least: 1.05, kept: true }), "1.05");
  assert.equal(shown({ value: 0.33, most: 0.3, kept: false }), "0.33");
});

test("every budget has one limit, and an aim at least as strict", async () => {
  for (const { metric, most, least, aim } of await readBudgets()) {
    assert.equal((most === undefined) !== (least === undefined), true, metric);
    assert.ok(most === undefined ? aim >= /** @type {number} */ (least) : aim <= most, metric);
  }
});

test("frames have the documented size, and every feed has equally many", () => {
  const frames = makeFrames({ feeds: 4, count: 100 });
  const samples = frames.map((frame) => JSON.parse(frame.slice(PREFIX.length, -1)));
  for (const frame of frames) assert.equal(frame.length, PREFIX.length + SAMPLE_BYTES + 1);
  for (let n = 0; n < 4; n++) assert.equal(samples.filter((sample) => sample.feedId === feedId(n)).length, 25);
  assert.deepEqual(frames, makeFrames({ feeds: 4, count: 100 }));
  const [csv] = makeFrames({ feeds: 1, count: 1, csv: true });
  assert.equal(JSON.parse(csv.slice(2))[1].value.length, CSV_VALUES);
});

test("candidates alternate, warm-up does not count, and they are compared round by round", async () => {
  /** @type {string[]} */
  const order = [];
  const candidate = (/** @type {string} */ name, /** @type {number} */ value) => ({
    name,
    round: () => (order.push(name), value * order.length),
  });
  const { a, b } = await alternate([candidate("a", 1), candidate("b", 2)], { rounds: 2, warmup: 1 });
  assert.deepEqual(order, ["a", "b", "b", "a", "a", "b"]);
  assert.deepEqual(
    [a.rounds, b.rounds],
    [
      [4, 5],
      [6, 12],
    ],
  );
  assert.equal(ratio(a, b), (4 / 6 + 5 / 12) / 2);
  assert.equal(ratio(a, undefined), undefined);
  const { median, low, high } = summary([5, 1, 3, 2, 4]);
  assert.deepEqual([low, median, high], [2, 3, 4]);
});

test("the rounds of all processes count alike, and stay beside those they took turns with", () => {
  const processes = [
    { a: summary([2, 4]), b: summary([1, 1]) },
    { a: summary([30]), b: summary([10]) },
  ];
  const { a, b } = joined(processes);
  assert.deepEqual(
    [a.rounds, b.rounds],
    [
      [2, 4, 30],
      [1, 1, 10],
    ],
  );
  assert.equal(a.median, 4);
  assert.equal(ratio(a, b), 3);
});

test("a bench's process ends with the one that started it", { timeout: 30_000 }, async (t) => {
  const endless =
    "data:text/javascript,export const run = () => new Promise(() => setInterval(console.log, 100, process.pid))";
  const parent = spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { inChild } from ${JSON.stringify(CHILD)}; await inChild(${JSON.stringify(endless)}, "run");`,
  ]);
  t.after(() => parent.kill("SIGKILL"));
  const lines = createInterface({ input: parent.stdout });
  const [line] = await once(lines, "line");
  const child = Number(line);
  assert.notEqual(child, parent.pid);
  t.after(() => kill(child));
  parent.kill("SIGKILL");
  // The pipe closes once neither process has it.
  await once(lines, "close");
});

test("costs with one and with many feeds are compared by the rounds that they took in turns", () => {
  const ns = (/** @type {number} */ value) => ({ objects: summary([value]), series: summary([value]) });
  /** @type {import("../../benches/receive.mjs").Result} */
  const result = {
    unit: "",
    sampleBytes: 0,
    csvValues: 0,
    hasSeries: true,
    cases: [
      { payload: "sample", feeds: FEW, ns: ns(100) },
      { payload: "sample", feeds: MANY, ns: ns(300) },
    ],
  };
  assert.equal(metrics(result)["object, 10,000 feeds / 1 feed"], undefined, "browsers do not measure it");
  assert.deepEqual(table(result).notes, []);
  const growth = {
    [growthName("objects", FEW)]: summary([100, 200, 300]),
    [growthName("objects", MANY)]: summary([130, 260, 900]),
    [growthName("series", FEW)]: summary([10]),
    [growthName("series", MANY)]: summary([15]),
  };
  const measured = metrics({ ...result, growth });
  assert.equal(measured["object, 10,000 feeds / 1 feed"], 1.3);
  assert.equal(measured["series, 10,000 feeds / 1 feed"], 1.5);
});
