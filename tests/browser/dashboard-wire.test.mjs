/** The cost of the dashboard's Wire under thousands of frames a second, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

/** Frames per second. */
const FRAMES = 3_600;
const LONGEST_TASK_MS = 100;
const LATEST_MS = 1_000;

/**
 * Records in the page, at each animation frame: the age of the newest row, by the time shown beside it and by the time
 * at which the cloud sent it; and the longest interval between two animation frames.
 */
const watch = () => {
  const seen = (globalThis.seen = { shown: [], sent: [], rows: 0, pause: 0 });
  let before = performance.now();
  const look = () => {
    requestAnimationFrame(look);
    seen.pause = Math.max(seen.pause, performance.now() - before);
    before = performance.now();
    const rows = document.querySelectorAll("[aria-label=Frames] li");
    const [h, m, s] = (rows[0]?.querySelector(".num").textContent ?? "").split(":").map(Number);
    seen.rows = Math.max(seen.rows, rows.length);
    seen.shown.push(Date.now() - new Date().setHours(h, m, Math.floor(s), (s % 1) * 1_000));
    const sent = /"event_time":"([^"]+)"/.exec(rows[0]?.textContent ?? "")?.[1];
    if (sent) seen.sent.push(Date.now() - Date.parse(sent));
  };
  requestAnimationFrame(look);
};

describe("dashboard: Wire under load", () => {
  const web = withBrowser("chromium");

  /** Opens Wire with samples shown, of two feeds that send 3,600 frames a second. */
  async function underLoad(t) {
    const all = await dashboard(t, web, { path: "#/live", sim: { samplesPerSecond: FRAMES / 2 } });
    for (const field of ["AC Power", "AC Voltage"]) await all.user.add("solar / inverter-01", field);
    await all.user.go("Wire");
    await all.user.click("checkbox", "Hide samples and pings");
    await all.user.sees("Frames", "device:feed:reply", "list");
    await all.page.mouse.move(5, 5);
    return all;
  }

  /** The tasks of the page's main thread, in ms of processor time: wall time would include other processes. */
  async function tasksOf(page, act) {
    await page.tracing.start({ categories: ["disabled-by-default-devtools.timeline", "__metadata"] });
    await act();
    const { traceEvents } = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
    const busiest = new Map();
    const threads = new Set(
      traceEvents
        .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
        .map(({ pid, tid }) => `${pid} ${tid}`),
    );
    for (const { name, pid, tid, tdur } of traceEvents) {
      if (!name.endsWith("RunTask") || tdur === undefined || !threads.has(`${pid} ${tid}`)) continue;
      const tasks = busiest.get(`${pid} ${tid}`) ?? [];
      tasks.push(tdur / 1_000);
      busiest.set(`${pid} ${tid}`, tasks);
    }
    // Other pages of the browser are idle.
    const [tasks] = [...busiest.values()].sort((a, b) => b.length - a.length);
    assert.ok(tasks?.length > 1_000, `tasks recorded: ${tasks?.length}`);
    return tasks;
  }

  /** Measures delays and tasks in separate passes, since tracing slows the page down. */
  async function holds(t, { sim, page }) {
    const pass = async (seconds) => {
      const before = sim.stats().samples;
      await until(() => sim.stats().samples > before + seconds * FRAMES, `${seconds} seconds of samples`);
    };
    await page.evaluate(watch);
    await pass(4);
    const { shown, sent, rows, pause } = await page.evaluate(() => globalThis.seen);
    const tasks = await tasksOf(page, async () => {
      await pass(2);
      // On a busy machine the trace could not be read beside the samples.
      await sim.close();
    });
    const [task, late, lateBySent] = [tasks, shown, sent].map((values) =>
      Math.round(values.reduce((most, value) => Math.max(most, value), 0)),
    );
    t.diagnostic(
      `longest task ${task} ms; newest row at most ${late} ms old, since it was sent ${lateBySent} ms; the page paused for ${Math.round(pause)} ms`,
    );
    assert.ok(shown.length > 10 && sent.length > 10, "the delays were measured");
    assert.ok(rows < 100, `${rows} rows`);
    assert.ok(task <= LONGEST_TASK_MS, `a task took ${task} ms`);
    // The page's own tasks are short: while it could not draw, the machine was busy with something else.
    assert.ok(late <= LATEST_MS + pause, `the newest row was ${late} ms old`);
  }

  test("at 3,600 frames a second no task takes over 100 ms, and no frame is a second late", async (t) => {
    await holds(t, await underLoad(t));
  });

  test("the same with a filter that all frames pass", async (t) => {
    const all = await underLoad(t);
    await all.user.fill("Filter frames", "EVENT_TIME", "searchbox");
    await holds(t, all);
  });
});
