/** The dashboard's live data, as a user sees it, in Chromium. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

/** Returns a function that reads the current text of a feed's panel. */
const panel = (user, name) => () => user.panel(name);

/** Whether the panel's chart has more than its grid: pixels in the colour of the first line. */
const isDrawn = (user, name) =>
  user.search("article", name).then((element) =>
    element.evaluate((node) => {
      const canvas = node.querySelector("canvas");
      if (!canvas?.width) return false;
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 4)
        if (data[at] < 40 && data[at + 1] > 90 && data[at + 2] > 150 && data[at + 3] > 200) return true;
      return false;
    }),
  );

describe("dashboard: live", () => {
  const web = withBrowser("headless-shell");
  const POWER = "AC Power, Redgum Plain Solar Plant · solar / inverter-01";

  /** Opens Live of the first device in the light theme, with the power of its first inverter. */
  async function withPower(t, options) {
    const all = await dashboard(t, web, { path: "#/live", theme: "light", sim: { startHour: 10 }, ...options });
    await all.user.add("solar / inverter-01", "AC Power");
    const text = panel(all.user, POWER);
    await until(async () => /\d+ samples/.test(await text()), "samples to arrive");
    return { ...all, text };
  }

  test("a field: value, unit, rate, chart, tooltip in local time and UTC", async (t) => {
    const { sim, user, page, text } = await withPower(t);
    assert.equal(sim.stats().feeds, 1);
    await until(async () => /[\d,.]+\s*W/.test(await text()), "the value and its unit");
    await until(async () => /\d\.?\d*\/s/.test(await text()), "the rate");
    await until(() => isDrawn(user, POWER), "the line is drawn");
    const chart = await user.find("group", `Chart of ${POWER}`);
    let tries = 0;
    await until(async () => {
      // Reads the chart's place each time, as the page above it may still grow. Now and then the pointer comes in from
      // outside: the chart reads its own place when the pointer enters.
      const { x, y, width, height } = await chart.boundingBox();
      if (tries++ % 20 === 0) await page.mouse.move(1, 1);
      await page.mouse.move(x + width * (0.6 + 0.38 * Math.random()), y + height / 2);
      return /\d\d:\d\d:\d\d\.\d{3} \(\d\d:\d\d:\d\d UTC\)/.test(await text());
    }, "the crosshair shows the time");
    await user.click("button", "Remove AC Power");
    await until(() => sim.stats().feeds === 0, "a feed without a panel is stopped");
    await user.seesText("No charts yet.");
  });

  test("an array feed lists its columns", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/live", theme: "light", sim: { startHour: 10 } });
    await user.add("solar / inverter-01", "All 11 in one");
    assert.ok(await user.find("checkbox", "AC Frequency"));
    await user.click("checkbox", "AC Frequency");
    const colours = await Promise.all(
      ["AC Power", "AC Frequency"].map(async (name) =>
        (await user.find("checkbox", name)).evaluate((box) => getComputedStyle(box).accentColor),
      ),
    );
    assert.notEqual(colours[0], colours[1], "each box has the colour of its line");
    // Power has another unit and was deselected.
    await until(async () => !(await (await user.find("checkbox", "AC Power")).evaluate((box) => box.checked)));
    await until(
      async () =>
        /(49|50)\.\d+\s*Hz|(49|50)\.\d+/.test(
          await panel(user, "inverter-01, Redgum Plain Solar Plant · solar / inverter-01")(),
        ),
      "the value of the selected column",
    );
    assert.equal(sim.stats().feeds, 1);
  });

  test("typed by hand, wrong and right; the panel shows the error", async (t) => {
    const { user } = await dashboard(t, web, { path: "#/live" });
    await user.find("group", "solar / inverter-01");
    await user.click("button", "Add feed");
    await user.seesText("Enter a table and a source.");
    await user.fill("Table", "nothing", "combobox");
    await user.fill("Source", "nowhere", "combobox");
    await user.click("button", "Add feed");
    await user.seesText("The cloud answered: Unknown table: nothing");
    await user.fill("Table", "system", "combobox");
    await user.fill("Source", "cpu_usage", "combobox");
    await user.click("button", "Add feed");
    const text = panel(user, "cpu_usage, Redgum Plain Solar Plant · system / cpu_usage");
    await until(async () => /\d+ samples/.test(await text()));
  });

  test("a feed of strings has no chart and shows the newest", async (t) => {
    const { user } = await dashboard(t, web, { path: "#/live", sim: { startHour: 10 } });
    await user.add("solar / inverter-01", "Status");
    await until(async () =>
      /Running|Derated/.test(await panel(user, "Status, Redgum Plain Solar Plant · solar / inverter-01")()),
    );
  });

  test("a feed whose first value is null is not a feed of strings", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/live", theme: "light", sim: { samplesPerSecond: 0 } });
    await user.add("solar / inverter-01", "AC Power");
    const text = () => user.panel(POWER);
    const { feedId } = await until(() => sim.feeds()[0], "the feed is open");
    let n = 0;
    const send = (value) =>
      sim.sockets[0].emit("device:feed:reply", {
        feedId,
        event_time: new Date().toISOString(),
        table: "solar",
        source: "inverter-01",
        device: sim.devices[0].id,
        messageId: String(n++),
        value,
      });
    send(null);
    await until(async () => /1 sample\b/.test(await text()), "the first sample");
    send(17_000);
    send(17_001);
    await until(async () => /17,001\s*W[^]*3 samples/.test(await text()), "the value is shown");
    assert.doesNotMatch(await text(), /sends text/);
    await until(() => isDrawn(user, POWER), "the line is drawn");
    send("Derated");
    await until(async () => /This feed sends text/.test(await text()), "the panel says that the feed sends text");
  });

  test("pause counts new samples; keys pan, zoom and return to live", async (t) => {
    const { user } = await withPower(t);
    await user.click("button", "Pause");
    await user.seesText(/Paused · [1-9][\d,]* new/);
    assert.ok(await isDrawn(user, POWER));
    const chart = await user.find("group", `Chart of ${POWER}`);
    await chart.focus();
    await user.press("+");
    await user.press("ArrowLeft");
    await user.press("0");
    await user.find("button", "Pause");
    await user.seesText(/1 feed · /);
    await until(() => isDrawn(user, POWER));
  });

  test("a lost connection is a gap with its length, and the feed resumes", async (t) => {
    const { sim, user, text } = await withPower(t);
    await sim.stop();
    await user.sees("Connection", "Reconnecting");
    await sim.listen();
    await user.sees("Connection", "Connected");
    await until(async () => /1 gap, last \d/.test(await text()), "the panel mentions the gap");
    const before = Number(/([\d,]+) samples/.exec(await text())[1].replace(",", ""));
    await until(
      async () => Number(/([\d,]+) samples/.exec(await text())[1].replace(",", "")) > before,
      "samples to arrive again",
    );
  });

  test("kicked and connected again: the feeds resume and keep their samples", async (t) => {
    const { sim, user, text } = await withPower(t);
    await user.isKickedBy(sim);
    await user.click("button", "Connect again");
    await user.sees("Connection", "Connected");
    await until(() => sim.stats().feeds === 1, "the feed is back");
    await until(async () => /1 gap/.test(await text()));
  });

  test("an offline device: the panel says what it is waiting for", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/live" });
    await user.find("group", "solar / inverter-01");
    sim.setOnline(sim.devices[0].id, false);
    await until(async () =>
      (
        await user.page.evaluate(
          () => /** @type {HTMLElement} */ (document.querySelector("aside [aria-current]"))?.innerText ?? "",
        )
      ).includes("offline"),
    );
    await user.add("solar / inverter-01", "AC Power");
    await user.seesText(/Waiting for solar \/ inverter-01 \/ AC Power for [\d.]+ s\. The device is offline/);
    sim.setOnline(sim.devices[0].id, true);
    await until(async () => /\d+ samples/.test(await panel(user, POWER)()));
  });

  test("added while not connected: the panel says so, and the feed starts on connection", async (t) => {
    const { user } = await dashboard(t, web, { path: "#/live" });
    await user.find("group", "solar / inverter-01");
    await user.click("button", "Connection…");
    await user.click("button", "Disconnect");
    await user.sees("Connection", "Not connected");
    await user.add("solar / inverter-01", "AC Power");
    await user.seesText("Not connected. solar / inverter-01 / AC Power starts once connected.");
    await user.click("button", "Connection…");
    await user.click("button", "Connect");
    await until(async () => /\d+ samples/.test(await panel(user, POWER)()));
    await until(async () => !/Not connected/.test(await panel(user, POWER)()));
  });

  test("CSV holds every sample", async (t) => {
    const { user, page, sim } = await withPower(t);
    const folder = await mkdtemp(join(tmpdir(), "ardexa-csv-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const cdp = await page.createCDPSession();
    await cdp.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    sim.setRate(0);
    await until(async () => {
      const before = sim.stats().samples;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return sim.stats().samples === before;
    });
    const sent = sim.stats().samples;
    await until(async () => (await panel(user, POWER)()).includes(`${sent} sample`), "all samples");
    await user.click("button", "Export AC Power as CSV");
    const name = await until(async () => (await readdir(folder)).find((file) => file.endsWith(".csv")));
    const lines = await until(async () => {
      const text = await readFile(join(folder, name), "utf8");
      return text.split("\r\n").length === sent + 2 && text.split("\r\n");
    });
    assert.equal(lines[0], "time,AC Power");
    assert.match(lines[1], /^\d{4}-\d\d-\d\dT[\d:.]+Z,\d*$/);
  });

  test("Live of one device hides the charts of others; one click shows all", async (t) => {
    const { user, text } = await withPower(t);
    await user.click("button", "Add feeds");
    await user.click("link", "online Redgum Plain Battery");
    await user.seesText("No charts of Redgum Plain Battery. 1 chart of other devices.");
    await until(async () => (await text()) === "", "the other device's chart is hidden");
    await user.click("button", "Show all");
    await until(async () => /samples/.test(await text()));
    await user.click("button", "This device");
    await until(async () => (await text()) === "");
  });

  test("removing all charts can be undone, without losing samples", async (t) => {
    const { sim, user, page, text } = await withPower(t);
    const samples = async () => Number(/([\d,]+) sample/.exec(await text())?.[1].replace(",", "") ?? 0);
    const before = await samples();
    await (await page.$(".menu-button summary")).click();
    await user.click("button", "Remove all charts");
    await user.seesText("No charts yet.");
    await user.click("button", "Undo: 1 chart removed.");
    await until(async () => (await samples()) > before);
    assert.equal(sim.stats().feeds, 1);
    await until(() => isDrawn(user, POWER), "the line is drawn");
  });

  test("six inverters in one chart, the deviating one first", async (t) => {
    const { user } = await dashboard(t, web, { path: "#/live", theme: "light", sim: { startHour: 10 } });
    const group = await user.find("group", "Compare solar");
    await (await until(async () => (await group.$$("button")).at(0), "a comparison to choose")).click();
    const list = await user.find("list", "Sources by deviation");
    const rows = await until(async () => {
      const all = await list.evaluate((node) => [...node.children].map((row) => row.innerText));
      return all.length > 5 && all.every((row) => / W/.test(row)) && all;
    }, "all values");
    const parts = rows.map((row) => Math.abs(Number(/([+−][\d.]+) %/.exec(row)?.[1].replace("−", "-"))));
    assert.deepEqual(
      parts,
      [...parts].sort((a, b) => b - a),
      rows.join(" | "),
    );
  });

  test("of six compared, none is hidden at 360 px, and the readout shows all", async (t) => {
    const { user, page } = await dashboard(t, web, { path: "#/live", theme: "light", sim: { startHour: 12 } });
    const group = await user.find("group", "Compare solar");
    await (await until(async () => (await group.$$("button")).at(0), "a comparison to choose")).click();
    await user.click("button", "Add feeds");
    const name = "AC Power, Redgum Plain Solar Plant · solar / 6 sources";
    const chart = await user.find("group", `Chart of ${name}`);
    const article = await user.find("article", name);
    for (const width of [1280, 1000]) {
      await page.setViewport({ width, height: 800 });
      let n = 0;
      await until(async () => {
        const { x, y, width, height } = await chart.boundingBox();
        await page.mouse.move(x + width * 0.97 - (n++ % 9), y + height / 2);
        return /UTC\) · (inverter-0\d [\d,]+( … [\d,]+)? W( · )?){6}/.test(await user.panel(name));
      }, "the readout of all six");
      const hidden = await article.$$eval(".readout", ([node]) => [
        node.scrollWidth - node.clientWidth,
        node.scrollHeight - node.clientHeight,
      ]);
      assert.ok(Math.max(...hidden) <= 1, `at ${width} px ${hidden} px of it are cut off`);
    }
    await page.mouse.move(1, 1);
    await page.setViewport({ width: 360, height: 740 });
    const list = await user.find("list", "Sources by deviation");
    await until(
      () =>
        list.evaluate(
          (node) =>
            node.children.length === 6 &&
            node.scrollHeight <= node.clientHeight &&
            node.getBoundingClientRect().width <= 360,
        ),
      "all six fit",
    );
    assert.ok((await chart.boundingBox()).height >= 150, "the chart keeps its height");
  });

  test("the list of feeds covers no chart", async (t) => {
    const { user, page } = await withPower(t);
    const picker = await user.find("region", "Add feeds");
    const chart = await user.find("group", `Chart of ${POWER}`);
    for (const [width, height] of [
      [1440, 900],
      [1000, 700],
      [640, 400],
      [360, 740],
    ]) {
      await page.setViewport({ width, height });
      const covered = await until(async () => {
        const [one, other] = [await picker.boundingBox(), await chart.boundingBox()];
        return (
          one &&
          other && {
            isCovered:
              one.x < other.x + other.width &&
              other.x < one.x + one.width &&
              one.y < other.y + other.height &&
              other.y < one.y + one.height,
            width: other.width,
          }
        );
      }, "both are visible");
      assert.ok(!covered.isCovered && covered.width > 100, `at ${width} px: ${JSON.stringify(covered)}`);
      await chart.evaluate((node) => node.scrollIntoView({ block: "center" }));
      assert.ok(
        await chart.evaluate((node) => {
          const { left, top, width, height } = node.getBoundingClientRect();
          return node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        }),
        `nothing covers it at ${width} px`,
      );
    }
  });

  test("a layout is saved under a name and available after a reload", async (t) => {
    const { user, page, text } = await withPower(t);
    await (await page.$(".menu-button summary")).click();
    await user.fill("Layout name", "Morning", "textbox");
    await user.click("button", "Save");
    await user.click("button", "Remove AC Power");
    await user.seesText("No charts yet.");
    await page.reload();
    await user.sees("Connection", "Connected");
    await (await until(() => page.$(".menu-button summary"))).click();
    await user.click("button", "Morning");
    await until(async () => /samples/.test(await text()));
  });

  test("the search finds feeds by source and field, and marks those shown", async (t) => {
    const { user } = await withPower(t);
    await user.fill("Search feeds", "inverter-01 freq", "searchbox");
    await until(async () => !(await user.has("group", "solar / inverter-02")));
    const group = await user.find("group", "solar / inverter-01");
    assert.deepEqual(
      await group.$$eval(".chip:not(.is-whole)", (chips) => chips.map(({ textContent }) => textContent)),
      ["AC Frequency"],
    );
    await user.fill("Search feeds", "inverter-01", "searchbox");
    const pressed = async () =>
      (await user.find("group", "solar / inverter-01")).$$eval('[aria-pressed="true"]', (chips) =>
        chips.map(({ textContent }) => textContent),
      );
    await until(async () => (await pressed()).join() === "AC Power");
  });

  test("feeds are restored after a reload", async (t) => {
    const { page, text } = await withPower(t);
    await page.reload();
    await until(async () => /\d+ samples/.test(await text()));
  });
});
