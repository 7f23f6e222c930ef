// Finds Chromium and Firefox for the tests and starts them headless.
import { ensureProgram, findProgram } from "./programs.mjs";

/** @typedef {"chromium" | "firefox"} BrowserName */

/** @type {Record<BrowserName, import("./programs.mjs").Program>} */
const BROWSERS = {
  chromium: {
    title: "Chromium",
    variable: "CHROME_PATH",
    commands: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"],
    places: [
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "%PROGRAMFILES%\\Google\\Chrome\\Application\\chrome.exe",
      "%PROGRAMFILES(X86)%\\Google\\Chrome\\Application\\chrome.exe",
      "%LOCALAPPDATA%\\Google\\Chrome\\Application\\chrome.exe",
      "%PROGRAMFILES(X86)%\\Microsoft\\Edge\\Application\\msedge.exe",
    ],
    debian: "chromium",
    snapOnUbuntu: true,
  },
  firefox: {
    title: "Firefox",
    variable: "FIREFOX_PATH",
    commands: ["firefox-esr", "firefox"],
    places: [
      "/Applications/Firefox.app/Contents/MacOS/firefox",
      "%PROGRAMFILES%\\Mozilla Firefox\\firefox.exe",
      "%PROGRAMFILES(X86)%\\Mozilla Firefox\\firefox.exe",
    ],
    debian: "firefox-esr",
    snapOnUbuntu: true,
  },
};

/**
 * The browser's executable, or `undefined` if it is not installed.
 * @param {BrowserName} name
 * @param {NodeJS.ProcessEnv} [env]
 */
export const findBrowser = (name, env = process.env) => findProgram(BROWSERS[name], env);

/**
 * Finds the browser, installing it if the system's package manager can be used.
 * @param {BrowserName} name
 * @returns {Promise<string>} its executable
 */
export const ensureBrowser = (name) => ensureProgram(BROWSERS[name]);

/**
 * Options for puppeteer's `launch`, shared by all tests.
 * @param {BrowserName} name
 */
export function launchOptions(name) {
  const executablePath = findBrowser(name);
  if (name === "firefox") return { browser: /** @type {const} */ ("firefox"), executablePath, headless: true };
  const args = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
  ];
  // Chromium's sandbox refuses to run as root, the usual user in containers.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return { browser: /** @type {const} */ ("chrome"), executablePath, headless: true, args };
}
