/** What pages go through besides their own script: offline, hidden, put aside, reloaded, closed; workers. In Chromium. */
import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { ACCEPT, OPEN, rawCloud } from "../node/lib/raw-cloud.mjs";
import { given, simulator, until, withBrowser } from "./support.mjs";

/** A wait that no test would outlive: who comes back before its end was woken. */
const NEVER = { minDelayMs: 1e9, maxDelayMs: 1e9 };

describe("the page's life", () => {
  const web = withBrowser("chromium");

  /** A page with a connected `client`; `shows` and `events` hold what befell it. */
  async function connectedPage(t, sim, { site, reconnect = NEVER } = {}) {
    const page = await web.page(t, { site });
    await page.evaluate(
      async ({ options, request }, reconnect) => {
        Object.assign(window, { events: [], shows: [], gaps: [], samples: 0 });
        window.client = await (await pkg()).connect({ ...options, reconnect });
        for (const name of ["connect", "disconnect", "reconnecting"]) client.on(name, () => events.push(name));
        addEventListener("pageshow", ({ persisted }) => shows.push(persisted));
        window.feed = await client.feed(request, () => samples++, { onGap: (gap) => gaps.push(gap) });
        await until(() => samples > 0);
      },
      given(sim),
      reconnect,
    );
    return page;
  }

  /** The connection is lost, and the next try is far away. */
  async function waiting(page, sim) {
    sim.dropAll();
    await page.evaluate(() => until(() => client.state === "reconnecting"));
  }

  const isBack = (page) =>
    page.evaluate(async () => {
      await until(() => client.state === "connected" && gaps.length === 1);
      const at = samples;
      await until(() => samples > at);
      return { events, connections: client.stats().connections };
    });
  const ONCE_AROUND = { events: ["disconnect", "reconnecting", "connect"], connections: 2 };

  test("online again: it reconnects at once", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    await page.setOfflineMode(true);
    await page.evaluate(() => until(() => !navigator.onLine));
    await waiting(page, sim);
    await page.setOfflineMode(false);
    assert.deepEqual(await isBack(page), ONCE_AROUND);
  });

  test("offline alone does not end a connection that still works", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    // Only the events: the emulation of an outage is the test above.
    const got = await page.evaluate(async ({ deviceId }) => {
      dispatchEvent(new Event("offline"));
      dispatchEvent(new Event("online"));
      return { code: (await client.cmd(deviceId, "true")).returnCode, events };
    }, given(sim));
    assert.deepEqual(got, { code: 0, events: [] });
    assert.equal(sim.stats().connections, 1);
  });

  test("visible again: it reconnects at once; hidden alone it goes on", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const page = await connectedPage(t, sim);
    const other = await web.page(t, { path: "elsewhere.html" });
    await other.bringToFront();
    await page.evaluate(() => until(() => document.visibilityState === "hidden"));
    assert.equal(
      await page.evaluate(async ({ deviceId }) => (await client.cmd(deviceId, "true")).returnCode, given(sim)),
      0,
    );
    assert.deepEqual(await page.evaluate(() => events), []);
    await waiting(page, sim);
    await page.bringToFront();
    assert.deepEqual(await isBack(page), ONCE_AROUND);
  });

  test("away and back by the back-forward cache: the socket goes, and comes back at once", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const site = await cacheableSite(t);
    const page = await connectedPage(t, sim, { site });
    await page.goto(`${site}elsewhere.html`);
    await until(() => sim.stats().connected === 0, "a page that does not run holds no connection");
    await page.goBack();
    assert.deepEqual(
      await page.evaluate(() => until(() => shows.length > 0).then(() => shows)),
      [true],
      "the page is the old one",
    );
    assert.deepEqual(await isBack(page), ONCE_AROUND);
    assert.equal(sim.stats().connected, 1);
  });

  test("back from the cache while waiting: it reconnects at once", async (t) => {
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
    test(`into the cache during the first handshake, before the ${held}: back it connects`, async (t) => {
      // The first connection waits for ever, so that the page leaves in the middle of it.
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
          Object.assign(window, { shows: [], events: [] });
          addEventListener("pageshow", ({ persisted }) => shows.push(persisted));
          const { ArdexaClient, init } = await pkg();
          await init();
          window.client = new ArdexaClient(options);
          for (const name of ["connect", "disconnect", "reconnecting", "connect_error"])
            client.on(name, () => events.push(name));
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
      await until(() => cloud.links.size === 0, "a page that does not run holds no connection");
      await page.goBack();
      assert.deepEqual(
        await page.evaluate(() => until(() => shows.length > 0).then(() => shows)),
        [true],
        "the page is the old one",
      );
      assert.equal(await page.evaluate(() => connecting), "connected", "the promise of connect()");
      assert.deepEqual(await page.evaluate(() => [client.state, client.id, events.at(-1)]), [
        "connected",
        "socket",
        "connect",
      ]);
      assert.equal(cloud.urls.length, 2);
    });
  }

  test("a client that was closed stays closed over all of it", async (t) => {
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

  test("reload, navigation and closing leave no socket at the server", async (t) => {
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

  test("a page that comes and goes many times leaves nothing behind", async (t) => {
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

  test("a worker uses the package by itself", async (t) => {
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

    // Connected by itself, then ended from outside: the socket goes with the worker.
    assert.equal(sim.stats().connected, 1);
    await page.evaluate(() => worker.terminate());
    await until(() => sim.stats().connected === 0);
  });

  /** The same site without `no-store`, which keeps pages out of the back-forward cache. */
  async function cacheableSite(t) {
    const server = createServer((incoming, outgoing) => {
      const { host } = incoming.headers;
      httpRequest(new URL(incoming.url, web.url), { headers: { host } }, (answer) => {
        const { "cache-control": _, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode, headers);
        answer.pipe(outgoing);
      }).end();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${server.address().port}/`;
  }
});
