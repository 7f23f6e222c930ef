/** Page lifecycle: offline, hidden, in the back-forward cache, reloaded, closed; workers. In Chromium. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { ACCEPT, OPEN, rawCloud } from "../node/lib/raw-cloud.mjs";
import { given, simulator, until, withBrowser } from "./support.mjs";

/** A backoff longer than any test, so a reconnect was triggered by an event of the page. */
const NEVER = { minDelayMs: 1e9, maxDelayMs: 1e9 };

describe("page lifecycle", () => {
  const web = withBrowser("chromium");

  /**
   * A page with a connected `client`; `shows` and `eventNames` record what happened to it.
   * @param {import("node:test").TestContext} t
   * @param {import("./support.mjs").Simulator} sim
   * @param {{ site?: string, reconnect?: import("ardexa-client").ReconnectOptions }} [options]
   */
  async function connectedPage(t, sim, { site, reconnect = NEVER } = {}) {
    const page = await web.page(t, { site });
    await page.evaluate(
      async ({ options, request }, reconnect) => {
        Object.assign(window, { eventNames: [], shows: [], gaps: [], sampleCount: 0 });
        window.client = await (await pkg()).connect({ ...options, reconnect });
        for (const name of /** @type {const} */ (["connect", "disconnect", "reconnecting"]))
          client.on(name, () => eventNames.push(name));
        addEventListener("pageshow", ({ persisted }) => shows.push(persisted));
        window.feed = await client.feed(request, () => sampleCount++, { onGap: (gap) => gaps.push(gap) });
        await until(() => sampleCount > 0);
      },
      given(sim),
      reconnect,
    );
    return page;
  }

  /** Drops the connection; the next attempt is far away. */
  async function waiting(page, sim) {
    sim.dropAll();
    await page.evaluate(() => until(() => client.state === "reconnecting"));
  }

  const isBack = (page) =>
    page.evaluate(async () => {
      await until(() => client.state === "connected" && gaps.length === 1);
      const at = sampleCount;
      await until(() => sampleCount > at);
      return { events: eventNames, connections: client.stats().connections };
    });
  const ONCE_AROUND = { events: ["disconnect", "reconnecting", "connect"], connections: 2 };

  test("back online, it reconnects immediately", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    // While offline the page may not hear that the connection is closed.
    await waiting(page, sim);
    await page.setOfflineMode(true);
    await page.evaluate(() => until(() => !navigator.onLine));
    await page.setOfflineMode(false);
    assert.deepEqual(await isBack(page), ONCE_AROUND);
  });

  test("an offline event does not end a connection that still works", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    // Dispatches the events only; the test above emulates an outage.
    const got = await page.evaluate(async ({ deviceId }) => {
      dispatchEvent(new Event("offline"));
      dispatchEvent(new Event("online"));
      return { code: (await client.cmd(deviceId, "true")).returnCode, events: eventNames };
    }, given(sim));
    assert.deepEqual(got, { code: 0, events: [] });
    assert.equal(sim.stats().connections, 1);
  });

  test("a hidden page stays connected; visible again, it reconnects immediately", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    const other = await web.page(t, { path: "elsewhere.html" });
    await other.bringToFront();
    await page.evaluate(() => until(() => document.visibilityState === "hidden"));
    assert.equal(
      await page.evaluate(async ({ deviceId }) => (await client.cmd(deviceId, "true")).returnCode, given(sim)),
      0,
    );
    assert.deepEqual(await page.evaluate(() => eventNames), []);
    await waiting(page, sim);
    await page.bringToFront();
    assert.deepEqual(await isBack(page), ONCE_AROUND);
  });

  test("the back-forward cache: the socket closes on leaving, and reconnects immediately on return", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const site = await cacheableSite(t);
    const page = await connectedPage(t, sim, { site });
    await page.goto(`${site}elsewhere.html`);
    await until(() => sim.stats().connected === 0, "a suspended page holds no connection");
    await page.goBack();
    assert.deepEqual(
      await page.evaluate(() => until(() => shows.length > 0).then(() => shows)),
      [true],
      "the page was restored from the cache",
    );
    assert.deepEqual(await isBack(page), ONCE_AROUND);
    assert.equal(sim.stats().connected, 1);
  });

  test("restored from the cache during a backoff, it reconnects immediately", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const site = await cacheableSite(t);
    const page = await connectedPage(t, sim, { site });
    await waiting(page, sim);
    await page.goto(`${site}elsewhere.html`);
    await page.goBack();
    assert.deepEqual(await page.evaluate(() => until(() => shows.length > 0).then(() => shows)), [true]);
    assert.deepEqual(await isBack(page), ONCE_AROUND);
  });

  for (const held of ["open packet", "acceptance"]) {
    test(`cached during the first handshake, before the ${held}, it connects when restored`, async (t) => {
      // The first handshake never completes, so that the page leaves in the middle of it.
      const cloud = await rawCloud(t, {
        open: null,
        accept: null,
        onOpen: ({ ws, send }) => {
          const first = cloud.urls.length === 1;
          if (!first || held === "acceptance") send(OPEN);
          if (!first) ws.on("message", (frame) => String(frame) === "40" && send(ACCEPT));
        },
      });
      const site = await cacheableSite(t);
      const page = await web.page(t, { site });
      const { url, workgroup, token } = cloud;
      await page.evaluate(
        async (options) => {
          Object.assign(window, { shows: [], eventNames: [] });
          addEventListener("pageshow", ({ persisted }) => shows.push(persisted));
          const { ArdexaClient, init } = await pkg();
          await init();
          window.client = new ArdexaClient(options);
          for (const name of /** @type {const} */ (["connect", "disconnect", "reconnecting", "connect_error"]))
            client.on(name, () => eventNames.push(name));
          window.connecting = client.connect().then(
            () => "connected",
            ({ code }) => code,
          );
        },
        { url, workgroup, token, connectTimeoutMs: 1e9, reconnect: NEVER },
      );
      await until(
        () => cloud.links.size === 1 && (held === "open packet" || cloud.frames.includes("40")),
        "the handshake to hang",
      );
      await page.goto(`${site}elsewhere.html`);
      await until(() => cloud.links.size === 0, "a suspended page holds no connection");
      await page.goBack();
      assert.deepEqual(
        await page.evaluate(() => until(() => shows.length > 0).then(() => shows)),
        [true],
        "the page was restored from the cache",
      );
      assert.equal(await page.evaluate(() => connecting), "connected", "the promise of connect()");
      assert.deepEqual(await page.evaluate(() => [client.state, client.id, eventNames.at(-1)]), [
        "connected",
        "socket",
        "connect",
      ]);
      assert.equal(cloud.urls.length, 2);
    });
  }

  test("a closed client stays closed through navigation, offline and online", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const site = await cacheableSite(t);
    const page = await connectedPage(t, sim, { site });
    await page.evaluate(() => client.close());
    await page.goto(`${site}elsewhere.html`);
    await page.goBack();
    await page.setOfflineMode(true);
    await page.setOfflineMode(false);
    const state = await page.evaluate(() => {
      document.dispatchEvent(new Event("visibilitychange"));
      return client.state;
    });
    assert.equal(state, "closed");
    assert.equal(sim.stats().connections, 1);
  });

  test("reloading, leaving and closing a page close its socket", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    await page.reload();
    await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0);

    const second = await connectedPage(t, sim);
    await second.goto(`${web.url}elsewhere.html`);
    await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0);

    const third = await connectedPage(t, sim);
    assert.equal(sim.stats().connected, 1);
    await third.close();
    await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0);
    assert.equal(sim.stats().connections, 3);
  });

  test("repeated reloads leave no socket behind", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    for (let round = 1; round <= 5; round++) {
      await page.evaluate(async ({ options }) => {
        const { connect } = await pkg();
        await Promise.all(Array.from({ length: 4 }, () => connect(options)));
      }, given(sim));
      assert.equal(sim.stats().connected, 4);
      await page.reload();
      await until(() => sim.stats().connected === 0);
    }
  });

  test("a worker uses the package on its own", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 200 });
    const first = sim.devices[0].messages + 1;
    const page = await web.page(t);
    await page.evaluate(() => {
      window.worker = new Worker("/worker.js", { type: "module" });
      let last = 0;
      window.ask = (act, given) =>
        new Promise((resolve, reject) => {
          const number = ++last;
          worker.addEventListener("message", ({ data }) => data.number === number && resolve(data));
          worker.addEventListener("error", ({ message }) => reject(new Error(message)));
          worker.postMessage({ number, act, with: given });
        });
    });
    const ask = async (act, given) => {
      const { value, error, violations } = await page.evaluate((act, given) => ask(act, given), act, given);
      assert.deepEqual(violations, []);
      return error ? assert.fail(JSON.stringify(error)) : value;
    };
    const { options, deviceId, request } = given(sim);
    assert.equal(await ask("connect", options), "connected");
    assert.match((await ask("uptime", { deviceId })).stdout, /load average/);
    const ids = await ask("feed", { request, count: 50 });
    assert.deepEqual(
      ids,
      ids.map((_, at) => String(first + at)),
    );
    const refusal = await ask("refusal", { ...options, token: "wrong" });
    assert.equal(refusal.ours, true);
    assert.equal(refusal.code, "unauthorized");

    // Terminating the worker closes its socket.
    assert.equal(sim.stats().connected, 1);
    await page.evaluate(() => worker.terminate());
    await until(() => sim.stats().connected === 0);
  });

  /** Serves the same site without `no-store`, which would keep pages out of the back-forward cache. */
  async function cacheableSite(t) {
    const server = createServer((incoming, outgoing) => {
      const { host } = incoming.headers;
      httpRequest(new URL(incoming.url, web.url), { headers: { host } }, (answer) => {
        const { "cache-control": _, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode, headers);
        answer.pipe(outgoing);
      }).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
  }
});
