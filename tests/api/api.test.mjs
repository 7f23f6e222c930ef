/** Runs this folder's Rust tests natively, and as WebAssembly in Node and in a browser. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter } from "node:path";
import { after, before, test } from "node:test";
import { WASM_TARGET, WASM_TEST_ENV } from "../../scripts/lib/rust.mjs";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { ensureTools } from "../../scripts/tools.mjs";
import { withBrowser } from "../browser/support.mjs";
import { until } from "../node/lib/until.mjs";
import { startCloud } from "./cloud.mjs";

const LIMIT = { timeout: 600_000 };
const LOCKED = process.env.CI ? ["--locked"] : [];

/** @type {Awaited<ReturnType<typeof startCloud>>} */
let cloud;
before(async () => void (cloud = await startCloud()));
after(() => cloud?.close());
const held = withBrowser("chromium");

/**
 * Starts `cargo test` for these tests.
 * @param {import("node:test").TestContext} t
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function cargoTest(t, args, env) {
  const child = spawn("cargo", ["test", ...LOCKED, "--test", "api", ...args], {
    cwd: inRoot(),
    env: { ...process.env, ARDEXA_TEST_CLOUD: cloud.url, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const said = { text: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (said.text += chunk));
  const ended = once(child, "close");
  t.after(() => {
    // Including the processes that it has started.
    if (child.exitCode === null && child.signalCode === null)
      process.kill(-(/** @type {number} */ (child.pid)), "SIGKILL");
    return ended;
  });
  return { said, ended };
}

/**
 * With the features of `npm test -- wasm`, so that cargo keeps one library for both: the `cdylib` of every set of
 * features has the same file name.
 */
const IN_WASM = ["--features", "bindings", "--target", WASM_TARGET];

/** The environment for the test runner that comes with the CLI of wasm-bindgen. */
async function inWasm(env = {}) {
  const folders = await ensureTools({ build: true });
  return {
    PATH: [...folders, process.env.PATH].join(delimiter),
    ...WASM_TEST_ENV,
    ...env,
  };
}

test("natively", LIMIT, async (t) => {
  const { said, ended } = cargoTest(t, ["--features", "native"]);
  const [code] = await ended;
  assert.equal(code, 0, said.text);
});

test("in Node", LIMIT, async (t) => {
  const NODE_OPTIONS = `--import=${new URL("node-socket.mjs", import.meta.url).href}`;
  const { said, ended } = cargoTest(t, IN_WASM, await inWasm({ NODE_OPTIONS }));
  const [code] = await ended;
  assert.equal(code, 0, said.text);
});

test("in Chromium", LIMIT, async (t) => {
  const env = await inWasm({
    WASM_BINDGEN_USE_BROWSER: "1",
    NO_HEADLESS: "1",
    WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0",
  });
  const { said } = cargoTest(t, IN_WASM, env);
  const page = await held.browser.newPage();
  const [url] = await until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(said.text), "the URL of the tests", LIMIT.timeout);
  await page.goto(`${url}#${cloud.url}`);
  const text = await until(
    async () => {
      const shown = /** @type {string} */ (await page.evaluate("document.body.innerText"));
      return /test result:|panicked/.test(shown) && shown;
    },
    "the result of the tests",
    LIMIT.timeout,
  );
  assert.match(text, /test result: ok/, text);
});
