// The package evaluates no strings as code, has no built-in addresses and changes no objects of others. (Every browser
// test runs it in Chromium under script-src 'self' 'wasm-unsafe-eval'; a violation fails the page.)
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runProgram } from "../lib/children.mjs";
import { simulator } from "../lib/cloud.mjs";
import { LIMIT } from "../lib/until.mjs";

const pkg = fileURLToPath(new URL("../../../pkg", import.meta.url));
/** Files that contain the wasm module encoded as a string. */
const WITH_MODULE = ["inline.js", "node-wasm.cjs"];

/** A file's source without the encoded module. */
function withoutModule(file) {
  const text = readFileSync(join(pkg, file), "utf8");
  const code = text.replace(/(["'`])[^"'`\\]{50000,}\1/, '""');
  assert.equal(code !== text, WITH_MODULE.includes(file), file);
  return code;
}

const scripts = readdirSync(pkg, { recursive: true })
  .map(String)
  .filter((file) => /\.(js|cjs|mjs)$/.test(file))
  .map((file) => [file, withoutModule(file)]);
const module = new WebAssembly.Module(readFileSync(join(pkg, "ardexa_client_bg.wasm")));

test("no file of the package evaluates strings as code", () => {
  assert.ok(scripts.length >= 6, `${scripts.map(([file]) => file)}`);
  for (const [file, text] of scripts) {
    const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const way of [
      /\beval\s*\(/,
      /\bnew\s+Function\b/,
      /\bFunction\s*\(/,
      /set(Timeout|Interval)\s*\(\s*["'`]/,
      /\bimportScripts\b/,
      /document\.write/,
      /innerHTML/,
      /javascript:/,
      /\bvm\b/,
    ]) {
      assert.doesNotMatch(code, way, file);
    }
  }
});

test("the module imports nothing that evaluates code, stores data or sends requests", () => {
  const names = WebAssembly.Module.imports(module).map(({ name }) => name);
  assert.ok(names.length > 20);
  assert.deepEqual(
    names.filter((name) => /newnoargs|eval|new_no_args|Function_new|fetch|XMLHttp|storage|cookie/i.test(name)),
    [],
  );
});

test("no built-in address, no file and no environment variable", () => {
  for (const [file, text] of scripts) {
    assert.doesNotMatch(text.replace(/^\s*(\/\/|\*).*$/gm, ""), /["'`](https?|wss?):\/\/(?!127|localhost|\$\{)/, file);
    // The command line reads the cloud's address from the environment.
    if (!file.startsWith("cli")) assert.doesNotMatch(text, /process\.env/, file);
    assert.doesNotMatch(
      text,
      /rejectUnauthorized|NODE_TLS|localStorage|sessionStorage|indexedDB|document\.cookie|sendBeacon|XMLHttpRequest/,
      file,
    );
  }
  const { scripts: hooks = {}, dependencies } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
  assert.deepEqual(
    Object.keys(hooks).filter((name) => /install|prepare/.test(name)),
    [],
    "no install script",
  );
  assert.deepEqual(Object.keys(dependencies), ["commander", "https-proxy-agent", "proxy-from-env", "ws", "yaml"]);
});

/** A program that uses the whole API: connect, requests, feeds, series, a reconnection, failures. */
const PROGRAM = `
  import { ArdexaClient, ArdexaError, connect } from "ardexa-client";
  const { url, workgroup, token, deviceId } = JSON.parse(process.env.INPUT);
  const until = async (condition) => { while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2)); };
  const client = await connect({ url, workgroup, token: async () => token, reconnect: { minDelayMs: 0, maxDelayMs: 1 } });
  client.onFrame(() => {});
  client.onAny(() => {});
  if ((await client.cmd(deviceId, "true")).returnCode !== 0) throw new Error("no");
  const request = { deviceId, table: "solar", source: "inverter-01" };
  let samples = 0, gaps = 0;
  await client.feed(request, () => samples++, { onGap: () => gaps++ });
  const series = await client.series({ ...request, source: "inverter-02" }, { onUpdate: () => {} });
  for await (const _ of await client.feed({ ...request, source: "inverter-03" })) break;
  await client.emitWithAck("nobody", [new Uint8Array(3)], { timeoutMs: 1 }).catch((error) => { if (!(error instanceof ArdexaError)) throw error; });
  await until(() => samples > 3 && series.length > 3);
  series.minMax(5);
  client.emit("drop");
  await until(() => gaps === 1);
  await client.cmd("nobody", "x").catch((error) => { if (error.code !== "rejected") throw error; });
  try { new ArdexaClient({}); } catch (error) { if (error.code !== "invalid-argument") throw error; }
  await client.close();
  console.log("done");
`;
for (const [what, flags] of /** @type {[string, string[]][]} */ ([
  ["without code generation (--disallow-code-generation-from-strings)", ["--disallow-code-generation-from-strings"]],
  ["with frozen built-in objects (--frozen-intrinsics)", ["--frozen-intrinsics", "--no-warnings"]],
  ["without __proto__ (--disable-proto=throw)", ["--disable-proto=throw"]],
])) {
  test(`everything works ${what}`, LIMIT, async (t) => {
    const sim = await simulator(t, { onConnection: (socket) => socket.on("drop", () => socket.conn.close()) });
    const input = { url: sim.url, workgroup: sim.workgroup, token: sim.token, deviceId: sim.devices[0].id };
    const { code, stdout, stderr } = await runProgram(t, PROGRAM, input, { flags });
    assert.equal(stderr, "");
    assert.deepEqual([code, stdout.trim()], [0, "done"]);
  });
}

test("the flag works: code generation fails under it", LIMIT, async (t) => {
  const { code, stderr } = await runProgram(
    t,
    'new Function("return 1")()',
    {},
    { flags: ["--disallow-code-generation-from-strings"] },
  );
  assert.equal(code, 1);
  assert.match(stderr, /EvalError/);
});
