/** One Chromium for all projects, and pages that must not log errors or warnings. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { launch } from "puppeteer-core";
import { ensureBrowser, launchOptions } from "../../../scripts/lib/browsers.mjs";
import { serve } from "../../../scripts/lib/serve.mjs";
import { LIMIT_MS } from "./consumer.mjs";

/** The time a page gets to load and start its program, ample on a busy machine. */
const PAGE_MS = 30_000;

const held = { browser: undefined, profile: "" };

export function withChromium() {
  before(
    async () => {
      await ensureBrowser("chromium");
      held.profile = await mkdtemp(join(tmpdir(), "ardexa-browser-"));
      held.browser = await launch({
        ...launchOptions("chromium"),
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
      // The browser's child processes may still be writing to it.
      if (held.profile) await rm(held.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
    { timeout: LIMIT_MS },
  );
}

/**
 * Opens a page that sets `globalThis.run`, and returns its result.
 * @param {import("node:test").TestContext} t
 * @param {string} url
 * @param {unknown} given
 * @param {string} [way] an argument for `run`
 * @returns {Promise<{ told: any, loaded: string[] }>} `loaded`: the names of all files that the page requested
 */
export async function runPage(t, url, given, way) {
  // A separate context, so that tests share no service worker or shared worker.
  const context = await held.browser.createBrowserContext();
  t.after(() => context.close().catch(() => {}));
  const page = await context.newPage();
  const complaints = [];
  const loaded = [];
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error?.stack ?? error)));
  page.on(
    "request",
    (request) => request.url().startsWith("http") && loaded.push(new URL(request.url()).pathname.split("/").at(-1)),
  );
  page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  const failed = (error) => assert.fail([error.message, ...complaints].join("\n"));
  assert.equal((await page.goto(url)).status(), 200, url);
  await page.waitForFunction("globalThis.run", { timeout: PAGE_MS }).catch(failed);
  const told = await page.evaluate((...args) => globalThis.run(...args), given, way).catch(failed);
  assert.deepEqual(complaints, []);
  return { told, loaded };
}

/**
 * Serves folders under the strict policy of scripts/lib/serve.mjs and opens their page.
 * @param {import("node:test").TestContext} t
 * @param {Record<string, string>} folders
 * @param {unknown} given
 * @param {string} [way]
 */
export async function runSite(t, folders, given, way) {
  const site = await serve({ port: 0, folders });
  t.after(() => site.close());
  const policy = (await fetch(site.url)).headers.get("content-security-policy");
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'; .*connect-src 'self' http: https: ws: wss:;/);
  return runPage(t, site.url, given, way);
}
