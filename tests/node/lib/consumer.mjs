/**
 * The built package as a consumer sees it: a copy of pkg/ in the `node_modules` of a separate folder, resolved through
 * the `exports` of its package.json, once by `import` and once by `require`. TESTED_PACKAGE selects another folder.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The consumer's folder, removed when the process exits. */
export const folder = mkdtempSync(join(tmpdir(), "ardexa-consumer-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const { TESTED_PACKAGE } = process.env;
const source = TESTED_PACKAGE ?? join(root, "pkg");
if (!existsSync(join(source, "package.json"))) {
  throw new Error(
    TESTED_PACKAGE === undefined
      ? "There is no pkg/ yet: run `npm run build` first."
      : `TESTED_PACKAGE: no package in ${source}`,
  );
}
mkdirSync(join(folder, "node_modules"));
cpSync(source, join(folder, "node_modules", "ardexa-client"), { recursive: true });
const { dependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
for (const name of Object.keys(dependencies))
  symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
writeFileSync(join(folder, "entry.mjs"), 'export * from "ardexa-client";\n');

/** What `import * as api from "ardexa-client"` returns. @type {typeof import("ardexa-client")} */
export const imported = await import(pathToFileURL(join(folder, "entry.mjs")).href);

/** What `require("ardexa-client")` returns. @type {typeof import("ardexa-client")} */
export const required = createRequire(join(folder, "entry.cjs"))("ardexa-client");

export const { ArdexaClient, ArdexaError, connect, init } = imported;
