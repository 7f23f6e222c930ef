/** The recipes `use-feed.js`, `use-feed-vue.js` and `use-feed.svelte.js` in their real frameworks, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtPage } from "./recipes/build.mjs";
import { given, simulator, until, withBrowser } from "./support.mjs";

const NAMES = ["one", "two"];

for (const framework of ["react", "vue", "svelte"]) {
  describe(framework, () => {
    const folder = builtPage(framework);
    const web = withBrowser("chromium", { folders: { "/": folder } });
    const asked = (sim) => sim.stats().received["device:feed"] ?? 0;

    /**
     * A page with a client, by default connected.
     * @param {import("node:test").TestContext} t
     * @param {import("./support.mjs").Simulator} sim
     * @param {{ connect?: boolean, reconnect?: import("ardexa-client").ReconnectOptions }} [options]
     */
    async function open(t, sim, { connect = true, ...options } = {}) {
      const page = await web.page(t, { path: `${framework}.html` });
      await page.evaluate(
        async (options, connect) => {
          await until(() => globalThis.page);
          window.client = await globalThis.page.make(options);
          if (connect) await client.connect();
        },
        { ...given(sim).options, ...options },
        connect,
      );
      return page;
    }
    const show = (page, components) => page.evaluate((components) => void globalThis.page.show(components), components);
    const text = (page, name) => page.evaluate((name) => globalThis.page.text(name), name);
    const shows = (page, name, pattern) =>
      page.evaluate(
        (name, source) => until(() => new RegExp(source).test(globalThis.page.text(name))),
        name,
        pattern.source,
      );
    const goesOn = (page, name, by = 0) =>
      page.evaluate(
        (name, by) => {
          const before = Number(globalThis.page.text(name));
          return until(() => Number(globalThis.page.text(name)) > before + by);
        },
        name,
        by,
      );

    if (framework === "react")
      test("StrictMode's double mount leaves exactly one feed; unmounting leaves none", async (t) => {
        const sim = await simulator(t, { samplesPerSecond: 50 });
        const page = await open(t, sim);
        await show(page, [{ name: "one", request: given(sim).request }]);
        await shows(page, "one", /^\d+$/);
        assert.equal(await page.evaluate(() => globalThis.page.record.mounts), 2, "React mounted twice");
        assert.equal(sim.stats().feeds, 1);
        assert.equal(asked(sim), 1, "the first mount sent nothing");
        const before = Number(await text(page, "one"));
        await page.evaluate((before) => until(() => Number(globalThis.page.text("one")) > before + 10), before);

        await show(page, []);
        await until(() => sim.stats().feeds === 0, "no feed is left");
        assert.equal(await page.evaluate(() => client.stats().openFeeds), 0);
        assert.equal(sim.stats().connected, 1, "the connection belongs to the page, not to the component");
      });

    test("components share a feed; the last one to unmount ends it", async (t) => {
      const sim = await simulator(t, { samplesPerSecond: 50 });
      const { request } = given(sim);
      const page = await open(t, sim);
      await show(
        page,
        NAMES.map((name) => ({ name, request })),
      );
      for (const name of NAMES) await shows(page, name, /^\d+$/);
      assert.deepEqual({ feeds: sim.stats().feeds, asked: asked(sim) }, { feeds: 1, asked: 1 });
      await show(page, [{ name: "two", request }]);
      await goesOn(page, "two", 10);
      assert.equal(sim.stats().feeds, 1);
      await show(page, []);
      await until(() => sim.stats().feeds === 0, "no feed is left");
      assert.equal(await page.evaluate(() => client.stats().openFeeds), 0);
      assert.equal(sim.stats().connected, 1, "the connection belongs to the page, not to the component");
    });

    test("a new request replaces the first, and shows none of its samples", async (t) => {
      const sim = await simulator(t, { samplesPerSecond: 50 });
      const { request } = given(sim);
      const page = await open(t, sim);
      await show(page, [{ name: "one", request }]);
      await shows(page, "one", /^\d+$/);
      await show(page, [{ name: "one", request: { ...request, source: "inverter-02" } }]);
      await until(() => sim.feeds().length === 1 && sim.feeds()[0].source === "inverter-02", "only the other feed");
      await page.evaluate(() => until(() => globalThis.page.record.shown.one.sample?.source === "inverter-02"));
    });

    test("unmounted before the feed opens: it is stopped once it is open", async (t) => {
      const sim = await simulator(t, { latencyMs: 100 });
      const page = await open(t, sim);
      await show(page, [{ name: "one", request: given(sim).request }]);
      await until(() => asked(sim) === 1, "the request");
      await show(page, []);
      await until(() => sim.stats().emits["device:feed:rpc"] === 1, "the reply");
      await until(() => sim.stats().received["device:feed:stop"] === 1, "the stop");
      await until(() => sim.stats().feeds === 0, "no feed is left");
    });

    test("mounting and unmounting many times leaves nothing open", async (t) => {
      const sim = await simulator(t, { samplesPerSecond: 50, latencyMs: 20 });
      const { request } = given(sim);
      const page = await open(t, sim);
      for (let round = 0; round < 20; round++) {
        await show(page, [{ name: "one", request }]);
        if (round % 2) await shows(page, "one", /^\d+$/);
        await show(page, []);
      }
      await until(() => sim.stats().feeds === 0, "no feed is left");
      assert.deepEqual(await page.evaluate(() => [client.stats().openFeeds, client.stats().openRequests]), [0, 0]);
    });

    test("many samples, few renders", async (t) => {
      const sim = await simulator(t);
      const page = await open(t, sim);
      await show(page, [{ name: "one", request: given(sim).request }]);
      sim.setRate(2_000);
      await page.evaluate(() => until(() => client.stats().samples > 4_000));
      sim.setRate(0);
      const { renders, samples } = await page.evaluate(() => ({
        renders: globalThis.page.record.renders,
        samples: client.stats().samples,
      }));
      assert.ok(renders > 1 && renders < samples / 10, `${renders} renders for ${samples} samples`);
    });

    test("it waits for the first connection, and resumes after a lost and a closed one", async (t) => {
      const sim = await simulator(t, { samplesPerSecond: 50 });
      const page = await open(t, sim, { connect: false, reconnect: { minDelayMs: 0, maxDelayMs: 5 } });
      await show(page, [{ name: "one", request: given(sim).request }]);
      await shows(page, "one", /^nothing yet$/);
      await page.evaluate(() => client.connect());
      await shows(page, "one", /^\d+$/);
      sim.dropAll();
      await page.evaluate(() => until(() => globalThis.page.record.shown.one.gap));
      await goesOn(page, "one");
      await page.evaluate(() => client.close());
      await until(() => sim.stats().feeds === 0, "the end of the feed");
      const closedAt = Number(await text(page, "one"));
      await page.evaluate(() => client.connect());
      await page.evaluate((at) => until(() => Number(globalThis.page.text("one")) > at), closedAt);
      assert.equal(sim.stats().feeds, 1);
    });

    test("a refused feed shows its error and is not requested again", async (t) => {
      const sim = await simulator(t);
      const page = await open(t, sim);
      await show(page, [{ name: "one", request: { ...given(sim).request, table: "no such" } }]);
      await shows(page, "one", /^error: rejected$/);
      assert.equal(asked(sim), 1);
    });
  });
}
