/** `next/`: built for production and started: its page, and its feed as server-sent events. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { ensureConsumerTools } from "../../scripts/lib/consumer-tools.mjs";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { simulator } from "../node/lib/cloud.mjs";
import { folder } from "../node/lib/consumer.mjs";
import { LIMIT, until } from "../node/lib/until.mjs";
import { cloudOf } from "./lib/recipe.mjs";

/** A build takes ten seconds; the packages, 850 MB, are installed only once. */
const BUILD = { timeout: 600_000 };
const APP = join(folder, "next");
const NEXT = join(folder, "node_modules", "next", "dist", "bin", "next");

/** Its compiler is a native program from npm, installed here for Linux only. */
const skip =
  process.platform === "linux" && process.arch === "x64"
    ? false
    : "tests/packaging installs Next's compiler for Linux x64 only";

/** @param {import("node:test").TestContext | undefined} t @param {string[]} args @param {Record<string, string>} [env] */
function next(t, args, env = {}) {
  const child = spawn(process.execPath, [NEXT, ...args], {
    cwd: APP,
    env: { PATH: process.env.PATH, HOME: folder, NEXT_TELEMETRY_DISABLED: "1", CI: "true", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk) => (output.text += chunk));
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  t?.after(() => {
    child.kill("SIGKILL");
    return ended;
  });
  return { output, ended };
}

/** Starts the site with a simulated cloud, and waits until it is ready. */
async function site(t, change = {}) {
  const sim = await simulator(t, { samplesPerSecond: 50 });
  const [device] = sim.devices;
  const { output } = next(t, ["start", "--port", "0", "--hostname", "127.0.0.1"], {
    ...cloudOf(sim),
    ARDEXA_DEVICE: device.id,
    ...change,
  });
  const [, url] = await until(() => /(http:\/\/127\.0\.0\.1:\d+)[^]*Ready/.exec(output.text), "the site");
  return { sim, device, output, url };
}

describe("the recipe for Next.js", { skip }, () => {
  before(async () => {
    const tools = await ensureConsumerTools();
    for (const name of ["next", "react", "react-dom"])
      symlinkSync(join(tools, "node_modules", name), join(folder, "node_modules", name), "junction");
    cpSync(inRoot("www", "recipes", "next"), APP, { recursive: true });
    writeFileSync(join(APP, "package.json"), '{"private":true,"type":"module"}');
    // Next.js must know the folder that its packages are linked from.
    renameSync(join(APP, "next.config.mjs"), join(APP, "config.mjs"));
    const config =
      'import config from "./config.mjs";\nexport default { ...config, outputFileTracingRoot: "/", turbopack: { root: "/" } };\n';
    writeFileSync(join(APP, "next.config.mjs"), config);
    const { output, ended } = next(undefined, ["build"]);
    assert.equal(await ended, 0, output.text);
  }, BUILD);

  test("its types", LIMIT, async () => {
    const recipes = inRoot("www", "recipes", "tsconfig.json");
    const types = {
      react: [inRoot("node_modules", "@types", "react")],
      next: [join(folder, "node_modules", "next")],
      "ardexa-client": [inRoot("pkg", "index.d.ts")],
    };
    const compilerOptions = {
      jsx: "preserve",
      paths: types,
      typeRoots: [inRoot("node_modules", "@types")],
      types: ["node", "react"],
    };
    writeFileSync(
      join(APP, "tsconfig.types.json"),
      JSON.stringify({ extends: recipes, compilerOptions, include: ["app", "lib", "config.mjs"], exclude: [] }),
    );
    const child = spawn(process.execPath, [
      inRoot("node_modules", "typescript", "bin", "tsc"),
      "--noEmit",
      "-p",
      join(APP, "tsconfig.types.json"),
    ]);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => (output += chunk));
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    assert.equal(code, 0, output);
  });

  test("the page has the device's output and no token", LIMIT, async (t) => {
    const { sim, output, url } = await site(t);
    for (let n = 0; n < 2; n++) {
      const html = await (await fetch(url)).text();
      assert.match(html, /<p id="uptime">[^<]*load average/);
      assert.ok(!html.includes(sim.token));
    }
    assert.equal(sim.stats().connections, 1, output.text);
    // After the server has ended the connection, the next request opens a new one.
    sim.kick();
    await until(async () => /load average/.test(await (await fetch(url)).text()), "the page again");
    assert.equal(sim.stats().connections, 2);
  });

  test("a feed is streamed as server-sent events, and ends at the cloud when the reader leaves", LIMIT, async (t) => {
    const { sim, device, url } = await site(t);
    const reader = new AbortController();
    const response = await fetch(`${url}/api/feeds/${device.id}/system/cpu_usage`, { signal: reader.signal });
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    let text = "";
    const read = (async () => {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) text += chunk;
    })().catch(() => {});
    await until(() => text.split("\n\n").length > 5, "samples");
    const sample = JSON.parse(text.split("\n\n")[0].slice("data: ".length));
    assert.deepEqual([sample.device, sample.table, sample.source], [device.id, "system", "cpu_usage"]);
    reader.abort();
    await read;
    await until(() => sim.feeds().length === 0, "the end of the feed");
    assert.equal((await fetch(`${url}/api/feeds/${device.id}/no/such`)).status, 404);
  });

  test("without a cloud a feed returns 503, with a reason and without the token", LIMIT, async (t) => {
    const { sim, device, url } = await site(t, { ARDEXA_TOKEN: "wr0ng" });
    const response = await fetch(`${url}/api/feeds/${device.id}/system/cpu_usage`);
    assert.equal(response.status, 503);
    assert.match((await response.json()).error, /refused/);
    assert.equal(sim.stats().connected, 0);
  });
});
