/** The recipe `shared-connection/`: several Chromium tabs share one connection. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtPage } from "./recipes/build.mjs";
import { given, simulator, until, withBrowser } from "./support.mjs";

describe("a shared connection", () => {
  const folder = builtPage("shared");
  const web = withBrowser("chromium", { folders: { "/": folder } });

  async function openTab(t, sim, options = {}, page = undefined) {
    page ??= await web.page(t, { path: "shared.html" });
    await page.evaluate(
      async (options) => {
        await until(() => globalThis.tab);
        await tab.connect(options);
      },
      { ...given(sim).options, ...options },
    );
    return page;
  }
  const feed = (page, name, request) => page.evaluate((name, request) => tab.feed(name, request), name, request);
  const record = (page) => page.evaluate(() => tab.record);
  const count = (page, name) => page.evaluate((name) => tab.record.samples[name].length, name);
  const more = (page, name) =>
    page.evaluate((name) => {
      const before = tab.record.samples[name].length;
      return until(() => tab.record.samples[name].length > before + 5);
    }, name);
  const sources = (sim) =>
    sim
      .feeds()
      .map(({ source }) => source)
      .sort();

  test("three tabs share one connection, and one feed per equal request; all get its samples", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const { request } = given(sim);
    const tabs = [await openTab(t, sim), await openTab(t, sim), await openTab(t, sim)];
    await Promise.all(tabs.map((page) => feed(page, "a", request)));
    await feed(tabs[1], "b", { ...request, source: "inverter-02" });
    for (const page of tabs) await more(page, "a");
    await more(tabs[1], "b");
    assert.deepEqual(sources(sim), ["inverter-01", "inverter-02"]);
    assert.deepEqual([sim.stats().connections, sim.stats().connected], [1, 1]);
    const [first, second] = [(await record(tabs[0])).samples.a, (await record(tabs[1])).samples.a];
    const shared = first.filter((id) => second.includes(id));
    assert.ok(
      shared.length > 5 && shared.every((id, index) => second.indexOf(id) === second.indexOf(shared[0]) + index),
      "both tabs get the same samples in the same order",
    );

    await tabs[1].evaluate(() => tab.stop("b"));
    await until(() => sim.stats().feeds === 1, "one tab's stop() to end its feed");
    await tabs[0].evaluate(() => tab.stop("a"));
    await more(tabs[1], "a");
    assert.deepEqual(sources(sim), ["inverter-01"], "other tabs keep the feed open");
  });

  test("a tab that closes, reloads, navigates or calls close() releases its feeds; the last one closes the connection", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const { request } = given(sim);
    const stays = await openTab(t, sim);
    await feed(stays, "a", request);
    const ways = {
      closes: (page) => page.close(),
      reloads: (page) => page.reload(),
      navigates: (page) => page.goto(`${web.url}helpers.js`),
      "calls close()": (page) => page.evaluate(() => tab.close()),
    };
    for (const [way, leave] of Object.entries(ways)) {
      const page = await openTab(t, sim);
      await feed(page, "a", request);
      await feed(page, "own", { ...request, source: "inverter-03" });
      assert.deepEqual(sources(sim), ["inverter-01", "inverter-03"], way);
      await leave(page);
      await until(() => sim.stats().feeds === 1, `a tab that ${way} to release its feed`);
      assert.deepEqual(sources(sim), ["inverter-01"], way);
      await more(stays, "a");
    }
    assert.deepEqual([sim.stats().connections, sim.stats().connected], [1, 1]);
    await stays.evaluate(() => tab.close());
    await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0, "the connection to close");
    const again = await openTab(t, sim);
    await feed(again, "a", request);
    await more(again, "a");
    assert.equal(sim.stats().connections, 2);
  });

  test("a tab that crashes releases its feeds; if the worker dies with it, the other tabs are notified", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const { request } = given(sim);
    const stays = await openTab(t, sim);
    await feed(stays, "a", request);
    // Not by `web.page`, which would read the crashed page's errors.
    const crashes = await web.browser.newPage();
    t.after(() => crashes.close().catch(() => {}));
    await crashes.goto(`${web.url}shared.html`);
    await openTab(t, sim, {}, crashes);
    await feed(crashes, "own", { ...request, source: "inverter-03" });
    const gone = new Promise((resolve) => crashes.once("error", resolve));
    crashes.goto("chrome://crash").catch(() => {});
    await gone;
    await until(() => !sources(sim).includes("inverter-03"), "the crashed tab's feed to be released");
    // The browser may have run the worker in the process of the crashed tab.
    const before = await count(stays, "a");
    await until(
      async () =>
        (await count(stays, "a")) > before || (await record(stays)).events.some(({ event }) => event === "lost"),
      "samples, or the `lost` event",
    );
    if ((await record(stays)).events.some(({ event }) => event === "lost")) {
      assert.deepEqual((await record(stays)).ends, [{ name: "a", code: "disconnected" }]);
      await stays.evaluate((options) => tab.connect(options), given(sim).options);
      await feed(stays, "a", request);
    }
    await more(stays, "a");
    assert.equal(sim.stats().connected, 1);
  });

  test("when the worker ends, feeds and calls are notified, and connecting again starts a new one", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const { deviceId, request } = given(sim);
    const tabs = [await openTab(t, sim), await openTab(t, sim)];
    for (const page of tabs) await feed(page, "a", request);
    await tabs[0].evaluate((id) => void (window.slow = globalThis.settled(tab.call("cmd", id, "slow"))), deviceId);
    await until(() => sim.stats().received["device:cmd"] === 1, "the command to be pending");
    const worker = await web.browser
      .targets()
      .find((target) => target.type() === "shared_worker")
      .worker();
    await worker.evaluate(() => self.close()).catch(() => {});
    for (const page of tabs) {
      await page.evaluate(() => until(() => tab.record.events.some(({ event }) => event === "lost")));
      assert.deepEqual((await record(page)).ends, [{ name: "a", code: "disconnected" }]);
    }
    assert.equal((await tabs[0].evaluate(() => slow)).error.code, "disconnected");
    await until(() => sim.stats().connected === 0, "its connection to close");
    for (const page of tabs) {
      await page.evaluate((options) => tab.connect(options), given(sim).options);
      await feed(page, "a", request);
      await more(page, "a");
    }
    assert.deepEqual([sim.stats().connected, sim.stats().feeds], [1, 1]);
  });

  test("concurrent commands of several tabs; errors keep their code", async (t) => {
    const sim = await simulator(t, { commandMs: 5 });
    const { deviceId } = given(sim);
    const tabs = [await openTab(t, sim), await openTab(t, sim)];
    const answers = await Promise.all(
      tabs.flatMap((page, index) =>
        [1, 2, 3].map((n) =>
          page.evaluate((id, text) => tab.call("cmd", id, `echo ${text}`), deviceId, `${index}-${n}`),
        ),
      ),
    );
    assert.deepEqual(
      answers.map(({ stdout }) => stdout),
      ["0-1\n", "0-2\n", "0-3\n", "1-1\n", "1-2\n", "1-3\n"],
    );
    const { error } = await tabs[0].evaluate(() => globalThis.settled(tab.call("cmd", "no such device", "true")));
    assert.deepEqual(
      [error.isError, error.name, error.code, error.event],
      [true, "ArdexaError", "rejected", "device:cmd"],
    );
    // @ts-expect-error not one of the methods
    const wrong = await tabs[0].evaluate(() => globalThis.settled(tab.call("free")));
    assert.match(wrong.error.message, /no method free/);
    const unsendable = await tabs[0].evaluate(() =>
      globalThis.settled(tab.call("cmd", "d", "true", { signal: new AbortController().signal })),
    );
    assert.equal(unsendable.error.name, "DataCloneError");
    sim.setOnline(deviceId, false);
    for (const page of tabs)
      await page.evaluate(
        (id) =>
          until(() =>
            tab.record.events.some(({ event, payload }) => event === "device:stateChange" && payload.deviceId === id),
          ),
        deviceId,
      );
  });

  test("the token comes from an open tab; a lost connection is restored with its feeds", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const { request } = given(sim);
    const first = await openTab(t, sim);
    const without = await openTab(t, sim, { failing: true });
    const second = await openTab(t, sim);
    await feed(second, "a", request);
    assert.equal((await record(first)).tokensAsked, 1);
    await first.close();
    sim.dropAll();
    await second.evaluate(() => until(() => tab.record.gaps.length === 1));
    await more(second, "a");
    assert.deepEqual([(await record(without)).tokensAsked, (await record(second)).tokensAsked], [1, 1]);
    assert.deepEqual(sources(sim), ["inverter-01"]);
  });

  test("a refusal rejects with its code, and a later call tries again", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t, { path: "shared.html" });
    const { error } = await page.evaluate(
      async (options) => {
        await until(() => globalThis.tab);
        return globalThis.settled(tab.connect(options));
      },
      { ...given(sim).options, token: "wrong" },
    );
    assert.equal(error.code, "unauthorized");
    assert.ok(!error.message.includes("wrong"));
    await page.evaluate((options) => tab.connect(options), given(sim).options);
    assert.equal((await page.evaluate((id) => tab.call("cmd", id, "true"), given(sim).deviceId)).returnCode, 0);
  });
});
