/** The dashboard's Wire under load: what it costs while frames come by thousands, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

/** A second of it. */
const FRAMES = 3_600;
const LONGEST_TASK_MS = 100;
const LATEST_MS = 1_000;

/**
 * From now on, in the page: tasks above 50 ms, and, at each frame that is drawn, how old the newest of the list is: by
 * the time beside it, and by the time at which the cloud has sent it.
 */
const watch = () => {
  const seen = (globalThis.seen = { tasks: [], shown: [], sent: [], rows: 0 });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: "longtask" });
  const look = () => {
    requestAnimationFrame(look);
    const rows = document.querySelectorAll("[aria-label=Frames] li");
    const time = rows[0]?.querySelector(".num").textContent ?? "";
    const [h, m, s] = time.split(":").map(Number);
    seen.rows = Math.max(seen.rows, rows.length);
    seen.shown.push(Date.now() - new Date().setHours(h, m, Math.floor(s), (s % 1) * 1_000));
    const sent = /"event_time":"([^"]+)"/.exec(rows[0]?.textContent ?? "")?.[1];
    if (sent) seen.sent.push(Date.now() - Date.parse(sent));
  };
  requestAnimationFrame(look);
};

describe("dashboard: Wire under load", () => {
  const web = withBrowser("chromium");

  /** Wire with samples shown, of two feeds that send 3,600 frames a second. */
  async function underLoad(t) {
    const all = await dashboard(t, web, { path: "#/live", sim: { samplesPerSecond: FRAMES / 2 } });
    for (const field of ["AC Power", "AC Voltage"]) await all.user.add("solar / inverter-01", field);
    await all.user.go("Wire");
    await all.user.click("checkbox", "Hide samples and pings");
    await all.user.sees("Frames", "device:feed:reply", "list");
    await all.page.mouse.move(5, 5);
    return all;
  }

  /** Seconds of frames pass, with all that was seen meanwhile. */
  async function watched({ sim, page }, seconds) {
    await page.evaluate(watch);
    const sent = sim.stats().samples;
    await until(() => sim.stats().samples > sent + seconds * FRAMES, `${seconds} seconds of samples`);
    return page.evaluate(() => globalThis.seen);
  }

  function holds(t, { tasks, shown, sent, rows }) {
    const [task, late, lateBySent] = [tasks, shown, sent].map((values) => Math.max(0, ...values));
    t.diagnostic(`longest task ${task} ms, of ${tasks.length} above 50 ms; newest row at most ${late} ms old, its sample ${lateBySent} ms`);
    assert.ok(shown.length > 10 && sent.length > 10, "it was looked at");
    assert.ok(rows < 100, `${rows} rows`);
    assert.ok(task <= LONGEST_TASK_MS, `tasks of ${tasks} ms`);
    assert.ok(late <= LATEST_MS, `the newest row was ${late} ms old`);
    assert.ok(lateBySent <= LATEST_MS, `the newest sample was ${lateBySent} ms old`);
  }

  test("at 3,600 frames a second no task is above 100 ms, and no frame is a second late", async (t) => {
    const all = await underLoad(t);
    holds(t, await watched(all, 6));
  });

  test("nor while a filter has been typed that all frames pass", async (t) => {
    const all = await underLoad(t);
    await all.user.fill("Filter frames", "EVENT_TIME", "searchbox");
    holds(t, await watched(all, 6));
  });
});
