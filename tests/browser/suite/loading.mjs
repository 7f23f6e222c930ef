/** Loading the module in a page. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { given, simulator } from "../support.mjs";

const WASM = "/pkg/ardexa_client_bg.wasm";

/** Serves the same site with a policy that forbids WebAssembly. @returns {Promise<string>} its URL */
async function forbidding(t, site) {
  const server = createServer(async (request, response) => {
    const from = await fetch(new URL(request.url, site));
    const policy = from.headers.get("content-security-policy").replace(" 'wasm-unsafe-eval'", "");
    response.writeHead(from.status, {
      "content-type": from.headers.get("content-type"),
      "content-security-policy": policy,
    });
    response.end(Buffer.from(await from.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
}

/** @param {ReturnType<typeof import("../support.mjs").withBrowser>} web */
export function loadingTests(web) {
  test("the site's policy forbids eval and inline scripts", async () => {
    const { headers } = await fetch(web.url);
    const policy = headers.get("content-security-policy");
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
    assert.doesNotMatch(policy, /'unsafe-eval'|'unsafe-inline'/);
  });

  test("connect loads the module", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, deviceId }) => {
      const { ArdexaClient, connect } = await pkg();
      const client = await connect(options);
      const { stdout, returnCode } = await client.cmd(deviceId, "uptime");
      return { ours: client instanceof ArdexaClient, state: client.state, id: client.id, stdout, returnCode };
    }, given(sim));
    assert.equal(got.ours, true);
    assert.equal(got.state, "connected");
    assert.equal(got.id, sim.sockets[0].id);
    assert.match(got.stdout, /load average/);
    assert.equal(got.returnCode, 0);
  });

  /** Each kind of `init` argument, created in the page. */
  const sources = {
    nothing: () => [],
    "a URL": (path) => [new URL(path, location.href)],
    "a string": (path) => [path],
    "a Response": async (path) => [await fetch(path)],
    "an ArrayBuffer": async (path) => [await (await fetch(path)).arrayBuffer()],
    "a typed array": async (path) => [new Uint8Array(await (await fetch(path)).arrayBuffer())],
    "a WebAssembly.Module": async (path) => [await WebAssembly.compileStreaming(fetch(path))],
  };
  for (const [name, source] of Object.entries(sources)) {
    test(`init takes ${name}`, async (t) => {
      const sim = await simulator(t);
      const page = await web.page(t);
      await page.evaluate(`globalThis.source = ${source}`);
      const state = await page.evaluate(
        async ({ options }, path) => {
          const { ArdexaClient, init } = await pkg();
          const args = await source(path);
          const answered = await init(...args);
          if (answered !== undefined) throw new Error("init must resolve with undefined");
          const client = new ArdexaClient(options);
          await client.connect();
          return client.state;
        },
        given(sim),
        WASM,
      );
      assert.equal(state, "connected");
    });
  }

  for (const [name, { wrong, code, message }] of Object.entries({
    "a missing file": { wrong: () => "/no-such.wasm", code: "unreachable", message: /status 404/ },
    "an HTML file": {
      wrong: () => "/elsewhere.html",
      code: "invalid-argument",
      message: /found HTML instead/,
    },
    "bytes that are not WebAssembly": {
      wrong: () => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
      code: "invalid-argument",
      message: /could not be loaded: /,
    },
    "an invalid URL": { wrong: () => "http://", code: "unreachable", message: /could not be loaded: / },
  })) {
    test(`init of ${name} rejects with advice, and can be called again`, async (t) => {
      const sim = await simulator(t);
      const page = await web.page(t);
      await page.evaluate(`globalThis.wrong = ${wrong}`);
      const { first, shared, same, ours, again } = await page.evaluate(async ({ options }) => {
        const { ArdexaError, connect, init } = await pkg();
        const [one, two] = [init(wrong()), connect(options)];
        const errors = (await Promise.allSettled([one, two])).map((end) => end.status === "rejected" && end.reason);
        await init();
        const client = await connect(options);
        return {
          first: plain(errors[0]),
          shared: plain(errors[1]),
          same: errors[0] === errors[1],
          ours: errors[0] instanceof ArdexaError,
          again: client.state,
        };
      }, given(sim));
      assert.equal(ours, true);
      assert.equal(first.name, "ArdexaError");
      assert.equal(first.code, code);
      assert.match(first.message, message);
      assert.match(first.message, /ardexa_client_bg\.wasm.*init\(\)/);
      assert.notEqual(first.cause, undefined);
      assert.equal(same, true, `connect shares the failed load: ${shared.message}`);
      assert.equal(again, "connected");
    });
  }

  test("under a policy that forbids WebAssembly, init names the missing directive", async (t) => {
    const page = await web.page(t, { site: await forbidding(t, web.url), expectErrors: /content.security.policy/i });
    const { code, message } = await page.evaluate(async () => {
      const { init } = await pkg();
      const error = await init().catch((error) => error);
      await until(() => violations.length > 0);
      violations.length = 0;
      return plain(error);
    });
    assert.equal(code, "invalid-argument");
    assert.match(message, /blocked by the Content-Security-Policy; add 'wasm-unsafe-eval' to its script-src/);
  });

  test("init with a module of another build names both builds", async (t) => {
    const page = await web.page(t);
    const { code, message } = await page.evaluate(async (path) => {
      const { init } = await pkg();
      const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
      // Its version is the last string in it.
      const at = bytes.length - "0.1.0+01234567".length;
      bytes.set(new TextEncoder().encode("0.0.9"), at);
      return plain(await init(bytes).catch((error) => error));
    }, WASM);
    assert.equal(code, "invalid-argument");
    assert.match(message, /its version is 0\.0\.9\+\w{8}, but this JavaScript is 0\.1\.0\+\w{8}/);
  });

  test("new ArdexaClient before init throws an error that names init", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const { error, ours, after } = await page.evaluate(async ({ options }) => {
      const { ArdexaClient, ArdexaError, init } = await pkg();
      const attempt = () => {
        try {
          return new ArdexaClient(options);
        } catch (thrown) {
          return thrown;
        }
      };
      const early = attempt();
      await init();
      return { error: plain(early), ours: early instanceof ArdexaError, after: attempt().state };
    }, given(sim));
    assert.equal(ours, true);
    assert.match(error.message, /await init\(\)/);
    assert.equal(after, "idle");
  });

  test("concurrent calls share one load", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const loads = await page.evaluate(async ({ options }) => {
      const { connect, init } = await pkg();
      await Promise.all([init(), connect(options), init(), connect(options), init("/no-such.wasm")]);
      await init();
      await init("/no-such.wasm");
      return performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.endsWith(".wasm"))
        .map(({ name }) => new URL(name).pathname);
    }, given(sim));
    assert.deepEqual(loads, [WASM]);
    assert.equal(sim.stats().connected, 2);
  });
}
