// Chromium and Firefox for the tests: where they are, and how to start them headless.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall, canInstall, isUbuntu } from "./system.mjs";
import { Problem } from "./problem.mjs";

/** @typedef {"chromium" | "firefox"} BrowserName */

/** @type {Record<BrowserName, { title: string, variable: string, commands: string[], places: string[], debian: string }>} */
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
  },
};

/**
 * The browser's executable, or undefined.
 * @param {BrowserName} name
 * @param {NodeJS.ProcessEnv} [env]
 */
export function findBrowser(name, env = process.env) {
  const { variable, commands, places } = BROWSERS[name];
  const told = env[variable];
  if (told) {
    if (!isExecutable(told))
      throw new Problem(`${variable} names ${told}, which is not a program; correct it or unset it.`);
    return told;
  }
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter(Boolean);
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  const usual = places.map((place) =>
    place.replace(/%([^%]+)%/g, (_, key) => env[key] ?? env[key.toUpperCase()] ?? ""),
  );
  return [...(process.platform === "win32" ? [] : onPath), ...usual].find(isExecutable);
}

/**
 * Finds the browser, installing it where the system's package manager may be used.
 * @param {BrowserName} name
 * @returns {Promise<string>} its executable
 */
export async function ensureBrowser(name) {
  const { title, variable, debian } = BROWSERS[name];
  const found = findBrowser(name);
  if (found) return found;
  if (canInstall() && !isUbuntu()) {
    await aptInstall(title, [debian]);
    const installed = findBrowser(name);
    if (installed) return installed;
  }
  throw new Problem(
    `${title} is missing: install it (on Debian: apt-get install ${debian}) or set ${variable} to its executable, then run the same command again.`,
  );
}

/**
 * Options for puppeteer's `launch`, the same for every test.
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
  // Chromium's sandbox refuses to run as root, which is what containers are.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return { browser: /** @type {const} */ ("chrome"), executablePath, headless: true, args };
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
