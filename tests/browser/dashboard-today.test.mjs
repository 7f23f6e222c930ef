/** The dashboard's charts of today, from the devices' own logs, and how many fit on a screen. In Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

describe("dashboard: today", () => {
  const web = withBrowser("headless-shell");
  const POWER = "AC Power, Redgum Plain Solar Plant · solar / inverter-01";

  async function withPower(t, options) {
    const all = await dashboard(t, web, {
      path: "#/live",
      theme: "light",
      ...options,
      sim: { startHour: 10, ...options?.sim },
    });
    await all.user.add("solar / inverter-01", "AC Power");
    await until(async () => /\d samples/.test(await all.user.panel(POWER)), "samples to arrive");
    return all;
  }

  /** The times in the panel's CSV export. */
  async function exported({ user, page }) {
    await page.evaluate(() => {
      const { createObjectURL } = URL;
      URL.createObjectURL = (/** @type {Blob} */ blob) => (
        (globalThis.saved = blob.text()),
        createObjectURL.call(URL, blob)
      );
    });
    await user.click("button", "Export AC Power as CSV");
    return (await page.evaluate(() => globalThis.saved))
      .trim()
      .split("\r\n")
      .slice(1)
      .map((row) => Date.parse(row.split(",")[0]));
  }

  test("the log's samples precede the received ones, and the panel names the log", async (t) => {
    const all = await withPower(t);
    const { sim, user, page } = all;
    const openedMs = Date.now();
    await (await user.find("combobox", "Time range")).select("today");
    await user.find("dialog", "Read today's logs?");
    assert.equal(sim.stats().received["device:cmd"] ?? 0, 0, "no command runs before the confirmation");
    await user.click("button", "Read logs");
    // The plant's day began ten hours ago. If that was yesterday, the time has a date.
    await until(
      async () => /log from (\w+ \d+, )?\d\d:\d\d/.test(await user.panel(POWER)),
      "the panel says since when",
    );
    const said = await page.$eval("article .log", (/** @type {HTMLElement} */ node) => node.title);
    assert.match(said, /^Log of Redgum Plain Solar Plant inverter-01 from /);
    const commands = sim.received.filter(({ event }) => event === "device:cmd");
    assert.equal(commands.length, 1, "one log is read once");
    const times = await exported(all);
    const old = times.filter((ms) => ms < openedMs - 60_000);
    assert.ok(old.length > 10, `${old.length} rows precede the opening of the page`);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
      "in chronological order",
    );
    const shown = await (await user.find("combobox", "Time range")).evaluate((box) => Number(box.value));
    assert.ok(
      Math.abs(shown - (Date.now() - new Date().setHours(0, 0, 0, 0))) < 120_000,
      `${shown} ms are shown: since midnight`,
    );
  });

  test("a log that cannot be read: the chart continues, and says why", async (t) => {
    const { user, page } = await withPower(t, { sim: { agentFiles: "elsewhere" } });
    await (await user.find("combobox", "Time range")).select("today");
    await user.click("button", "Read logs");
    await until(async () => (await user.panel(POWER)).includes("▲ no log"), "the panel says that there is no log");
    assert.match(
      await page.$eval("article .log", (/** @type {HTMLElement} */ node) => node.title),
      /^The log of Redgum Plain Solar Plant inverter-01 could not be read: \S/,
    );
    const count = async () => Number(/([\d,]+) samples/.exec(await user.panel(POWER))?.[1].replace(",", ""));
    const before = await count();
    await until(async () => (await count()) > before, "more samples");
  });

  test("nine charts fit on a laptop's screen", async (t) => {
    const { user, page } = await dashboard(t, web, { path: "#/live", width: 1440, height: 900 });
    for (const source of ["solar / inverter-01", "solar / inverter-02", "solar / inverter-03"]) {
      for (const field of ["AC Power", "AC Frequency", "DC Voltage 1"]) await user.add(source, field);
    }
    await user.click("button", "Add feeds");
    const { heights, room } = await until(async () => {
      const now = await page.evaluate(() => {
        const cards = [...document.querySelectorAll("article.panel")].map((card) => card.getBoundingClientRect());
        return {
          heights: cards.map(({ bottom }) => bottom),
          count: new Set(cards.map(({ left }) => left)).size,
          room: innerHeight,
        };
      });
      return now.heights.length === 9 && now.count === 3 && now;
    }, "nine in three columns");
    assert.ok(Math.max(...heights) <= room, `the last ends at ${Math.max(...heights)} of ${room}`);
  });
});
