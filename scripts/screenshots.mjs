// `npm run screenshots`: captures each view of the dashboard in light, dark and narrow layouts in www/screenshots/.
// The fleet is simulated; its clock starts at ten in the morning, since a plant reports 0 at night.
import { mkdir, writeFile } from "node:fs/promises";
import { build } from "./build.mjs";
import { buildDashboard } from "./dashboard.mjs";
import { launchOptions } from "./lib/browsers.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { withPalette } from "./lib/png.mjs";
import { progress, say } from "./lib/progress.mjs";
import { serve } from "./lib/serve.mjs";
import { simulatedDevices, startSimulator } from "./lib/target.mjs";
import { ensure } from "./setup.mjs";

const OUT = inRoot("www", "screenshots");
const LIMIT_MS = 60_000;
const MOST_BYTES = 150_000;
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740, deviceScaleFactor: 2 };

/** @typedef {{ page: any, sim: any, click: (name: string, role?: string) => Promise<void>, sees: (text: string) => Promise<void>, wait: (ms: number) => Promise<unknown> }} Scene */

/** What each view must show. @type {Record<string, (scene: Scene) => Promise<void>>} */
const VIEWS = {
  overview: async ({ page, sim, sees, wait }) => {
    for (const at of [2, 3]) sim.setOnline(sim.devices[at].id, false);
    await sees("Watch power of Redgum Plain");
    for (const site of ["Redgum Plain", "Kestrel Ridge", "Saltbush Flat"]) {
      await page.evaluate(
        (/** @type {string} */ name) =>
          [.../** @type {any} */ (globalThis).document.querySelectorAll("button")]
            .find((button) => button.textContent.startsWith(`Watch power of ${name}`))
            ?.click(),
        site,
      );
    }
    await sees("the median");
    await wait(20_000);
  },
  fleet: async ({ sim, sees, wait }) => {
    for (const at of [1, 3, 8]) {
      sim.setOnline(sim.devices[at].id, false);
      await wait(1_200);
    }
    sim.setOnline(sim.devices[3].id, true);
    await sees("came online");
    await wait(1_500);
  },
  live: async ({ page, sim, click, sees, wait }) => {
    await page.waitForSelector('::-p-aria([name="solar / inverter-01"][role="group"])');
    await page.evaluate(() => {
      /** @param {string} group @param {string[]} names */
      const add = (group, names) => {
        const { document } = /** @type {any} */ (globalThis);
        const buttons = [...document.querySelector(`[aria-label="${group}"]`).querySelectorAll("button")];
        for (const name of names) buttons.find((button) => button.textContent === name).click();
      };
      add("Compare solar", ["AC Power of 6"]);
      add("solar / inverter-01", ["AC Power", "AC Frequency", "DC Voltage 1"]);
      add("weather / station-01", ["Irradiance"]);
    });
    await click("Add feeds");
    await wait(24_000);
    sim.dropAll();
    await sim.restart({ downMs: 5_000 });
    await sees("gap");
    await wait(22_000);
    const chart = await page.$(".chart");
    const { x, y, width } = await chart.boundingBox();
    await page.mouse.move(x + width * 0.42, y + 60);
    await wait(600);
  },
  shell: async ({ page, sees, wait }) => {
    for (const cmd of [
      "uptime",
      "df -h",
      "ls /opt/ardexa/log",
      "tail -n 3 /opt/ardexa/logs/solar/inverter-01/latest.csv",
    ]) {
      await page.type("::-p-aria(Command for Redgum Plain Solar Plant)", `${cmd}\n`);
      await sees("Exit \\d+ after");
      await wait(700);
    }
  },
  config: async ({ click, sees, wait }) => {
    await click("Load from device");
    await sees("Loaded /etc/ardexa/ardexa.yaml");
    await click("Test");
    await sees("Nothing was changed");
    await click("Upgrade agent…");
    await click("I understand", "checkbox");
    await click("Upgrade the agent");
    await sees("The agent is upgraded");
    await wait(500);
  },
  wire: async ({ page, sim, sees, wait }) => {
    await page.waitForSelector("::-p-aria(Filter frames)");
    for (const at of [4, 6, 9]) sim.setOnline(sim.devices[at].id, !sim.devices[at].online);
    await page.evaluate(`location.hash = "#/shell"`);
    await page.type("::-p-aria(Command for Redgum Plain Solar Plant)", "uptime\n");
    await sees("Exit 0");
    await page.evaluate(`location.hash = "#/wire"`);
    await sees("device:cmd:reply");
    await wait(500);
    await page.evaluate(() => /** @type {any} */ (globalThis).document.querySelector(".frames .frame").click());
  },
};

/** @param {any} browser @param {string} dist @param {string} view */
async function take(browser, dist, view) {
  const sim = await startSimulator({
    startHour: 10,
    samplesPerSecond: 5,
    restartMs: 900,
    upgradeStepMs: 350,
    commandMs: 80,
  });
  const { url, workgroup, token } = sim;
  const site = await serve({
    port: 0,
    folders: { "/": dist },
    json: { "/config.json": { toJSON: () => ({ url, workgroup, token, devices: simulatedDevices(sim) }) } },
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  try {
    await page.setViewport(WIDE);
    await page.goto(`${site.url}icon.svg`);
    await page.evaluate(() => /** @type {any} */ (globalThis).localStorage.setItem("ardexa:theme", "light"));
    await page.goto(`${site.url}#/${view}`);
    const sees = (/** @type {string} */ text) =>
      page.waitForFunction(
        (/** @type {string} */ pattern) =>
          new RegExp(pattern).test(/** @type {any} */ (globalThis).document.body.innerText),
        {},
        text,
      );
    await sees("Connected");
    const click = (/** @type {string} */ name, role = "button") =>
      page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click();
    const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await VIEWS[view]({ page, sim, click, sees, wait });
    await shot(page, `${view}-light`);
    await click("Dark theme");
    await wait(700);
    if (view === "live") await page.mouse.move(640, 240);
    await shot(page, `${view}-dark`);
    await page.setViewport(NARROW);
    await wait(900);
    await shot(page, `${view}-narrow`);
  } finally {
    await page.close();
    await site.close();
    await sim.close();
  }
}

/** @param {any} page @param {string} name */
async function shot(page, name) {
  const png = withPalette(await page.screenshot());
  if (png.length > MOST_BYTES)
    throw new Problem(`www/screenshots/${name}.png has ${png.length} bytes; ${MOST_BYTES} are the limit.`);
  await writeFile(`${OUT}/${name}.png`, png);
}

async function main() {
  const unknown = process.argv.slice(2).find((name) => !VIEWS[name]);
  if (unknown) throw new Problem(`There is no view ${unknown}; there are ${Object.keys(VIEWS).join(", ")}.`);
  const { default: puppeteer } = await import("puppeteer-core");
  await ensure({ npm: true, browsers: ["chromium"] });
  await build();
  const dist = await buildDashboard();
  await mkdir(OUT, { recursive: true });
  const browser = await puppeteer.launch({ ...launchOptions("chromium"), protocolTimeout: 2 * LIMIT_MS });
  try {
    for (const view of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(VIEWS)) {
      const line = progress(view);
      await take(browser, dist, view);
      line.done();
    }
  } finally {
    await browser.close();
  }
  say("  www/screenshots/ is up to date.");
}

if (isMain(import.meta.url)) await runMain(main);
