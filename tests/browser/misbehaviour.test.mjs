/** Misbehaving pages: several clients, two copies of the package, terminated workers. In Chromium. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { given, simulator, until, withBrowser } from "./support.mjs";

const PAGES = fileURLToPath(new URL("pages", import.meta.url));

describe("misbehaving pages", () => {
  const web = withBrowser("chromium", { folders: { "/": PAGES, "/copy/": inRoot("pkg") } });

  for (const [what, paths] of /** @type {[string, string[]][]} */ ([
    ["two clients", ["/pkg/index.js", "/pkg/index.js"]],
    ["two clients of two copies of the package", ["/pkg/index.js", "/copy/index.js"]],
  ])) {
    test(`${what} in one page do not affect each other`, async (t) => {
      const [first, second] = [
        await simulator(t, { samplesPerSecond: 100 }),
        await simulator(t, { samplesPerSecond: 100, seed: 2 }),
      ];
      const page = await web.page(t, { expectErrors: /ardexa-client: a listener threw/ });
      const outcome = await page.evaluate(
        async (paths, all) => {
          const [one, other] = await Promise.all(
            paths.map(async (path, at) => (await import(path)).connect(all[at].options)),
          );
          const events = [];
          for (const name of ["disconnect", "connect_error", "warning"]) other.on(name, () => events.push(name));
          const samples = [];
          await other.feed(all[1].request, ({ device }) => samples.push(device));
          // One throws, is freed in its own listener, and has a pending request.
          await one.feed(all[0].request, () => {
            one.cmd(all[0].deviceId, "slow").catch(() => {});
            one.free();
            throw new Error("boom");
          });
          await until(() => one.state === "closed");
          const { length } = samples;
          await until(() => samples.length > length + 20);
          const { returnCode } = await other.cmd(all[1].deviceId, "true");
          await one.connect();
          return { events, returnCode, devices: [...new Set(samples)], again: one.state, stats: one.stats().openFeeds };
        },
        paths,
        [given(first), given(second)],
      );
      assert.deepEqual(outcome, {
        events: [],
        returnCode: 0,
        devices: [second.devices[0].id],
        again: "connected",
        stats: 0,
      });
      assert.deepEqual([first.sockets.length, second.sockets.length], [1, 1]);
    });
  }

  test("a worker terminated while connecting or receiving samples: its socket closes, and the next worker works", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 500 });
    const { options, request, deviceId } = given(sim);
    const page = await web.page(t);
    await page.evaluate(async (options) => {
      window.client = await (await pkg()).connect(options);
      window.start = (...asked) => {
        window.worker = new Worker("/worker.js", { type: "module" });
        asked.forEach(([act, given], number) => worker.postMessage({ number, act, with: given }));
        return new Promise((resolve) => (worker.onmessage = ({ data }) => data.number === 0 && resolve(data.value)));
      };
    }, options);
    for (let round = 0; round < 3; round++) {
      await page.evaluate((options) => void start(["connect", options]), options);
      await until(() => sim.sockets.length > 1 || round % 2, "the worker to connect, except in odd rounds");
      await page.evaluate(() => worker.terminate());
      await until(() => sim.sockets.length === 1, "its connection to close");

      assert.equal(await page.evaluate((options) => start(["connect", options]), options), "connected");
      await page.evaluate((asked) => worker.postMessage({ number: 1, act: "feed", with: asked }), {
        request,
        count: 1e9,
      });
      await until(() => sim.feeds()[0]?.sent > 20, "samples to flow");
      await page.evaluate(() => worker.terminate());
      await until(() => sim.sockets.length === 1 && sim.feeds().length === 0, "its connection and feed to close");
    }
    assert.equal(await page.evaluate(async (deviceId) => (await client.cmd(deviceId, "true")).returnCode, deviceId), 0);
    assert.equal(await page.evaluate(() => client.stats().connections), 1);
  });
});
