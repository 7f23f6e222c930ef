/** Behind a proxy, and with a private CA, in the documented ways. */
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { handCloud } from "../../node/lib/hand-cloud.mjs";
import { CA_FILE } from "../../node/lib/refusing.mjs";
import { cloud, project, toolPath } from "../lib/consumer.mjs";
import { behindIdleTimeout, behindTls, proxy } from "../lib/networks.mjs";
import { BUN, DENO, NODES, run } from "../lib/runtimes.mjs";

/** @typedef {import("../lib/runtimes.mjs").Runtime} Runtime */

const CA = { NODE_EXTRA_CA_CERTS: CA_FILE };
/** Versions with Node's own WebSocket; before 22 it is that of `ws`, which does not support the setting. */
const WITH_ITS_OWN = NODES.filter(({ name }) => !name.startsWith("Node 20"));

/** Just above the shortest silence that counts, far below the server's ping interval. */
const IDLE_MS = 2300;
const IDLE =
  /^the connection was closed three times after about [23] s of silence, probably by an idle timeout on the way; set that timeout above the server's ping interval of 25 s$/;

/** A cloud behind TLS. @param {import("node:test").TestContext} t */
async function tlsCloud(t) {
  const { sim, given, check } = await cloud(t);
  const port = await behindTls(t, Number(new URL(sim.url).port));
  return {
    given: { ...given, options: { ...given.options, url: `https://127.0.0.1:${port}` } },
    check,
    address: `127.0.0.1:${port}`,
  };
}

export function networkTests() {
  for (const [runtime, env] of /** @type {[Runtime, Record<string, string>][]} */ ([
    ...NODES.map((node) => [node, CA]),
    [BUN, CA],
    [DENO, { DENO_CERT: CA_FILE }],
  ])) {
    project(
      `${runtime.name} trusts the CA in ${Object.keys(env)}`,
      ["exercise.mjs", "node/import.mjs"],
      async (t, folder) => {
        const { given, check } = await tlsCloud(t);
        check(await run(t, runtime, folder, "import.mjs", given, { env }));
      },
      runtime,
    );
  }

  for (const runtime of NODES) {
    project(
      `${runtime.name} through a proxy, with ws and an agent`,
      ["exercise.mjs", "proxy/agent.mjs"],
      async (t, folder) => {
        await mkdir(join(folder, "node_modules"));
        await symlink(toolPath("https-proxy-agent"), join(folder, "node_modules", "https-proxy-agent"), "junction");
        const [{ given, check, address }, { url, asked }] = [await tlsCloud(t), await proxy(t)];
        check(await run(t, runtime, folder, "agent.mjs", given, { env: { ...CA, HTTPS_PROXY: url } }));
        assert.deepEqual(asked, [address]);
      },
      runtime,
    );
  }

  for (const runtime of WITH_ITS_OWN) {
    project(
      `${runtime.name} through a proxy, with NODE_USE_ENV_PROXY`,
      ["exercise.mjs", "node/import.mjs"],
      async (t, folder) => {
        const [{ given, check, address }, { url, asked }] = [await tlsCloud(t), await proxy(t)];
        // Experimental in Node 22.
        const env = { ...CA, HTTPS_PROXY: url, NODE_USE_ENV_PROXY: "1", NODE_NO_WARNINGS: "1" };
        check(await run(t, runtime, folder, "import.mjs", given, { env }));
        assert.deepEqual(asked, [address]);
      },
      runtime,
    );
  }

  for (const runtime of [...NODES, BUN, DENO]) {
    project(
      `${runtime.name} reports an idle timeout in between at the third disconnect`,
      ["node/idle.mjs"],
      async (t, folder) => {
        const { url, workgroup, token } = await handCloud(t);
        const port = await behindIdleTimeout(t, Number(new URL(url).port), IDLE_MS);
        const { warnings, cuts, counts, state } = await run(t, runtime, folder, "idle.mjs", {
          options: { url: `http://127.0.0.1:${port}`, workgroup, token },
        });
        assert.deepEqual(
          warnings.map(({ name, code }) => [name, code]),
          [["ArdexaError", "disconnected"]],
        );
        assert.match(warnings[0].message, IDLE);
        // At the third disconnect, or later if this machine made one silence longer than the others.
        assert.ok(
          counts.length >= 4 && counts.slice(0, -1).every((count) => count === 0) && counts.at(-1) === 1,
          JSON.stringify([counts, cuts]),
        );
        // In Node 24 and Deno a connection that ends without a close frame fires an error event.
        for (const { reason, willReconnect } of cuts.slice(0, counts.length - 1))
          assert.ok(/^transport (close|error)$/.test(reason) && willReconnect, JSON.stringify(cuts));
        assert.equal(state, "closed");
      },
      runtime,
    );
  }
}
