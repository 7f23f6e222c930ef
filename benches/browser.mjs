// Runs the `receive` benchmark in headless browsers.
import { inRoot } from "../scripts/lib/paths.mjs";
import { findBrowser, launchOptions } from "../scripts/lib/browsers.mjs";
import { serve } from "../scripts/lib/serve.mjs";
import { repeated } from "./lib/child.mjs";
import { joinedCases } from "./lib/receive.mjs";
import { metrics as receiveMetrics, table as receiveTable } from "./receive.mjs";

const CASES = [
  { payload: "sample", feeds: 1 },
  { payload: "sample", feeds: 100 },
  { payload: "sample", feeds: 10_000 },
  { payload: "csv", feeds: 100 },
];
const TIMEOUT_MS = 120_000;

/** @param {"chromium" | "firefox"} name @param {string} url @param {boolean} quick */
async function measureIn(name, url, quick) {
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({ ...launchOptions(name), protocolTimeout: TIMEOUT_MS });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    const options = { quick, cases: CASES };
    const measured = await page.evaluate(
      (/** @type {any} */ given) => /** @type {any} */ (globalThis).bench(given),
      options,
    );
    return { version: await browser.version(), ...measured };
  } finally {
    await browser.close();
  }
}

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ quick, pkg }) {
  const site = await serve({
    folders: {
      "/": inRoot("benches", "page"),
      "/lib/": inRoot("benches", "lib"),
      "/pkg/": pkg,
      "/socket.io-client/": inRoot("node_modules", "socket.io-client", "dist"),
    },
  });
  /** @type {Record<string, any>} */
  const browsers = {};
  /** @type {string[]} */
  const missing = [];
  try {
    for (const name of /** @type {const} */ (["chromium", "firefox"])) {
      if (!findBrowser(name)) {
        missing.push(name);
        continue;
      }
      const processes = await repeated(quick, () => measureIn(name, site.url, quick));
      browsers[name] = { ...processes[0], cases: joinedCases(processes.map(({ cases }) => cases)) };
    }
  } finally {
    await site.close();
  }
  return { unit: "ns per sample", browsers, missing };
}

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ browsers, missing }) {
  const tables = Object.values(browsers).map((browser) => ({
    browser,
    ...receiveTable({ sampleBytes: 0, csvValues: 0, unit: "", ...browser }),
  }));
  return {
    title: "Receiving in browsers: nanoseconds per sample",
    head: tables[0]?.head ?? [""],
    groups: tables.flatMap(({ browser, groups }) =>
      groups.map((group) => ({ ...group, name: `${browser.version}: ${group.name}` })),
    ),
    notes: missing.map((name) => `${name} is missing: \`npm run setup -- ${name}\` installs it.`),
  };
}

/** Chromium only: Firefox's clock is too coarse for a limit. @param {Awaited<ReturnType<typeof run>>} result */
export function metrics({ browsers: { chromium } }) {
  if (!chromium) return {};
  const { "object / socket.io-client, up to 100 feeds": few, "object / socket.io-client, 10,000 feeds": many } =
    receiveMetrics(chromium);
  return {
    "object / socket.io-client, Chromium, up to 100 feeds": few,
    "object / socket.io-client, Chromium, 10,000 feeds": many,
  };
}
