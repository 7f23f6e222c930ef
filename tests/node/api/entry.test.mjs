// The package's exports, through `import` and `require`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient, ArdexaError, connect, imported, init, required } from "../lib/consumer.mjs";
import { client, simulator } from "../lib/cloud.mjs";
import { runProgram } from "../lib/children.mjs";
import { LIMIT } from "../lib/until.mjs";
import { methodsOf } from "./lib/members.mjs";

const METHODS = [
  "connect",
  "reconnectNow",
  "close",
  "on",
  "once",
  "off",
  "onAny",
  "onFrame",
  "stats",
  "cmd",
  "testConfig",
  "applyConfig",
  "applyYamlConfig",
  "refreshMeta",
  "doUpgrade",
  "sendArdexactl",
  "sendArdpkg",
  "feed",
  "series",
  "stopAllFeeds",
  "request",
  "emit",
  "emitWithAck",
  Symbol.asyncDispose,
];

/** An option of ArdexaError's constructor. The types omit it, since programs do not construct these errors. */
const CLOSED = /** @type {ErrorOptions} */ ({ code: "closed" });

test("import and require provide the same four names", () => {
  const names = ["ArdexaClient", "ArdexaError", "connect", "init"];
  assert.deepEqual(Object.keys(imported).sort(), names);
  assert.deepEqual(
    Object.keys(required)
      .filter((name) => name !== "__esModule")
      .sort(),
    names,
  );
});

test("an error from one kind of import is an ArdexaError to the other, but not to a subclass of it", () => {
  for (const [one, other] of [
    [imported, required],
    [required, imported],
  ]) {
    class Own extends one.ArdexaError {}
    // @ts-expect-error without options
    const thrown = /** @type {unknown} */ (reasonOf(() => new other.ArdexaClient()));
    assert.ok(thrown instanceof one.ArdexaError);
    assert.ok(!(thrown instanceof Own));
    assert.ok(new Own("mine", CLOSED) instanceof Own);
    for (const value of [
      new Error("x"),
      { name: "ArdexaError", code: "closed" },
      Object.assign(new Error("x"), { code: "closed" }),
      null,
      "x",
    ]) {
      assert.ok(!(value instanceof one.ArdexaError), String(value));
    }
  }
});

/** The error that a function throws. @param {() => unknown} body */
function reasonOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail("did not throw");
}

test("the client has every method of the contract, and no other", () => {
  assert.deepEqual(methodsOf(ArdexaClient.prototype), METHODS.map(String).sort());
  for (const name of ["state", "id"]) {
    let holder = ArdexaClient.prototype;
    while (!Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder);
    assert.equal(typeof Object.getOwnPropertyDescriptor(holder, name).get, "function", name);
    assert.equal(Object.getOwnPropertyDescriptor(holder, name).set, undefined, name);
  }
});

test("ArdexaError is a subclass of Error with its name on the prototype", () => {
  assert.ok(ArdexaError.prototype instanceof Error);
  assert.equal(ArdexaError.prototype.name, "ArdexaError");
  assert.equal(Object.hasOwn(new ArdexaError("x y", CLOSED), "name"), false);
});

for (const [kind, head] of /** @type {const} */ ([
  [
    "mjs",
    'import * as api from "ardexa-client";\nimport { createRequire } from "node:module";\nconst { cache } = createRequire(import.meta.url);',
  ],
  ["cjs", 'const api = require("ardexa-client");\nconst { cache } = require;'],
])) {
  test(`importing a .${kind} reads neither the module nor ws; the constructor needs no init()`, LIMIT, async (t) => {
    const body = `
      const loaded = () => Object.keys(cache).filter((file) => /node-wasm\\.cjs$|node_modules.ws.|(client\\.js$)/.test(file)).length;
      const before = loaded();
      const { state } = new api.ArdexaClient({ url: "https://a.b", workgroup: "w", token: "t" });
      console.log(JSON.stringify({ before, state, after: loaded() > 0 }));`;
    const { code, stdout, stderr } = await runProgram(t, head + body, {}, { kind });
    assert.deepEqual(
      { code, stderr, output: JSON.parse(stdout) },
      { code: 0, stderr: "", output: { before: 0, state: "idle", after: true } },
    );
  });
}

/** @type {[what: string, source: string, message: RegExp, code: import("ardexa-client").ErrorCode][]} */
const FAILING_SOURCES = [
  [
    "bytes of another kind",
    "new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])",
    /expected magic word.*init\(\)/,
    "invalid-argument",
  ],
  ["an HTML page", 'new TextEncoder().encode("<!doctype html>")', /found HTML instead/, "invalid-argument"],
  ["no bytes", "new ArrayBuffer(0)", /could not be loaded: .*init\(\)/, "invalid-argument"],
  ["a number", "3", /could not be loaded: .*init\(\)/, "invalid-argument"],
  [
    "another program's module",
    "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))",
    /its version is unknown, but this JavaScript is 0\.1\.0\+/,
    "invalid-argument",
  ],
  [
    "another build's module",
    "otherBuild(readFileSync(module))",
    /its version is 0\.0\.9\+.*, but this JavaScript is 0\.1\.0\+/,
    "invalid-argument",
  ],
  ["a missing file", 'new URL("file:///no/such.wasm")', /ENOENT.*init\(\)/, "invalid-argument"],
  ["an address without a server", '"http://127.0.0.1:9/x.wasm"', /could not be loaded: .*init\(\)/, "unreachable"],
];

