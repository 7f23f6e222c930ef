/** Package managers with other layouts than npm. They install the tarball, and its dependencies from npm's folder. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cloud, dependencyFolders, project, tarball, toolPath } from "../lib/consumer.mjs";
import { HERE, NODES, run, runTool } from "../lib/runtimes.mjs";

const PROGRAMS = ["import.mjs", "require.cjs"];
const SOURCES = ["exercise.mjs", ...PROGRAMS.map((file) => `node/${file}`)];

/** Yarn's loader, instead of `yarn node`. */
const PNP = ["--require", "./.pnp.cjs", "--experimental-loader", "./.pnp.loader.mjs", "--no-warnings"];

const fileUrls = async () =>
  Object.fromEntries(Object.entries(await dependencyFolders()).map(([name, folder]) => [name, `file:${folder}`]));

/** @param {string} folder @param {object} [more] */
async function manifest(folder, more) {
  const content = { name: "project", private: true, dependencies: { "ardexa-client": `file:${tarball()}` }, ...more };
  await writeFile(join(folder, "package.json"), JSON.stringify(content));
}

async function works(t, folder, runtimes, flags = []) {
  for (const runtime of runtimes) {
    for (const file of PROGRAMS) {
      const { given, check } = await cloud(t);
      check(await run(t, runtime, folder, file, given, { flags }));
    }
  }
}

export function managerTests() {
  project("pnpm", SOURCES, async (t, folder) => {
    await manifest(folder);
    // JSON is valid YAML.
    await writeFile(join(folder, "pnpm-workspace.yaml"), JSON.stringify({ overrides: await fileUrls() }));
    const flags = ["install", "--offline", "--ignore-scripts", "--store-dir", join(folder, "store")];
    await runTool(t, HERE.file(), [toolPath("pnpm", "bin", "pnpm.mjs"), ...flags], folder);
    await works(t, folder, NODES);
  });

  project("Yarn, Plug'n'Play", SOURCES, async (t, folder) => {
    await manifest(folder, { resolutions: await fileUrls() });
    await writeFile(join(folder, "yarn.lock"), "");
    const settings = {
      nodeLinker: "pnp",
      enableGlobalCache: false,
      enableNetwork: false,
      enableTelemetry: false,
      enableImmutableInstalls: false,
      globalFolder: "./global",
    };
    await writeFile(join(folder, ".yarnrc.yml"), JSON.stringify(settings));
    await runTool(t, HERE.file(), [toolPath("@yarnpkg", "cli-dist", "bin", "yarn.js"), "install"], folder);
    await works(t, folder, NODES, PNP);
  });
}
