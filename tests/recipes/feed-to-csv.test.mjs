/** `feed-to-csv.mjs`: a feed as CSV. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulator } from "../node/lib/cloud.mjs";
import { LIMIT, until } from "../node/lib/until.mjs";
import { cloudOf, start } from "./lib/recipe.mjs";

const SOLAR = ["solar", "inverter-01"];

/** Parses RFC 4180, independently of the recipe's writer. */
function parse(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const [c, row] = [text[at], rows.at(-1)];
    if (quoted && c === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === ",") row.push("");
    else if (!quoted && c === "\r" && text[++at] === "\n") rows.push([""]);
    else row[row.length - 1] += c;
  }
  assert.deepEqual(rows.pop(), [""], "the last row has its line break");
  return rows;
}

test("a row for each sample, in order, until Ctrl-C", LIMIT, async (t) => {
  const sim = await simulator(t);
  const [device] = sim.devices;
  const { child, output, ended } = start(t, "feed-to-csv.mjs", [device.id, ...SOLAR], { env: cloudOf(sim) });
  await until(() => output.stdout.split("\n").length > 50, "fifty rows");
  child.kill("SIGINT");
  const { code, signal, stdout, stderr } = await ended;
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
  const [head, ...rows] = parse(stdout);
  const { fields } = device.tables[0].sources[0];
  assert.deepEqual(head, ["event_time", "messageId", ...fields.map((_, index) => `value${index + 1}`)]);
  assert.deepEqual(
    rows.map(([, messageId]) => Number(messageId)),
    rows.map((_, index) => Number(rows[0][1]) + index),
  );
  for (const row of rows) assert.equal(row.length, head.length);
  await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0, "the feed to end");
});

test("one field; commas, quotes and line breaks in values are preserved", LIMIT, async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 0 });
  const values = ['say "no", twice', "two\r\nlines", ",", "", null, true, 1.5, { a: 1 }, "Zähler ☀"];
  const { child, output, ended } = start(t, "feed-to-csv.mjs", [sim.devices[0].id, ...SOLAR, "AC Power"], {
    env: cloudOf(sim),
  });
  await until(() => sim.feeds().length === 1, "the feed");
  const [{ feedId, deviceId: device, field }] = sim.feeds();
  assert.equal(field, "AC Power");
  for (const [index, value] of values.entries()) {
    sim.broadcast("device:feed:reply", {
      feedId,
      device,
      table: "solar",
      source: "inverter-01",
      event_time: "2026-01-01T00:00:00.000Z",
      messageId: String(index),
      value,
    });
  }
  await until(() => output.stdout.includes("Zähler ☀\r\n"), "the last row");
  child.kill("SIGINT");
  const { stdout } = await ended;
  const [head, ...rows] = parse(stdout);
  assert.deepEqual(head, ["event_time", "messageId", "AC Power"]);
  assert.deepEqual(
    rows.map(([, , value]) => value),
    ['say "no", twice', "two\r\nlines", ",", "", "", "true", "1.5", '{"a":1}', "Zähler ☀"],
  );
});

test("a reader that closes the pipe is not an error", LIMIT, async (t) => {
  const sim = await simulator(t);
  const { child, ended } = start(t, "feed-to-csv.mjs", [sim.devices[0].id, ...SOLAR], { env: cloudOf(sim) });
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  await until(() => sim.stats().connected === 0, "the connection to close");
});

test("a gap is reported on stderr, and rows continue", LIMIT, async (t) => {
  const sim = await simulator(t);
  const { child, output, ended } = start(t, "feed-to-csv.mjs", [sim.devices[0].id, ...SOLAR], { env: cloudOf(sim) });
  await until(() => output.stdout.split("\n").length > 5, "some rows");
  sim.dropAll();
  await until(() => output.stderr.includes("\n"), "the gap");
  const before = output.stdout.length;
  await until(() => output.stdout.length > before, "rows after it");
  child.kill("SIGINT");
  const { code, stderr, stdout } = await ended;
  assert.equal(code, 0);
  assert.match(stderr, /^gap: no samples from \d{4}-\S+Z to \d{4}-\S+Z\n$/);
  assert.equal(stdout.match(/event_time/g).length, 1);
});

test("a usage error is one sentence", LIMIT, async (t) => {
  const { code, stderr } = await start(t, "feed-to-csv.mjs", ["device", "table"]).ended;
  assert.equal(code, 2);
  assert.match(stderr, /^Pass DEVICE TABLE SOURCE .*\n$/);
});
