/** Why a connection failed, in each runtime: the platform's error, its code or the status, and a hint. */
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { CA_FILE, listening, REFUSING } from "../../node/lib/refusing.mjs";
import { project } from "../lib/consumer.mjs";
import { BUN, DENO, NODES, run } from "../lib/runtimes.mjs";

const TOKEN = "the-token";
const PARTS = ["node-socket.js", "node-reason.js"];
const LONGEST = 300;

/** Deno has no codes, and gets access to every host. */
const RUNTIMES = [
  ...NODES.map((runtime) => ({ runtime, codes: true })),
  { runtime: BUN, codes: true },
  {
    runtime: { ...DENO, args: DENO.args.map((flag) => (flag.startsWith("--allow-net") ? "--allow-net" : flag)) },
    codes: false,
  },
];

export function reasonTests() {
  for (const { runtime, codes } of RUNTIMES) {
    project(
      `${runtime.name} says why it cannot connect`,
      ["node/reason.mjs"],
      async (t, folder) => {
        await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
        for (const part of PARTS) await cp(inRoot("pkg-template", part), join(folder, part));
        for (const trusted of [false, true]) {
          const cases = Object.entries(REFUSING).filter(([, { trusted: only = false }]) => only === trusted);
          /** @type {Record<string, string>} */
          const urls = {};
          for (const [name, { scheme, host = "127.0.0.1", make }] of cases) {
            urls[name] = `${scheme}://${host}:${await make(t)}/socket.io-client/?token=${TOKEN}`;
          }
          const env = trusted ? { NODE_EXTRA_CA_CERTS: CA_FILE, DENO_CERT: CA_FILE } : undefined;
          const told = await run(t, runtime, folder, "reason.mjs", urls, { env });
          for (const [name, { code, status, hint }] of cases)
            check(name, told[name], { code: codes ? code : undefined, status, hint });
        }
      },
      runtime,
    );
  }
}

export function timeoutTests() {
  for (const { runtime } of RUNTIMES) {
    project(
      `${runtime.name} times out on a handshake that hangs`,
      ["node/hang.mjs"],
      async (t, folder) => {
        const port = await listening(
          t,
          createServer((socket) => socket.resume()),
        );
        const options = { url: `http://127.0.0.1:${port}`, workgroup: "demo", token: TOKEN, connectTimeoutMs: 300 };
        const { state, ...error } = await run(t, runtime, folder, "hang.mjs", { options });
        assert.deepEqual([error.name, error.code, state], ["ArdexaError", "timeout", "closed"]);
        assert.match(error.message, /^no open WebSocket within 300 ms; check the URL/);
      },
      runtime,
    );
  }
}

function check(name, { socket, client }, { code, status, hint }) {
  const shown = `${name}: ${JSON.stringify({ socket, client })}`;
  assert.match(socket.hint ?? "", hint, shown);
  assert.equal(socket.isError, true, shown);
  if (code) assert.match(String(socket.code), code, shown);
  assert.equal(socket.status, status, shown);
  assert.equal(socket.causeStatus, status, shown);
  assert.match(socket.reason, /^[^\r\n]+$/, shown);
  assert.ok(socket.reason.length < LONGEST && !/openssl\//.test(socket.reason), shown);
  assert.deepEqual([client.name, client.code], ["ArdexaError", "unreachable"], shown);
  assert.equal(client.isError, true, shown);
  if (code) assert.match(String(client.causeCode), code, shown);
  assert.deepEqual([client.status, client.causeStatus], [status, status], shown);
  assert.match(client.message, /^[^\r\n]+$/, shown);
  assert.ok(!client.message.includes("browser"), shown);
  // The client omits the default port.
  assert.match(client.message, hint, shown);
  for (const text of [socket.reason, socket.hint, socket.text, client.text, client.message])
    assert.ok(!text.includes(TOKEN), shown);
}
