/** The README's section "In Rust": builds and runs a program and a Leptos page from its code blocks. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { simulator, until, withBrowser } from "../browser/support.mjs";
import { cargo, makePage, TARGET } from "./lib/page.mjs";

const OUT = inRoot("build", "examples");
const FUTURES = 'futures = { version = "0.3.31", default-features = false, features = ["std", "executor"] }';

/** The Rust code block that begins with a comment. @param {string} readme @param {string} comment */
function block(readme, comment) {
  const found = readme.split("```rust\n").find((text) => text.startsWith(`// ${comment}`));
  assert.ok(found, `the README has no block that begins with // ${comment}`);
  return found.slice(0, found.indexOf("```"));
}

/**
 * Creates a package in build/ from the README's code.
 * @param {string} name @param {string} main the comment of its main.rs @param {string[]} dependencies
 * @param {string} like the folder of a package whose lockfile and profile it copies, to reuse that package's build
 */
async function makePackage(name, main, dependencies, like) {
  const folder = inRoot("build", "readme", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "src"), { recursive: true });
  const readme = await readFile(inRoot("README.md"), "utf8");
  await writeFile(join(folder, "src", "watch.rs"), block(readme, "src/watch.rs"));
  await writeFile(join(folder, "src", "main.rs"), block(readme, main));
  const [profile = ""] = /^\[profile\.dev\]\n(.+\n)*/m.exec(await readFile(inRoot(like, "Cargo.toml"), "utf8")) ?? [];
  const manifest = `[package]\nname = "${name}"\nedition = "2024"\n\n[dependencies]\n${dependencies.join("\n")}\n\n[workspace]\n\n${profile}`;
  await writeFile(join(folder, "Cargo.toml"), manifest);
  await cp(inRoot(like, "Cargo.lock"), join(folder, "Cargo.lock"));
  return folder;
}

/** @param {string} [features] */
const client = (features = "") => `ardexa-client = { path = "../../.."${features} }`;

before(
  async () => {
    const program = await makePackage(
      "readme-program",
      "src/main.rs of a program",
      [client(', features = ["native"]'), FUTURES],
      ".",
    );
    await cargo(["build", "--manifest-path", join(program, "Cargo.toml"), "--target-dir", TARGET]);
    const leptos = 'leptos = { version = "0.8.0", features = ["csr"] }';
    const page = await makePackage(
      "readme-page",
      "src/main.rs of a page in Leptos",
      [client(), FUTURES, leptos],
      "examples/leptos",
    );
    for (const file of ["index.html", "start.js"]) await cp(inRoot("examples", "leptos", file), join(page, file));
    await makePage(page, "readme-page", join(OUT, "readme"));
  },
  { timeout: 1_200_000 },
);

const held = withBrowser("chromium", { folders: { "/": OUT } });

test("the program prints the command's output and samples", { timeout: 60_000 }, async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 50 });
  const child = spawn(join(TARGET, "debug", "readme-program"), {
    env: {
      ARDEXA_URL: sim.url,
      ARDEXA_WORKGROUP: sim.workgroup,
      ARDEXA_TOKEN: sim.token,
      ARDEXA_DEVICE: sim.devices[0].id,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (said += chunk));
  await until(() => said.split("\n").length > 4, "samples");
  const [uptime, first] = said.split("\n");
  assert.match(uptime, /up \d+ days/);
  assert.match(first, /^\d{4}-\d\d-\d\dT\S+ (\d|null)/);
  sim.dropAll();
  await until(() => /^nothing until \d+$/m.test(said), "the gap");
});

test("the page shows samples", { timeout: 60_000 }, async (t) => {
  const sim = await simulator(t, { samplesPerSecond: 50 });
  /** @type {Record<string, string>} */
  const answers = {
    "Cloud URL": sim.url,
    "Workgroup ID": sim.workgroup,
    "API token": sim.token,
    "Device ID": sim.devices[0].id,
  };
  const page = await held.browser.newPage();
  t.after(() => page.close());
  page.on("dialog", (dialog) => dialog.accept(answers[dialog.message()]));
  await page.goto(`${held.url}readme/index.html`);
  const shown = () => page.$eval("output", (element) => element.textContent ?? "").catch(() => "");
  const first = await until(async () => /^\d{4}-/.test(await shown()) && shown(), "a sample");
  await until(async () => (await shown()) !== first, "the next sample");
});
