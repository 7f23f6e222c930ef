/** The token in the browsers' own console messages, as SECURITY.md describes, in Chromium and Firefox. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard, gate } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

for (const browser of /** @type {const} */ (["chromium", "firefox"])) {
  describe(`the token and the console: ${browser}`, () => {
    const web = withBrowser(browser);

    test("only the browser's own message about a failed WebSocket contains the token", async (t) => {
      const way = await gate(t);
      const lines = [];
      const prepare = async (page) => {
        page.on("console", (message) => lines.push(message.text()));
        page.on("pageerror", (error) => lines.push(error?.message ?? String(error)));
      };
      const { sim, page } = await dashboard(t, web, {
        prepare,
        knows: (sim) => {
          way.to = sim.port;
          return { url: way.url, workgroup: sim.workgroup, token: sim.token };
        },
      });
      await until(() => sim.stats().listed > 0, "the device list was requested");
      way.shut();
      // Requests the device list again, and connects.
      await page.reload();
      await until(
        () => lines.some((line) => /WebSocket connection to|establish a connection|The connection to ws/.test(line)),
        "the browser's message about the WebSocket",
      );
      const withToken = lines.filter((line) => line.includes(sim.token));
      assert.ok(withToken.length > 0, "the token is in it, as SECURITY.md says");
      for (const line of withToken)
        assert.match(line, /^(WebSocket connection to|Firefox can.t establish a connection|The connection to ws)/);
      const log = sim.received.map(({ event, args }) => JSON.stringify([event, args])).join("\n");
      assert.ok(!log.includes(sim.token), "no event contains it");
    });
  });
}
