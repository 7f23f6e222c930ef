/** The catalogue in pages of another origin than the cloud, without a bundler, in Chromium and Firefox. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { given, simulator, withBrowser } from "./support.mjs";

/** Console messages of browsers about a response that the page may not read. */
const REFUSED = /CORS|Cross-Origin|access-control|Failed to load/i;

/** Runs in the page: returns the number of devices, or the error. */
async function list(options) {
  const { ArdexaError } = await import("/pkg/index.js");
  const { listDevices } = await import("/pkg/catalog.js");
  try {
    return { count: (await listDevices(options)).devices.length };
  } catch (error) {
    const { code, message, data } = error;
    return { code, message, data, ours: error instanceof ArdexaError };
  }
}

for (const name of /** @type {const} */ (["chromium", "firefox"])) {
  describe(name, () => {
    const web = withBrowser(name);

    test("a page of another origin reads the list if the cloud permits it", async (t) => {
      const sim = await simulator(t, { devices: 5_000 });
      const page = await web.page(t);
      assert.deepEqual(await page.evaluate(list, given(sim).options), { count: 5_000 });
    });

    test("if CORS forbids it or the cloud is down, the error names both causes", async (t) => {
      const page = await web.page(t, { expectErrors: REFUSED });
      const sim = await simulator(t, { directoryCors: false });
      const gone = await simulator(t);
      await gone.close();
      for (const { options } of [given(sim), given(gone)]) {
        const { code, message, ours } = await page.evaluate(list, options);
        assert.deepEqual([code, ours], ["unreachable", true]);
        assert.match(message, /; check the network and `url`\. In a browser, also check .* \(CORS\)/);
        assert.ok(!message.includes(options.token));
      }
    });

    test("a refusal by the cloud is reported with its status", async (t) => {
      const page = await web.page(t, { expectErrors: REFUSED });
      for (const [directory, code, status] of /** @type {const} */ ([
        ["unauthorized", "unauthorized", 401],
        ["forbidden", "unauthorized", 403],
        ["none", "rejected", 404],
        ["error", "rejected", 500],
        ["html", "protocol", undefined],
      ])) {
        const answer = await page.evaluate(list, given(await simulator(t, { directory })).options);
        assert.deepEqual([answer.code, answer.data?.status], [code, status], directory);
      }
      const hang = await simulator(t, { directory: "hang" });
      assert.equal((await page.evaluate(list, { ...given(hang).options, timeoutMs: 100 })).code, "timeout");
    });

    test("a device is read; without a bundler, its configuration only with the page's own YAML parser", async (t) => {
      const sim = await simulator(t);
      const page = await web.page(t);
      const ask = async ({ options, deviceId }) => {
        const { connect } = await import("/pkg/index.js");
        const { askDevice } = await import("/pkg/catalog.js");
        const client = await connect(options);
        const plain = await askDevice(client, deviceId, { rows: 5 });
        const own = await askDevice(client, deviceId, {
          logs: false,
          parseYaml: (text) => ({ run: [{ table: "t", source: text.split(":")[0] }] }),
        });
        await client.close();
        return {
          sources: plain.sources.length,
          rows: plain.rows.length,
          name: plain.name,
          issues: plain.issues,
          own: own.sources.map(({ source }) => source),
          good: own.issues,
        };
      };
      const { issues, ...rest } = await page.evaluate(ask, given(sim));
      assert.deepEqual(rest, { sources: 8, rows: 8, name: "solar-01", own: ["amqp"], good: [] });
      assert.equal(issues.length, 1);
      assert.match(
        issues[0].message,
        /^the configuration was not read: no YAML parser is available; pass a function as parseYaml/,
      );
    });
  });
}
