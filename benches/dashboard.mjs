// Measures the dashboard in Chromium. With 200 feeds at 50 samples a second each: lost samples, main-thread load and
// heap growth. With a million samples in one chart: the cost of panning and zooming per frame.
import { findBrowser } from "../scripts/lib/browsers.mjs";
import { number } from "./lib/budgets.mjs";
import { withDashboard } from "./lib/dashboard.mjs";

const FEEDS = 200;
const RATE = 50;
const SECONDS = 60;
const WARM_UP_MS = 10_000;

const MILLION = 1_000_000;
/** Samples per second while the million samples arrive. */
const REPLAY_RATE = 25_000;
const STEPS = 120;
const FRAME_MS = 1_000 / 60;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ quick }) {
  if (!findBrowser("chromium")) return { missing: true, quick };
  return { ...(await manyFeeds(quick ? SECONDS / 6 : SECONDS)), million: await million() };
}

/** @param {number} seconds */
const manyFeeds = (seconds) =>
  withDashboard({ devices: 40, samplesPerSecond: RATE, feeds: FEEDS }, async ({ sim, received, state, settled }) => {
    await sleep(WARM_UP_MS);
    const before = await state();
    await sleep(seconds * 1_000);
    const after = await state();
    sim.setRate(0);
    await settled(received);
    const took = after.at - before.at;
    return {
      feeds: FEEDS,
      seconds: took,
      perSecond: (after.sent - before.sent) / took,
      sent: sim.stats().samples,
      received: await received(),
      skippedByServer: sim.stats().samplesSkipped,
      busy: (after.busy - before.busy) / took,
      script: (after.script - before.script) / took,
      layout: (after.layout - before.layout) / took,
      heapBefore: before.heap,
      heapAfter: after.heap,
    };
  });

/** Simulates the mouse wheel: pans and zooms back and forth over all stored samples. */
const million = () =>
  withDashboard(
    { devices: 1, samplesPerSecond: REPLAY_RATE, feeds: 1 },
    async ({ page, sim, cdp, received, until, settled, processor }) => {
      await until(async () => (await received()) >= MILLION, "a million samples have come");
      sim.setRate(0);
      // Samples still in flight would be counted as drawing time.
      await settled(received);
      const { x, y, width, height } = await (await page.$(".chart")).boundingBox();
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.keyboard.press("Escape");
      const wheel = async (/** @type {"shift" | "control"} */ key, /** @type {number} */ deltaY) => {
        const modifiers = key === "shift" ? 8 : 2;
        await cdp.send("Input.dispatchMouseEvent", {
          type: "mouseWheel",
          x: x + width / 2,
          y: y + height / 2,
          deltaX: 0,
          deltaY,
          modifiers,
        });
        // Passed as source text. The redraw is complete by the second animation frame.
        await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
      };
      /** @type {number[]} */
      const spent = [];
      // Includes the first step, which stops the live view, reads all samples and runs unoptimised code.
      for (let step = 0; step < STEPS; step++) {
        const before = await processor();
        const way = Math.floor(step / 10) % 2 === 0 ? -1 : 1;
        await (step % 3 === 0 ? wheel("control", 100 * way) : wheel("shift", 100 * way));
        spent.push(((await processor()) - before) * 1_000);
      }
      const [first] = spent;
      spent.sort((a, b) => a - b);
      return {
        samples: await received(),
        steps: STEPS,
        first,
        median: spent[STEPS >> 1],
        most: spent.at(-1),
        late: spent.filter((ms) => ms > FRAME_MS).length,
      };
    },
  );

/** @param {any} result @returns {import("./lib/table.mjs").Table} */
export function table(result) {
  if (result.missing)
    return {
      title: "The dashboard",
      head: [""],
      groups: [],
      notes: ["Chromium is missing: `npm run setup -- chromium` installs it."],
    };
  const {
    feeds,
    seconds,
    perSecond,
    sent,
    received,
    skippedByServer,
    busy,
    script,
    layout,
    heapBefore,
    heapAfter,
    million,
  } = result;
  const per = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  return {
    title: "The dashboard in Chromium",
    head: ["", "value"],
    groups: [
      {
        name: `${feeds} feeds for ${seconds.toFixed(0)} s`,
        rows: [
          ["samples a second", number(perSecond)],
          ["sent", number(sent)],
          ["lost", number(sent - received)],
          ["main thread busy", per(busy)],
          ["of it, script", per(script)],
          ["of it, style and layout", per(layout)],
          ["heap before, MB", (heapBefore / 1e6).toFixed(1)],
          ["heap after, MB", (heapAfter / 1e6).toFixed(1)],
        ],
      },
      {
        name: `panning and zooming over ${number(million.samples)} samples, ${million.steps} steps`,
        rows: [
          ["main thread for a step, median, ms", million.median.toFixed(1)],
          ["the first, ms", million.first.toFixed(1)],
          ["the longest, ms", million.most.toFixed(1)],
          ["steps longer than a frame of 1/60 s", number(million.late)],
        ],
      },
    ],
    notes: skippedByServer
      ? [`The simulator itself left out ${number(skippedByServer)} samples: this machine is too busy for it.`]
      : [],
  };
}

/** @param {any} result @returns {Record<string, number>} */
export function metrics(result) {
  if (result.missing) return {};
  return {
    "dashboard: samples a second": result.perSecond,
    "dashboard: samples lost": result.sent - result.received,
    "dashboard: main thread busy": result.busy,
    "dashboard: heap grown, MB": Math.max(0, result.heapAfter - result.heapBefore) / 1e6,
    "dashboard: step with a million samples, median, ms": result.million.median,
    "dashboard: longest step with a million samples, ms": result.million.most,
    "dashboard: steps with a million samples longer than a frame": result.million.late / result.million.steps,
  };
}
