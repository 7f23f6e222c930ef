/** The pages of examples/, built as examples/README.md describes, in Chromium against the simulator. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { given, simulator, until, withBrowser } from "../browser/support.mjs";
import { makePage } from "./lib/page.mjs";

const PAGES = ["leptos", "yew"];
const LOCKED = process.env.CI ? ["--locked"] : [];
const OUT = inRoot("build", "examples");

before(
  async () => {
    for (const name of PAGES) await makePage(inRoot("examples", name), `ardexa-${name}`, join(OUT, name), LOCKED);
  },
  { timeout: 1_200_000 },
);

const held = withBrowser("chromium", { folders: { "/": OUT } });

for (const name of PAGES) {
  test(`${name}: the fleet, a command and live data`, { timeout: 120_000 }, async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 50 });
    const { options, deviceId } = given(sim);
    const { url, workgroup, token } = options;
    const page = await held.page(t, {
      path: `${name}/index.html#url=${url}&workgroup=${workgroup}&token=${token}&device=${deviceId}`,
    });
    const text = (/** @type {string} */ id) =>
      page.$eval(`#${id}`, (element) => element.textContent ?? "").catch(() => "");
    await until(async () => (await text("state")) === "connected", "the connection");
    await until(async () => /up \d+ days/.test(await text("uptime")), "the command's reply");

    const [, other] = sim.devices;
    sim.setOnline(other.id, false);
    await until(async () => (await text("fleet")).includes(`${other.id} is offline`), "the device that went offline");
    sim.setOnline(other.id, true);
    await until(async () => (await text("fleet")).includes(`${other.id} is online`), "the device that came back");

    const points = () => page.$eval("#chart", (line) => line.getAttribute("points")?.trim().split(" ") ?? []);
    await until(async () => (await points()).length > 20, "a chart");
    assert.ok(
      (await points()).every((point) => /^\d+,\d+(\.\d+)?$/.test(point)),
      "every point has two numbers",
    );
    if (name === "leptos") {
      const first = await until(async () => await text("live"), "a sample");
      await until(async () => (await text("live")) !== first, "the next sample");
    }
    sim.dropAll();
    await until(() => sim.stats().connections === 2 && sim.stats().feeds === 1, "the feed after a lost connection");
  });
}
