// `npm run docs`: builds the crate's documentation with rustdoc and the package's with TypeDoc. Warnings are errors.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensure } from "./setup.mjs";
import { ensurePackages } from "./lib/npm-packages.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";
import { step } from "./lib/run.mjs";

const OUT = inRoot("build", "docs");
/** TypeDoc needs its own TypeScript: version 7 has no JavaScript API. */
const TYPEDOC = inRoot("scripts", "typedoc");
const LOCKED = process.env.CI ? ["--locked"] : [];

export async function buildDocs() {
  const env = await ensure({ rust: true });
  await ensurePackages(TYPEDOC, "npm packages of TypeDoc");
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });

  // A separate target folder: `target/doc` may hold outdated pages and other crates.
  const target = inRoot("target", "docs");
  await rm(join(target, "doc"), { recursive: true, force: true });
  await step(
    "rustdoc",
    "cargo",
    ["doc", ...LOCKED, "--no-deps", "--lib", "--features", "native", "--target-dir", target],
    {
      env: { ...env, RUSTDOCFLAGS: "-D warnings" },
      remedy: () => "The crate's documentation has warnings; rustdoc's last lines are above.",
    },
  );
  await cp(join(target, "doc"), join(OUT, "rust"), { recursive: true });

  await step("TypeDoc", process.execPath, [join("node_modules", "typedoc", "bin", "typedoc")], {
    cwd: TYPEDOC,
    remedy: () => "The package's documentation has warnings; TypeDoc's last lines are above.",
  });
  say("  build/docs/rust/ardexa_client/index.html  build/docs/js/index.html");
}

if (isMain(import.meta.url)) await runMain(buildDocs);
