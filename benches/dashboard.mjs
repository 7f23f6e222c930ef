// The dashboard with 200 feeds at 50 samples a second each: whether a sample is lost, how busy the page's main thread is,
// and whether its heap grows.
import { findBrowser, launchOptions } from "../scripts/lib/browsers.mjs";
import { serve } from "../scripts/lib/serve.mjs";
import { simulatedDevices, startSimulator } from "../scripts/lib/target.mjs";
import { buildDashboard } from "../scripts/dashboard.mjs";
import { number } from "./lib/budgets.mjs";

const FEEDS = 200;
const RATE = 50;
const SECONDS = 60;
const WARM_UP_MS = 10_000;
const LIMIT_MS = 60_000;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {() => Promise<boolean>} condition @param {string} what */
async function until(condition, what) {
  const end = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await sleep(100);
  }
}

/** As many single number fields as wanted, over the whole fleet. @param {any} sim */
function requests(sim) {
  const all = sim.devices
    .filter((/** @type {any} */ device) => device.online)
    .flatMap((/** @type {any} */ { id: deviceId, tables }) =>
      tables.flatMap((/** @type {any} */ { name: table, sources }) =>
        sources.flatMap((/** @type {any} */ { name: source, fields = [] }) =>
          fields.filter((/** @type {any} */ { expect }) => expect === "decimal" || expect === "integer").map((/** @type {any} */ { name: field }) => ({ deviceId, table, source, field })),
        ),
      ),
    );
  return all.slice(0, FEEDS);
}

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ quick }) {
  if (!findBrowser("chromium")) return { missing: true, quick };
  const { default: puppeteer } = await import("puppeteer-core");
  const dist = await buildDashboard();
  const sim = await startSimulator({ devices: 40, samplesPerSecond: RATE, startHour: 10 });
  const { url, workgroup, token } = sim;
  const site = await serve({ port: 0, folders: { "/": dist }, json: { "/config.json": { toJSON: () => ({ url, workgroup, token, devices: simulatedDevices(sim) }) } } });
  const browser = await puppeteer.launch({ ...launchOptions("chromium"), protocolTimeout: 2 * LIMIT_MS });
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    await page.goto(`${site.url}icon.svg`);
    const panels = requests(sim).map((/** @type {object} */ request) => ({ request, columns: [0] }));
    await page.evaluate((key, value) => /** @type {any} */ (globalThis).sessionStorage.setItem(key, value), `ardexa:panels:${url}:${workgroup}`, JSON.stringify(panels));
    await page.goto(`${site.url}#/live`);
    await until(async () => sim.stats().feeds === FEEDS, "all feeds are open");
    await sleep(WARM_UP_MS);

    const cdp = await page.createCDPSession();
    // Processor time: the wall's would count what other programs of this machine take meanwhile.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    const state = async () => {
      await cdp.send("HeapProfiler.collectGarbage");
      const { metrics } = await cdp.send("Performance.getMetrics");
      const of = (/** @type {string} */ name) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
      return { heap: of("JSHeapUsedSize"), busy: of("TaskDuration"), script: of("ScriptDuration"), layout: of("LayoutDuration") + of("RecalcStyleDuration"), at: performance.now() / 1_000, sent: sim.stats().samples };
    };
    const before = await state();
    const seconds = quick ? SECONDS / 6 : SECONDS;
    await sleep(seconds * 1_000);
    const after = await state();

    sim.setRate(0);
    const received = () => page.evaluate(() => Number((/** @type {any} */ (globalThis)).document.querySelector("[title$=received]")?.title.replace(/\D/g, "")));
    let last = -1;
    await until(async () => {
      const now = await received();
      const settled = now === last;
      last = now;
      if (!settled) await sleep(1_500);
      return settled;
    }, "nothing more comes");
    const took = after.at - before.at;
    return {
      feeds: FEEDS,
      seconds: took,
      perSecond: (after.sent - before.sent) / took,
      sent: sim.stats().samples,
      received: last,
      skippedByServer: sim.stats().samplesSkipped,
      busy: (after.busy - before.busy) / took,
      script: (after.script - before.script) / took,
      layout: (after.layout - before.layout) / took,
      heapBefore: before.heap,
      heapAfter: after.heap,
    };
  } finally {
    await browser.close();
    await site.close();
    await sim.close();
  }
}

/** @param {any} result @returns {import("./lib/table.mjs").Table} */
export function table(result) {
  if (result.missing) return { title: "The dashboard", head: [""], groups: [], notes: ["Chromium is missing: `npm run setup -- chromium` installs it."] };
  const { feeds, seconds, perSecond, sent, received, skippedByServer, busy, script, layout, heapBefore, heapAfter } = result;
  const per = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  return {
    title: `The dashboard in Chromium: ${feeds} feeds for ${seconds.toFixed(0)} s`,
    head: ["", "value"],
    groups: [
      {
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
    ],
    notes: skippedByServer ? [`The simulator itself left out ${number(skippedByServer)} samples: this machine is too busy for it.`] : [],
  };
}

/** @param {any} result @returns {Record<string, number>} */
export function metrics(result) {
  if (result.missing) return {};
  return {
    "dashboard: samples lost": result.sent - result.received,
    "dashboard: main thread busy": result.busy,
    "dashboard: heap grown, MB": Math.max(0, result.heapAfter - result.heapBefore) / 1e6,
  };
}
