/** The live table at every width: numbers are never cut, and no line is wider than the screen. */
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { folder } from "../lib/consumer.mjs";
import { until } from "../lib/until.mjs";
import { cloud, noTerminal, onTerminal, says } from "./support.mjs";

const file = (name) => pathToFileURL(join(folder, "node_modules", "ardexa-client", "cli", name)).href;
const { LiveTable } = await import(file("table.js"));
const { widthOf } = await import(file("width.js"));

const IDS = ["e37efa74-08bc-49c1-b5a2-5fe7ccb533ec", "5f0b7c1e-1111-4c1e-9999-000000000002"];
const NAMES = { [IDS[0]]: "roof of the north building", [IDS[1]]: "屋根の太陽光発電" };
const VALUES = [
  [-0.00000123456, 12345678, 4],
  [1e300, -987654.25, 5],
  [7, 12345679, 6],
];
/** The numbers that may be shown; any other would be a number that was cut. */
const WHOLE = new Set([
  "-0.00000123456",
  "-0.00000123456",
  "-1.23456e-6",
  "12345678",
  "12345679",
  "1e+300",
  "-987654",
  "4",
  "5",
  "6",
  "7",
  "1",
  "2",
  "3",
]);

for (const [what, devices, nameOf] of /** @type {[string, string[], (id: string) => string][]} */ ([
  ["one device", IDS.slice(0, 1), (id) => id],
  ["two devices", IDS, (id) => id],
  ["two devices with names", IDS, (id) => NAMES[id]],
])) {
  test(`at every width: ${what}`, () => {
    const table = new LiveTable({ devices, nameOf, table: "solar", source: "inverter" });
    for (const value of VALUES)
      for (const device of devices) table.add({ device, event_time: "2026-11-28T10:00:00Z", value });
    for (let columns = 1; columns <= 160; columns++) {
      const [title, heading, ...rows] = table.lines({ columns, rows: 40 });
      for (const line of [title, heading, ...rows])
        assert.ok(widthOf(line) <= columns, `${columns}: ${JSON.stringify(line)}`);
      assert.equal(rows.length, 3 * devices.length);
      for (const row of rows) {
        const numbers = row
          .split(/\s+/)
          .filter((word) => /^-?\d[\d.e+-]*$/.test(word) && !devices.some((id) => id.startsWith(word)));
        assert.deepEqual(
          numbers.filter((number) => !WHOLE.has(number)),
          [],
          `${columns}: ${row}`,
        );
      }
      assert.match(
        title,
        /^(solar\/inverter(  ((e37efa74\S+|roof of the north building)|2 devices))?(  [69] samples|  3 samples)?(  2026-11-28T10:00:00Z)?|.*…)$/,
      );
    }
    // A wide terminal shows everything.
    const wide = table.lines({ columns: 160, rows: 40 }).join("\n");
    for (const number of ["12345679", "1e+300", "-987654"]) assert.ok(wide.includes(number), wide);
  });
}

test("a string that does not fit is cut, and a number is omitted", () => {
  const table = new LiveTable({ devices: ["d"], nameOf: (id) => id, table: "t", source: "s" });
  table.add({ device: "d", event_time: 5, value: ["a long text of a value", 123456789] });
  const rows = table
    .lines({ columns: 8, rows: 40 })
    .slice(2)
    .map((line) => line.trim());
  assert.deepEqual(rows, ["a long …", "…"]);
});

test("on a narrow terminal", { timeout: 30_000, skip: noTerminal() }, async (t) => {
  const { sim, env, ids } = await cloud(t, { samplesPerSecond: 0 });
  const feed = onTerminal(t, ["feed", ids[0], "-t", "system", "-s", "cpu_usage"], {
    env: { ...env, NO_COLOR: "1" },
    columns: 24,
  });
  await until(() => sim.feeds().length === 1);
  const [{ feedId }] = sim.feeds();
  for (const value of [1111111, 98765.4])
    sim.broadcast("device:feed:reply", {
      feedId,
      event_time: "T",
      device: ids[0],
      table: "t",
      source: "s",
      messageId: "1",
      value,
    });
  await says(feed, "stdout", / 98765\.4\b/);
  assert.match(feed.stdout, /\n +98765\.4\s/);
  assert.doesNotMatch(feed.stdout, /min|1111111? *$/m);
});
