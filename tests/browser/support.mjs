/** Shared by the browser tests: one browser and site per file, one page per test, and simulators that close with it. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, afterEach, before } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";
import { ensureBrowser, launchOptions } from "../../scripts/lib/browsers.mjs";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { serve } from "../../scripts/lib/serve.mjs";
import { startSimulator } from "../../www/simulator/index.mjs";

/** @typedef {Awaited<ReturnType<typeof startSimulator>>} Simulator */
/** @typedef {import("puppeteer-core").Browser} Browser */
/** @typedef {import("puppeteer-core").Page} Page */

const PAGES = fileURLToPath(new URL("pages", import.meta.url));

/** Limit of each wait; generous, since CI has two busy cores. */
export const LIMIT_MS = 60_000;

/** Messages that browsers write to the console when a page's network fails. */
const NETWORK_MESSAGE =
  /^(WebSocket connection to|Failed to load resource|Firefox can.t establish a connection|The connection to wss?:|Cross-Origin Request Blocked)/;

/**
 * Starts a browser and a site before a file's tests, and closes both after them, even on failure.
 * @param {import("../../scripts/lib/browsers.mjs").BrowserName} name
 * @param {{ folders?: Record<string, string> }} [options] what the site serves besides the package
 */
export function withBrowser(name, { folders = { "/": PAGES } } = {}) {
  /** @type {{ browser?: Browser, site?: Awaited<ReturnType<typeof serve>>, profile?: string }} */
  const held = {};
  const open = async () => {
    await ensureBrowser(name);
    held.site = await serve({ port: 0, folders: { ...folders, "/pkg/": inRoot("pkg") } });
    held.profile = await mkdtemp(join(tmpdir(), "ardexa-browser-"));
    held.browser = await launch({
      ...launchOptions(name),
      userDataDir: held.profile,
      timeout: LIMIT_MS,
      protocolTimeout: LIMIT_MS,
    });
  };
  let isOver = false;
  /** @type {Promise<void> | undefined} */
  let opened;
  before(() => (opened = isOver ? undefined : open()), { timeout: 2 * LIMIT_MS });
  after(
    async () => {
      // If an earlier hook of the file failed, this runs before or during the opening.
      isOver = true;
      await opened?.catch(() => {});
      await held.browser?.close().catch(() => held.browser.process()?.kill("SIGKILL"));
      await held.site?.close();
      // The browser's helper processes may still be writing to it.
      if (held.profile) await rm(held.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
    { timeout: LIMIT_MS },
  );
  /** @type {{ page: Page, complaints: (string | Promise<string>)[] }[]} */
  const watched = [];
  // Not in `t.after`: if one of those hooks throws, the test's others are skipped, and its servers stay open.
  afterEach(async (t) => {
    const all = [];
    for (const { page, complaints } of watched.splice(0)) {
      const violations = await page.evaluate(() => globalThis.violations ?? []).catch(() => []);
      const its = [...(await Promise.all(complaints)), ...violations];
      // `error` is missing in the types of Node 20.
      if (/** @type {any} */ (t).error || its.length > 0) await keepPicture(page, `${name}-${t.name}`);
      all.push(...its);
    }
    if (all.length > 0) throw new Error(`the page reported:\n${all.join("\n")}`);
  });

  return {
    name,
    get browser() {
      return held.browser;
    },
    get url() {
      return held.site.url;
    },

    /**
     * Opens an empty tab for one test. It is closed after the test, which fails if its page logged an error or a warning.
     * @param {import("node:test").TestContext} t
     * @param {{ expectErrors?: RegExp }} [options]
     *   `expectErrors`: console errors that the test causes on purpose
     */
    async tab(t, { expectErrors } = {}) {
      const page = await held.browser.newPage();
      /** @type {(string | Promise<string>)[]} */
      const complaints = [];
      page.on("console", (message) => {
        const text = message.text();
        if (
          !["error", "warn", "warning"].includes(message.type()) ||
          NETWORK_MESSAGE.test(text) ||
          expectErrors?.test(text)
        )
          return;
        complaints.push(consoleText(message));
      });
      page.on("pageerror", (/** @type {Error | undefined} */ error) => {
        // Firefox reports its network messages here.
        if (!NETWORK_MESSAGE.test(error?.message) && !expectErrors?.test(error?.message))
          complaints.push(`uncaught: ${error?.stack ?? error}`);
      });
      watched.push({ page, complaints });
      t.after(() => page.close().catch(() => {}));
      return page;
    },

    /**
     * Opens a page of the file's site, or of another one, in a tab.
     * @param {import("node:test").TestContext} t
     * @param {{ path?: string, site?: string, expectErrors?: RegExp }} [options]
     */
    async page(t, { path = "", site = held.site.url, expectErrors } = {}) {
      const page = await this.tab(t, { expectErrors });
      await page.goto(site + path);
      return page;
    },
  };
}

/**
 * The text of a console message, with the stacks of its errors: the text itself may be no more than "JSHandle@error".
 * @param {import("puppeteer-core").ConsoleMessage} message
 */
async function consoleText(message) {
  const words = message.args().map((arg) => arg.evaluate((it) => (it instanceof Error ? (it.stack ?? `${it}`) : "")));
  const stacks = await Promise.all(words).catch(() => []);
  return ["console:", message.text(), ...stacks.filter(Boolean)].join(" ");
}

/** Saves a screenshot of a failed test's page, for debugging from the log. @param {Page} page @param {string} name */
async function keepPicture(page, name) {
  const path = inRoot(
    "build",
    "failures",
    `${name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .slice(0, 100)}.png`,
  );
  try {
    await mkdir(dirname(path), { recursive: true });
    await page.screenshot({ path });
    console.log(`Screenshot of the failed test's page: ${path}`);
  } catch (error) {
    console.log(`No screenshot of the failed test's page: ${error.message}`);
  }
}

/**
 * @param {import("node:test").TestContext} t
 * @param {import("../../www/simulator/options.mjs").SimulatorOptions} [options]
 */
export async function simulator(t, options) {
  const sim = await startSimulator({ devices: 6, commandMs: 0, restartMs: 20, upgradeStepMs: 5, ...options });
  t.after(() => sim.close());
  return sim;
}

/**
 * Returns client options for a simulator, its first device, and a feed of that device.
 * @param {Simulator} sim
 * @returns {{ options: Cloud, deviceId: string, request: import("ardexa-client").FeedRequest }}
 * @typedef {{ url: string, workgroup: string, token: string }} Cloud
 */
export function given(sim) {
  const [device] = sim.devices;
  return {
    options: { url: sim.url, workgroup: sim.workgroup, token: sim.token },
    deviceId: device.id,
    request: { deviceId: device.id, table: "solar", source: "inverter-01", field: "AC Power" },
  };
}

/**
 * Waits until `condition` returns a truthy value, and returns it.
 * @param {() => any} condition
 * @param {string} [what] named on failure
 */
export async function until(condition, what = String(condition)) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const held = await condition();
    if (held) return held;
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    // A search by role costs the browser several milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
