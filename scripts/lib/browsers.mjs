// Finds Chromium and Firefox for the tests and starts them headless.
import { basename } from "node:path";
import { ensureProgram, findProgram } from "./programs.mjs";
import { Problem } from "./problem.mjs";

/**
 * "headless-shell" is Chromium without the parts of a desktop browser: a page loads in two thirds of the processor time.
 * Where it is missing, Chromium takes its place.
 * @typedef {"chromium" | "headless-shell" | "firefox"} BrowserName
 */

/** @satisfies {Record<BrowserName, import("./programs.mjs").Program>} */
export const BROWSERS = {
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
  "headless-shell": {
    title: "Chromium's headless shell",
    variable: "HEADLESS_SHELL_PATH",
    commands: ["chromium-headless-shell", "chrome-headless-shell"],
    places: [],
    debian: "chromium-headless-shell",
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
 * @returns {string | undefined}
 */
export const findBrowser = (name, env = process.env) =>
  findProgram(BROWSERS[name], env) ?? (name === "headless-shell" ? findBrowser("chromium", env) : undefined);

/**
 * Finds the browser, installing it if the system's package manager can be used.
 * @param {BrowserName} name
 * @returns {Promise<string>} its executable
 */
export async function ensureBrowser(name) {
  try {
    return await ensureProgram(BROWSERS[name]);
  } catch (error) {
    if (name === "headless-shell" && error instanceof Problem) return ensureBrowser("chromium");
    throw error;
  }
}

/**
 * Options for puppeteer's `launch`, shared by all tests.
 * @param {BrowserName} name
 * @param {NodeJS.ProcessEnv} [env]
 */
export function launchOptions(name, env = process.env) {
  const executablePath = findBrowser(name, env);
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
  const isShell = /headless.shell/.test(basename(executablePath ?? ""));
  const headless = isShell ? /** @type {const} */ ("shell") : true;
  return { browser: /** @type {const} */ ("chrome"), executablePath, headless, args };
}