for (const [what, source, message, code] of FAILING_SOURCES) {
  test(`init() with ${what} explains the failure, and the next init() works`, LIMIT, async (t) => {
    const body = `
      import { readFileSync } from "node:fs";
      import { ArdexaClient, ArdexaError, init } from "ardexa-client";
      import { fileURLToPath } from "node:url";
      const module = new URL(import.meta.resolve("ardexa-client/ardexa_client_bg.wasm"));
      const otherBuild = (bytes) => {
        const at = bytes.lastIndexOf("ardexa-client0.1.0+");
        bytes.write("0.0.9", at + "ardexa-client".length);
        return bytes;
      };
      const error = await init(${source}).catch((error) => error);
      await init(module);
      const { state } = new ArdexaClient({ url: "https://a.b", workgroup: "w", token: "t" });
      console.log(JSON.stringify({ ours: error instanceof ArdexaError, code: error.code, message: error.message, state }));`;
    const { code: exit, stdout, stderr } = await runProgram(t, body);
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: "" });
    const output = JSON.parse(stdout);
    assert.match(output.message, message);
    assert.deepEqual({ ...output, message: "" }, { ours: true, code, message: "", state: "idle" });
  });
}

test("init() after a client loads nothing, whatever its argument", LIMIT, async (t) => {
  const body = `
    import { ArdexaClient, init } from "ardexa-client";
    const loads = [];
    const { compile } = WebAssembly;
    WebAssembly.compile = (bytes) => (loads.push(bytes.length), compile(bytes));
    const { state } = new ArdexaClient({ url: "https://a.b", workgroup: "w", token: "t" });
    await Promise.all([init(), init(new URL("file:///no/such.wasm")), init()]);
    console.log(JSON.stringify({ state, loads }));`;
  const { code, stdout, stderr } = await runProgram(t, body);
  assert.deepEqual(
    { code, stderr, output: JSON.parse(stdout) },
    { code: 0, stderr: "", output: { state: "idle", loads: [] } },
  );
});

test("without WebAssembly, the error says so", LIMIT, async (t) => {
  const body = `
    import { ArdexaClient, init } from "ardexa-client";
    const reasons = [await init().catch((error) => error)];
    try {
      new ArdexaClient({ url: "https://a.b", workgroup: "w", token: "t" });
    } catch (error) {
      reasons.push(error);
    }
    console.log(JSON.stringify(reasons.map(({ name, message }) => [name, message])));`;
  const { code, stdout, stderr } = await runProgram(t, body, {}, { flags: ["--jitless"] });
  assert.equal(code, 0, stderr); // V8 warns about the flag
  const message = "the WebAssembly module could not be loaded: this platform does not support WebAssembly";
  assert.deepEqual(JSON.parse(stdout), [
    ["ArdexaError", message],
    ["ArdexaError", message],
  ]);
});

test("init() resolves immediately in Node, however often it is called", LIMIT, async () => {
  assert.equal(await init(), undefined);
  assert.deepEqual(await Promise.all([init(), init()]), [undefined, undefined]);
});

test("connect() returns a connected client", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = await connect({ url: sim.url, workgroup: sim.workgroup, token: sim.token });
  t.after(() => made.close());
  assert.ok(made instanceof ArdexaClient);
  assert.equal(made.state, "connected");
});

test("a subclass keeps its own methods and overrides", LIMIT, async (t) => {
  class Fleet extends ArdexaClient {
    uptime(deviceId) {
      return this.cmd(deviceId, "uptime");
    }
    // @ts-expect-error the types declare a property, which is an accessor
    get state() {
      // @ts-expect-error likewise
      return `fleet ${super.state}`;
    }
  }
  const sim = await simulator(t);
  const made = client(t, sim, { Client: /** @type {any} */ (Fleet) });
  await made.connect();
  assert.ok(made instanceof Fleet && made instanceof ArdexaClient);
  assert.equal(made.state, "fleet connected");
  assert.equal((await made.uptime(sim.devices[0].id)).returnCode, 0);
});

for (const kind of /** @type {const} */ (["mjs", "cjs"])) {
  test(`a new .${kind} program loads the package, which prints nothing`, LIMIT, async (t) => {
    const load = kind === "mjs" ? 'import * as api from "ardexa-client";' : 'const api = require("ardexa-client");';
    const { code, stdout, stderr } = await runProgram(
      t,
      `${load}\nconsole.log(new api.ArdexaClient({url: "https://a.b", workgroup: "w", token: "t"}).state);`,
      {},
      { kind },
    );
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "idle\n", stderr: "" });
  });
}
