// Installs what a machine with only Node and rustup lacks; quick if nothing is missing.
// Plain Node throughout: it runs before any package is installed.
import { ensureBroker } from "./lib/broker.mjs";
import { BROWSERS, ensureBrowser } from "./lib/browsers.mjs";
import { ensureConsumerTools } from "./lib/consumer-tools.mjs";
import { ensurePackages } from "./lib/npm-packages.mjs";
import { ensurePython } from "./lib/python.mjs";
import { ensureCompiler, ensureRust } from "./lib/rust.mjs";
import { ensureShells } from "./lib/shells.mjs";
import { ensureTools } from "./tools.mjs";
import { inRoot, isMain, withPath } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

const MINIMUM_NODE = [20, 19];
const PARTS = ["rust", "npm", "tools", "checkers", "chromium", "firefox", "mosquitto"];

/** The checkers of `npm test`; `npm run mutants` installs its own. */
const CHECKERS = /** @type {const} */ (["cargo-deny", "cargo-fuzz"]);

/** What single steps need. @satisfies {Record<string, (env: NodeJS.ProcessEnv) => Promise<unknown>>} */
const EXTRAS = {
  broker: async (/** @type {NodeJS.ProcessEnv} */ env) => void (env.MOSQUITTO_PATH = await ensureBroker()),
  compiler: () => ensureCompiler(),
  consumers: () => ensureConsumerTools(),
  python: () => ensurePython(inRoot("tests", "node", "transcripts", "python", "requirements.txt")),
  shells: () => ensureShells(),
};

/** @typedef {keyof typeof EXTRAS} Extra */

/**
 * Ensures that everything requested is installed and returns the environment in which it is found.
 * @param {object} needs
 * @param {boolean | "checks"} [needs.rust] the toolchain with the wasm target; "checks": rustfmt and clippy too
 * @param {boolean} [needs.npm] the packages of package-lock.json
 * @param {boolean} [needs.tools] wasm-pack and the wasm-bindgen CLI (and Rust, which builds them)
 * @param {readonly import("./tools.mjs").Checker[]} [needs.checkers] tools of single checks (and Rust)
 * @param {import("./lib/browsers.mjs").BrowserName[]} [needs.browsers]
 * @param {readonly Extra[]} [needs.extras] `broker`: Mosquitto; `compiler`: a C++ compiler; `consumers`: bundlers and
 *   runtimes, in the cache folder; `python`: with the server of the transcripts; `shells`: those of the completion
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function ensure({ rust = false, npm = false, tools = false, checkers = [], browsers = [], extras = [] }) {
  requireNode();
  if (rust || tools || checkers.length) await ensureRust({ checks: rust === "checks" });
  if (npm) await ensurePackages();

  const folders = [inRoot("node_modules", ".bin")];
  folders.unshift(...(await ensureTools({ build: tools, checkers })));
  const env = withPath(process.env, folders);
  for (const name of browsers) env[BROWSERS[name].variable] = await ensureBrowser(name);
  for (const name of extras) await EXTRAS[name](env);
  return env;
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new Problem(
    `Node ${process.versions.node} is too old, ${MINIMUM_NODE.join(".")} or later is needed: install a current Node from https://nodejs.org.`,
  );
}

async function main() {
  const named = process.argv.slice(2);
  const unknown = named.filter((part) => !PARTS.includes(part));
  if (unknown.length)
    throw new Problem(`Nothing is called ${unknown.join(", ")} here; say any of ${PARTS.join(", ")}.`);
  const parts = new Set(named.length ? named : ["rust", "npm", "tools", "checkers", "chromium"]);
  await ensure({
    rust: parts.has("rust") ? "checks" : false,
    npm: parts.has("npm"),
    tools: parts.has("tools"),
    checkers: parts.has("checkers") ? CHECKERS : [],
    browsers: /** @type {const} */ (["chromium", "firefox"]).filter((name) => parts.has(name)),
    extras: parts.has("mosquitto") ? ["broker"] : [],
  });
  say(`Ready: ${[...parts].join(", ")}.`);
}

if (isMain(import.meta.url)) await runMain(main);
