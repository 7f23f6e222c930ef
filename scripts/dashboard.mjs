// Builds www/dist, the dashboard, from www/src and the built package. Does nothing if neither has changed.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { budgetTable, judge, readBudgets } from "../benches/lib/budgets.mjs";
import { render } from "../benches/lib/table.mjs";
import { build } from "./build.mjs";
import { filesBelow, fingerprint } from "./lib/fingerprint.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";
import { step } from "./lib/run.mjs";

const DIST = inRoot("www", "dist");
const STAMP = inRoot("build", "dashboard.json");

/**
 * Brings www/dist up to date. The package must be built.
 * @returns {Promise<string>} the folder to serve
 */
export async function buildDashboard() {
  const wanted = await inputs();
  const last = await readFile(STAMP, "utf8").then(JSON.parse, () => undefined);
  if (last?.inputs === wanted && existsSync(join(DIST, "index.html"))) {
    say(`  www/dist is up to date: ${last.sizes}`);
    return DIST;
  }
  const tsc = inRoot("node_modules", "typescript", "bin", "tsc");
  await step("dashboard: types", process.execPath, [tsc, "--noEmit", "-p", inRoot("www")], {
    remedy: () => "The dashboard's types do not hold; the compiler's last lines are above.",
  });
  const vite = inRoot("node_modules", "vite", "bin", "vite.js");
  await step("dashboard: vite", process.execPath, [vite, "build", "--config", inRoot("www", "vite.config.ts")], {
    remedy: () => "The dashboard could not be built; Vite's last lines are above.",
  });
  const sizes = shown(await firstView());
  await writeFile(STAMP, JSON.stringify({ inputs: wanted, sizes }, undefined, 2));
  say(`  www/dist holds the dashboard: ${sizes}`);
  return DIST;
}

async function inputs() {
  const folders = await Promise.all([inRoot("www", "src"), inRoot("www", "public"), inRoot("pkg")].map(filesBelow));
  const single = [
    "www/index.html",
    "www/vite.config.ts",
    "www/tsconfig.json",
    "package-lock.json",
    "scripts/dashboard.mjs",
  ];
  return fingerprint([...folders.flat(), ...single.map((file) => inRoot(file))], []);
}

/** Fails if the first view exceeds the limits in benches/budgets.json. The dashboard must be built. */
export async function checkFirstView() {
  const { js, css, wasm } = await firstView();
  const metrics = {
    "dashboard: KB of the first view's JavaScript and CSS, brotli": js + css,
    "dashboard: KB of the first view, brotli": js + css + wasm,
  };
  const verdicts = judge(await readBudgets(), metrics);
  say(render(budgetTable(verdicts)));
  const broken = verdicts.find(({ kept }) => !kept);
  if (broken)
    throw new Problem(
      `${broken.metric} is ${broken.value.toFixed(1)} and must be ${broken.most} or less. Load what the first view does not need when it is needed, or make pkg/ smaller.`,
    );
}

const shown = (/** @type {Awaited<ReturnType<typeof firstView>>} */ { js, css, wasm }) =>
  `first view ${js.toFixed(1)} KB JavaScript, ${css.toFixed(1)} KB CSS, ${wasm.toFixed(1)} KB wasm (brotli)`;

/** What a browser loads for the first view, in KB: the files named in index.html, and the module. */
async function firstView() {
  const html = await readFile(join(DIST, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map((match) => match[1]);
  const wasm = (await readdir(join(DIST, "assets")))
    .filter((file) => file.endsWith(".wasm"))
    .map((file) => `assets/${file}`);
  const size = async (/** @type {string[]} */ files) => {
    const all = await Promise.all(
      files.map(async (file) => (await promisify(brotliCompress)(await readFile(join(DIST, file)))).length),
    );
    return all.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  };
  const ending = (/** @type {string} */ end) => size(named.filter((file) => file.endsWith(end)));
  return { js: await ending(".js"), css: await ending(".css"), wasm: await size(wasm) };
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    await build();
    await buildDashboard();
    await checkFirstView();
  });
}
