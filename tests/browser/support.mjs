/** What the browser tests share: one browser for a file, a page for a test, a site and simulators that end with them. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";
import { ensureBrowser, launchOptions } from "../../scripts/lib/browsers.mjs";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { serve } from "../../scripts/lib/serve.mjs";
import { startSimulator } from "../../www/simulator/index.mjs";

const PAGES = fileURLToPath(new URL("pages", import.meta.url));

/** Of no test: what ends a wait in vain, with two busy cores in mind. */
export const LIMIT_MS = 60_000;

/** What browsers themselves write to the console of a page whose network fails. */
const NETWORK_MESSAGE =
  /^(WebSocket connection to|Failed to load resource|Firefox can.t establish a connection|The connection to wss?:|Cross-Origin Request Blocked)/;

/**
 * Starts a browser and a site before a file's tests, and ends both after them, whatever happened.
 * @param {"chromium" | "firefox"} name
 * @param {{ folders?: Record<string, string> }} [options] what the site serves besides the package
 */
export function withBrowser(name, { folders = { "/": PAGES } } = {}) {
  const held = { browser: undefined, site: undefined, profile: undefined };
  before(
    async () => {
      await ensureBrowser(name);
      held.site = await serve({ port: 0, folders: { ...folders, "/pkg/": inRoot("pkg") } });
      held.profile = await mkdtemp(join(tmpdir(), "ardexa-browser-"));
      held.browser = await launch({
        ...launchOptions(name),
        userDataDir: held.profile,
        timeout: LIMIT_MS,
        protocolTimeout: LIMIT_MS,
      });
    },
    { timeout: 2 * LIMIT_MS },
  );
  after(
    async () => {
      await held.browser?.close().catch(() => held.browser.process()?.kill("SIGKILL"));
      await held.site?.close();
      // The browser's helpers may still be writing to it.
      if (held.profile) await rm(held.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
    { timeout: LIMIT_MS },
  );

  return {
    get browser() {
      return held.browser;
    },
    get url() {
      return held.site.url;
    },

    /**
     * A page for one test. After the test it is closed, and must have had nothing to complain of.
     * @param {import("node:test").TestContext} t
     * @param {{ path?: string, site?: string, expectErrors?: RegExp }} [options] `expectErrors`: console errors that the test means to cause
     */
    async page(t, { path = "", site = held.site.url, expectErrors } = {}) {
      const page = await held.browser.newPage();
      const complaints = [];
      page.on("console", (message) => {
        const text = message.text();
        if (
          !["error", "warn", "warning"].includes(message.type()) ||
          NETWORK_MESSAGE.test(text) ||
          expectErrors?.test(text)
        )
          return;
        complaints.push(`console: ${text}`);
      });
      page.on("pageerror", (error) => {
        // Firefox reports its network messages here.
        if (!NETWORK_MESSAGE.test(error?.message) && !expectErrors?.test(error?.message))
          complaints.push(`uncaught: ${error?.stack ?? error}`);
      });
      t.after(async () => {
        const violations = await page.evaluate("globalThis.violations ?? []").catch(() => []);
        const all = [...complaints, ...violations];
        if (t.error || all.length > 0) await keepPicture(page, `${name}-${t.name}`);
        await page.close().catch(() => {});
        if (all.length > 0) throw new Error(`the page complained:\n${all.join("\n")}`);
      });
      await page.goto(site + path);
      return page;
    },
  };
}

/** What a page showed when its test failed, for whoever has only the log. @param {any} page @param {string} name */
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
    console.log(`The page of the failed test is shown in ${path}`);
  } catch (error) {
    console.log(`The page of the failed test cannot be shown: ${error.message}`);
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

/** Options for a client of a simulator; its first device and a feed of it beside them. */
export function given(sim) {
  const [device] = sim.devices;
  return {
    options: { url: sim.url, workgroup: sim.workgroup, token: sim.token },
    deviceId: device.id,
    request: { deviceId: device.id, table: "solar", source: "inverter-01", field: "AC Power" },
  };
}

/** Waits until `condition` holds, and then gives what it gave. @param {() => any} condition @param {string} what for the failure */
export async function until(condition, what = String(condition)) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const held = await condition();
    if (held) return held;
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
