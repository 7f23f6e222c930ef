/** Feeds and series in a page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { given, simulator, until } from "../support.mjs";

/** Predicts the consecutive ids of the first device's next messages. */
function idsToCome(sim) {
  const first = sim.devices[0].messages + 1;
  return (count) => Array.from({ length: count }, (_, at) => String(first + at));
}

/** @param {ReturnType<typeof import("../support.mjs").withBrowser>} web */
export function feedTests(web) {
  test("a listener is called with each sample until the feed is stopped", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 200 });
    const ids = idsToCome(sim);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, request }) => {
      const client = await (await pkg()).connect(options);
      const samples = [];
      const feed = await client.feed(request, (sample) => samples.push(sample));
      const { id } = feed;
      await until(() => samples.length >= 20);
      await feed.stop();
      await feed.stop();
      const atStop = samples.length;
      // The reply arrives after everything that the server sent before it received the stop.
      await client.cmd(request.deviceId, "true");
      return {
        id,
        samples,
        atStop,
        received: feed.received,
        dropped: feed.dropped,
        asked: feed.request,
        open: client.stats().openFeeds,
      };
    }, given(sim));
    const { request } = given(sim);
    assert.equal(got.samples.length, got.atStop);
    assert.equal(got.received, got.atStop);
    assert.deepEqual(
      got.samples.map(({ messageId }) => messageId),
      ids(got.atStop),
    );
    const { event_time, value, requestId, ...rest } = got.samples[0];
    assert.deepEqual(rest, {
      feedId: got.id,
      table: request.table,
      source: request.source,
      device: request.deviceId,
      messageId: ids(1)[0],
    });
    assert.ok(Number.isFinite(Date.parse(event_time)));
    assert.ok(got.samples.some((sample) => typeof sample.value === "number"));
    assert.deepEqual(got.asked, request);
    assert.deepEqual([got.dropped, got.open], [0, 0]);
    assert.equal(sim.stats().feeds, 0);
    assert.equal(sim.stats().received["device:feed:stop"], 1);
  });

  test("an iterator yields the samples, and leaving the loop ends the feed", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 200 });
    const expected = idsToCome(sim);
    const page = await web.page(t);
    const ids = await page.evaluate(async ({ options, request: { field: _, ...request } }) => {
      window.client = await (await pkg()).connect(options);
      const ids = [];
      for await (const { messageId, value } of await client.feed(request)) {
        if (!Array.isArray(value)) throw new Error("a sample of a request without a field must have all of them");
        if (ids.push(messageId) === 30) break;
      }
      return ids;
    }, given(sim));
    assert.deepEqual(ids, expected(30));
    await until(() => sim.stats().feeds === 0);
  });

  test("a slow iterator drops the oldest samples and counts them", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 500 });
    const ids = idsToCome(sim);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, request }) => {
      const client = await (await pkg()).connect(options);
      const feed = await client.feed(request, { queue: 10 });
      await until(() => feed.received >= 50);
      const { received, dropped } = feed;
      const { value } = await feed[Symbol.asyncIterator]().next();
      return { received, dropped, first: value.messageId };
    }, given(sim));
    assert.equal(got.dropped, got.received - 10);
    assert.equal(got.first, ids(got.received).at(-10));
  });

  test("equal requests share one feed at the server; stopAllFeeds ends them all", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 200 });
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, request }) => {
      window.client = await (await pkg()).connect(options);
      window.counts = { one: 0, two: 0, other: 0, loop: 0 };
      window.feeds = await Promise.all([
        client.feed(request, () => counts.one++),
        client.feed({ ...request }, () => counts.two++),
        client.feed({ ...request, source: "inverter-02" }, () => counts.other++),
      ]);
      window.loop = (async () => {
        for await (const _ of await client.feed({ ...request, source: "inverter-03" })) counts.loop++;
        return "ended";
      })();
      await until(() => Object.values(counts).every((count) => count >= 5));
      return { ids: feeds.map(({ id }) => id), open: client.stats().openFeeds };
    }, given(sim));
    assert.equal(got.ids[0], got.ids[1]);
    assert.notEqual(got.ids[0], got.ids[2]);
    assert.deepEqual([got.open, sim.stats().feeds], [3, 3]);

    await page.evaluate(() => feeds[0].stop());
    await page.evaluate(async () => {
      const before = counts.two;
      await until(() => counts.two > before + 5);
    });
    assert.equal(sim.stats().feeds, 3, "the other subscription keeps the feed");

    assert.equal(
      await page.evaluate(async () => {
        await client.stopAllFeeds();
        return loop;
      }),
      "ended",
    );
    await until(() => sim.stats().feeds === 0);
    assert.equal(await page.evaluate(() => client.stats().openFeeds), 0);
  });

  test("a refused feed rejects, and the connection stays open", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, request }) => {
      const client = await (await pkg()).connect(options);
      return {
        field: await settled(client.feed({ ...request, field: "No Such" }, () => {})),
        // @ts-expect-error without the required `source`
        missing: await settled(client.feed({ deviceId: request.deviceId, table: "solar" }, () => {})),
        after: (await client.cmd(request.deviceId, "true")).returnCode,
      };
    }, given(sim));
    assert.equal(got.field.error.code, "rejected");
    assert.equal(got.field.error.event, "device:feed");
    assert.equal(got.missing.error.code, "invalid-argument");
    assert.match(got.missing.error.message, /request\.source/);
    assert.equal(got.after, 0);
  });

  test("a listener that throws causes a warning and nothing else", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 200 });
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options, request }) => {
      const client = await (await pkg()).connect(options);
      const warnings = [];
      client.on("warning", ({ error }) => warnings.push(plain(error)));
      let calls = 0;
      await client.feed(request, () => {
        calls++;
        throw new RangeError("listener failed");
      });
      await until(() => calls >= 10);
      return { calls, warnings: warnings.length, first: warnings[0], state: client.state };
    }, given(sim));
    assert.equal(got.warnings, got.calls);
    assert.match(got.first.message, /listener failed/);
    assert.equal(got.state, "connected");
  });

  test("at 1,000 samples a second none is lost or out of order", async (t) => {
    const COUNT = 4_000;
    const sim = await simulator(t);
    const expected = idsToCome(sim);
    const page = await web.page(t);
    const got = await page.evaluate(
      async ({ options, request }, count) => {
        const client = await (await pkg()).connect(options);
        const ids = [];
        const feed = await client.feed(request, ({ messageId }) => ids.push(messageId), {
          extra: { samplesPerSecond: 1_000 },
        });
        await until(() => ids.length >= count);
        await feed.stop();
        return { ids, received: feed.received, dropped: feed.dropped, samples: client.stats().samples };
      },
      given(sim),
      COUNT,
    );
    assert.equal(sim.stats().samplesSkipped, 0);
    assert.deepEqual(got.ids, expected(got.ids.length));
    assert.ok(got.ids.length >= COUNT);
    assert.equal(got.received, got.ids.length);
    assert.equal(got.dropped, 0);
  });

  test("a series stores numbers and calls onUpdate at most once per frame", async (t) => {
    const COUNT = 2_000;
    const sim = await simulator(t, { startHour: 10 });
    const page = await web.page(t);
    const got = await page.evaluate(
      async ({ options, request: { field, ...request } }, count) => {
        const client = await (await pkg()).connect(options);
        const extra = { samplesPerSecond: 1_000 };
        let updates = 0;
        let frames = 0;
        const frame = () => {
          frames++;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        const one = await client.series({ ...request, field }, { capacity: 500, extra, onUpdate: () => updates++ });
        const all = await client.series({ ...request, source: "inverter-02" }, { extra });
        await until(() => one.total >= count && all.total >= count);
        const [times, values] = [one.times(), one.values()];
        const buckets = one.minMax(10);
        await one.stop();
        await all.stop();
        return {
          length: one.length,
          total: one.total,
          columns: [one.columns, all.columns],
          received: one.feed.received,
          ordered: times.every((time, at) => at === 0 || time > times[at - 1]),
          sizes: [times.length, values.length],
          values: [...values],
          buckets: [...buckets],
          updates,
          frames,
          all: [all.length, all.total],
        };
      },
      given(sim),
      COUNT,
    );
    assert.equal(sim.stats().samplesSkipped, 0);
    assert.equal(got.length, 500);
    assert.deepEqual(got.sizes, [500, 500]);
    assert.ok(got.total >= COUNT);
    assert.equal(got.received, got.total);
    assert.equal(got.all[0], got.all[1]);
    assert.equal(got.columns[0], 1);
    assert.ok(got.columns[1] > 1);
    assert.equal(got.ordered, true);
    assert.ok(got.updates > 0 && got.updates <= got.frames + 1, `${got.updates} updates in ${got.frames} frames`);
    assert.equal(got.buckets.length, 30);
    const numbers = got.values.filter((value) => value !== null && !Number.isNaN(value));
    const least = Math.min(
      ...got.buckets.filter((value, at) => at % 3 === 1 && value !== null && !Number.isNaN(value)),
    );
    assert.equal(least, Math.min(...numbers));
    await until(() => sim.stats().feeds === 0);
  });

  test("a sample that is not JSON is skipped with a warning that names its feed", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 100 });
    const page = await web.page(t);
    await page.evaluate(async ({ options, request }) => {
      const client = await (await pkg()).connect(options);
      Object.assign(window, { client, values: [], warnings: [] });
      client.on("warning", ({ error }) => warnings.push(plain(error)));
      window.series = await client.series(request);
      window.feed = await client.feed(request, ({ value }) => values.push(value));
    }, given(sim));
    const [{ feedId }] = sim.feeds();
    for (const value of ["NaN", "Infinity", '"the last"'])
      sim.sockets[0].conn.write(`2["device:feed:reply",{"feedId":"${feedId}","messageId":"1","value":${value}}]`);
    const got = await page.evaluate(async () => {
      await until(() => values.includes("the last"));
      return { warnings, state: client.state };
    });
    assert.deepEqual([got.warnings.length, got.state], [1, "connected"]);
    const { request } = given(sim);
    assert.match(
      got.warnings[0].message,
      new RegExp(`table "${request.table}", source "${request.source}" of device "${request.deviceId}" is not JSON`),
    );
  });

  test("a series survives a server crash", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 100 });
    const page = await web.page(t);
    await page.evaluate(async ({ options, request }) => {
      const client = await (await pkg()).connect({ ...options, reconnect: { minDelayMs: 10, maxDelayMs: 100 } });
      window.gaps = [];
      window.series = await client.series(request, { onGap: (gap) => gaps.push(gap) });
      await until(() => series.total >= 10);
    }, given(sim));
    await sim.restart({ downMs: 50 });
    const got = await page.evaluate(async () => {
      await until(() => gaps.length === 1);
      const before = series.total;
      await until(() => series.total >= before + 10);
      return { length: series.length, total: series.total, gap: gaps[0].fromMs < gaps[0].toMs };
    });
    assert.equal(got.length, got.total);
    assert.equal(got.gap, true);
  });
}
