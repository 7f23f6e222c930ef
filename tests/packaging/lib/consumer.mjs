/**
 * A consumer's folder, with the packed package installed in it by npm. Each test has a project of its own below, which
 * finds the package as npm laid it. What failed is kept, and its path printed.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureConsumerTools } from "../../../scripts/lib/consumer-tools.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { npm } from "../../../scripts/lib/run.mjs";
import { startSimulator } from "../../../www/simulator/index.mjs";

const PROJECTS = fileURLToPath(new URL("../projects", import.meta.url));

/** Of no test: what ends a wait in vain, with two busy cores in mind. */
export const LIMIT_MS = 120_000;
const SETUP_MS = 480_000;

/** How many samples each project reads. */
const SAMPLES = 3;

const held = { folder: "", tarball: "", tools: "", failed: false };

/** Before a file's tests: packs and installs, and gets what the tests need besides. */
export function withConsumer() {
  before(
    async () => {
      held.tools = await ensureConsumerTools();
      // The real path, since bundlers resolve links.
      held.folder = await realpath(await mkdtemp(join(tmpdir(), "ardexa-packaging-")));
      held.tarball = await pack();
      await install();
    },
    { timeout: SETUP_MS },
  );
  after(async () => {
    if (held.failed) console.log(`The projects that failed are kept in ${held.folder}`);
    else await rm(held.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
}

async function pack() {
  const told = await runNpm(["pack", inRoot("pkg"), "--json", "--pack-destination", held.folder]);
  const packed = JSON.parse(told);
  // A list, or, from newer ones of npm, an object by the package's name.
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return join(held.folder, filename);
}

/** The package's own dependencies are those of the repository's lockfile, so that no run depends on the day. */
async function install() {
  const { dependencies } = JSON.parse(await readFile(inRoot("pkg", "package.json"), "utf8"));
  const { packages } = JSON.parse(await readFile(inRoot("package-lock.json"), "utf8"));
  const overrides = Object.fromEntries(
    Object.keys(dependencies).map((name) => [name, packages[`node_modules/${name}`]?.version]),
  );
  assert.ok(Object.values(overrides).every(Boolean), `package-lock.json lacks one of ${Object.keys(dependencies)}`);
  const manifest = { name: "consumer", private: true, overrides };
  await writeFile(join(held.folder, "package.json"), JSON.stringify(manifest));
  await runNpm(
    ["install", held.tarball, "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"],
    held.folder,
  );
}

async function runNpm(args, cwd = inRoot()) {
  const { program, args: first } = npm();
  const { stdout } = await promisify(execFile)(program, [...first, ...args], { cwd, timeout: SETUP_MS });
  return stdout;
}

export const tarball = () => held.tarball;

/** A package of tests/packaging/package.json. @param {string} name */
export async function tool(name) {
  const { load } = await import(pathToFileURL(join(held.tools, "load.mjs")).href);
  return load(name);
}

/** @param {...string} parts below the tools' `node_modules` */
export const toolPath = (...parts) => join(held.tools, "node_modules", ...parts);

/** The folders of all that the package depends on, by name, as npm laid them: for other package managers, which need no network then. */
export async function dependencyFolders() {
  const lock = JSON.parse(await readFile(join(held.folder, "package-lock.json"), "utf8"));
  const folders = Object.keys(lock.packages).filter((path) => path && !path.endsWith("/ardexa-client"));
  return Object.fromEntries(
    folders.map((path) => [
      path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      join(held.folder, path),
    ]),
  );
}

/** @param {...string} parts below the installed package */
export const installed = (...parts) => join(held.folder, "node_modules", "ardexa-client", ...parts);

let count = 0;

/**
 * A test with a project folder of its own.
 * @param {string} name
 * @param {(string | [string, string])[]} sources files of `projects/` that it starts with, laid flat; the second of two is its name there
 * @param {(t: import("node:test").TestContext, folder: string) => unknown} body
 * @param {{ skip?: string | false, timeout?: number }} [options]
 */
export function project(name, sources, body, { skip = false, timeout = LIMIT_MS } = {}) {
  const short = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  test(name, { timeout, skip }, async (t) => {
    const folder = join(held.folder, `${++count}-${short}`);
    try {
      await mkdir(folder);
      for (const source of sources) {
        const [file, as = basename(file)] = [source].flat();
        await cp(join(PROJECTS, file), join(folder, as), { recursive: true });
      }
      await body(t, folder);
    } catch (error) {
      held.failed = true;
      console.log(`failed: ${name}, kept in ${folder}`);
      throw error;
    }
  });
}

/** Of a sample of the simulator's plant, where one in some hundred is missing. @param {unknown} value */
export const isValue = (value) => value === null || typeof value === "number";

/** @param {import("node:test").TestContext} t */
export async function cloud(t) {
  const sim = await startSimulator({ devices: 6, commandMs: 0, samplesPerSecond: 50 });
  t.after(() => sim.close());
  const [device] = sim.devices;
  return {
    sim,
    /** What `exercise` of projects/exercise.mjs takes. */
    given: {
      options: { url: sim.url, workgroup: sim.workgroup, token: sim.token },
      deviceId: device.id,
      request: { deviceId: device.id, table: "solar", source: "inverter-01", field: "AC Power" },
      samples: SAMPLES,
    },
    /** That a project has done its work, and has left nothing behind. @param {any} told what `exercise` gave */
    check(told) {
      assert.match(told.stdout, /load average/);
      assert.equal(told.returnCode, 0);
      assert.equal(told.values.length, SAMPLES);
      assert.ok(told.values.every(isValue), JSON.stringify(told.values));
      assert.equal(told.state, "closed");
      assert.deepEqual(told.refusal, { name: "ArdexaError", code: "invalid-argument", ours: true, error: true });
      assert.equal(sim.stats().connections, 1);
    },
  };
}
