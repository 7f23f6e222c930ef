// Runs the dashboard's live view in its own browser, against its own simulator, for the duration of a measurement.
import { launchOptions } from "../../scripts/lib/browsers.mjs";
import { serve } from "../../scripts/lib/serve.mjs";
import { simulatedDevices, startSimulator } from "../../scripts/lib/target.mjs";
import { buildDashboard } from "../../scripts/dashboard.mjs";

const LIMIT_MS = 300_000;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @template T @param {() => Promise<T>} condition @param {string} what @returns {Promise<T>} */
async function until(condition, what) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const held = await condition();
    if (held) return held;
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await sleep(100);
  }
}

/** Waits until a count stops changing. @param {() => Promise<number>} count */
async function settled(count) {
  let last = -1;
  await until(async () => {
    const now = await count();
    const isSame = now === last;
    last = now;
    if (!isSame) await sleep(1_500);
    return isSame;
  }, "nothing more comes");
}

/** Requests for the first `feeds` numeric fields of the online devices. @param {any} sim @param {number} feeds */
function requests(sim, feeds) {
  const all = sim.devices
    .filter((/** @type {any} */ device) => device.online)
    .flatMap((/** @type {any} */ { id: deviceId, tables }) =>
      tables.flatMap((/** @type {any} */ { name: table, sources }) =>
        sources.flatMap((/** @type {any} */ { name: source, fields = [] }) =>
          fields
            .filter((/** @type {any} */ { expect }) => expect === "decimal" || expect === "integer")
            .map((/** @type {any} */ { name: field }) => ({ deviceId, table, source, field })),
        ),
      ),
    );
  return all.slice(0, feeds);
}

/**
 * @typedef {object} Measured
 * @property {any} page
 * @property {any} sim
 * @property {any} cdp
 * @property {typeof until} until
 * @property {typeof settled} settled
 * @property {() => Promise<number>} received samples, as the page reports them
 * @property {() => Promise<number>} processor seconds used by the page's main thread
 * @property {() => Promise<{ heap: number, busy: number, script: number, layout: number, at: number, sent: number }>} state
 */

/**
 * @template T
 * @param {{ devices: number, samplesPerSecond: number, feeds: number }} wanted
 * @param {(measured: Measured) => Promise<T>} measure
 * @returns {Promise<T>}
 */
export async function withDashboard({ devices, samplesPerSecond, feeds }, measure) {
  const { default: puppeteer } = await import("puppeteer-core");
  const dist = await buildDashboard();
  const sim = await startSimulator({ devices, samplesPerSecond, startHour: 10 });
  const { url, workgroup, token } = sim;
  const site = await serve({
    port: 0,
    folders: { "/": dist },
    json: { "/config.json": { toJSON: () => ({ url, workgroup, token, devices: simulatedDevices(sim) }) } },
  });
  // Without `networkEnabled: false` Chromium copies every frame of the page's WebSocket to this process, which costs more
  // than the page itself.
  const browser = await puppeteer.launch({
    ...launchOptions("chromium"),
    protocolTimeout: LIMIT_MS,
    networkEnabled: false,
  });
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    await page.goto(`${site.url}icon.svg`);
    const panels = requests(sim, feeds).map((/** @type {object} */ request) => ({ request, columns: [0] }));
    const kept = { [`ardexa:panels:${url}:${workgroup}`]: JSON.stringify(panels), "ardexa:live-all": "true" };
    await page.evaluate((all) => Object.assign(/** @type {any} */ (globalThis).localStorage, all), kept);
    await page.goto(`${site.url}#/live`);
    await until(async () => sim.stats().feeds === feeds, "all feeds are open");

    const cdp = await page.createCDPSession();
    // Processor time: wall-clock time would include the work of other programs on this machine.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    const figures = async () => {
      const { metrics } = await cdp.send("Performance.getMetrics");
      return (/** @type {string} */ name) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
    };
    const state = async () => {
      await cdp.send("HeapProfiler.collectGarbage");
      const of = await figures();
      return {
        heap: of("JSHeapUsedSize"),
        busy: of("TaskDuration"),
        script: of("ScriptDuration"),
        layout: of("LayoutDuration") + of("RecalcStyleDuration"),
        at: performance.now() / 1_000,
        sent: sim.stats().samples,
      };
    };
    const processor = async () => (await figures())("TaskDuration");
    const received = () =>
      page.evaluate(() =>
        Number(/** @type {any} */ (globalThis).document.querySelector("[title$=received]")?.title.replace(/\D/g, "")),
      );
    return await measure({ page, sim, cdp, until, settled, received, processor, state });
  } finally {
    await browser.close();
    await site.close();
    await sim.close();
  }
}
