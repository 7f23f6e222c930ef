// What the package exports, by `import` and by `require`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArdexaClient, ArdexaError, connect, imported, init, required } from "../lib/consumer.mjs";
import { client, simulator } from "../lib/cloud.mjs";
import { runProgram } from "../lib/children.mjs";
import { LIMIT } from "../lib/until.mjs";

const METHODS = [
  "connect", "reconnectNow", "close", "on", "once", "off", "onAny", "onFrame", "stats", "cmd", "testConfig", "applyConfig",
  "applyYamlConfig", "refreshMeta", "doUpgrade", "sendArdexactl", "sendArdpkg", "feed", "stopAllFeeds", "request", "emit",
  "emitWithAck", Symbol.asyncDispose,
];

test("import and require give the same four names", () => {
  const names = ["ArdexaClient", "ArdexaError", "connect", "init"];
  assert.deepEqual(Object.keys(imported).sort(), names);
  assert.deepEqual(Object.keys(required).filter((name) => name !== "__esModule").sort(), names);
});

test("import and require give the same classes", () => {
  for (const name of ["ArdexaClient", "ArdexaError", "connect", "init"]) assert.equal(imported[name], required[name], name);
});

test("a client of one kind of import throws errors of the other's class", () => {
  assert.throws(() => new required.ArdexaClient(), imported.ArdexaError);
});

test("the client has every method of the contract", () => {
  for (const name of METHODS) assert.equal(typeof ArdexaClient.prototype[name], "function", String(name));
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
  assert.equal(Object.hasOwn(new ArdexaError("x y", { code: "closed" }), "name"), false);
});

test("init() is ready at once in Node, as often as it is called", LIMIT, async () => {
  assert.equal(await init(), undefined);
  assert.deepEqual(await Promise.all([init(), init()]), [undefined, undefined]);
});

test("connect() gives a connected client", LIMIT, async (t) => {
  const sim = await simulator(t);
  const made = await connect({ url: sim.url, workgroup: sim.workgroup, token: sim.token });
  t.after(() => made.close());
  assert.ok(made instanceof ArdexaClient);
  assert.equal(made.state, "connected");
});

test("a subclass is a client of its own class", LIMIT, async (t) => {
  class Fleet extends ArdexaClient {
    uptime(deviceId) {
      return this.cmd(deviceId, "uptime");
    }
    get state() {
      return `fleet ${super.state}`;
    }
  }
  const sim = await simulator(t);
  const made = client(t, sim, { Client: Fleet });
  await made.connect();
  assert.ok(made instanceof Fleet && made instanceof ArdexaClient);
  assert.equal(made.state, "fleet connected");
  assert.equal((await made.uptime(sim.devices[0].id)).returnCode, 0);
});

for (const kind of ["mjs", "cjs"]) {
  test(`a fresh .${kind} program loads the package and prints nothing of its own`, LIMIT, async (t) => {
    const load = kind === "mjs" ? 'import * as api from "ardexa-client";' : 'const api = require("ardexa-client");';
    const { code, stdout, stderr } = await runProgram(t, `${load}\nconsole.log(new api.ArdexaClient({url: "https://a.b", workgroup: "w", token: "t"}).state);`, {}, { kind });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "idle\n", stderr: "" });
  });
}
