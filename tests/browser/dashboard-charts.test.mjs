/** What the dashboard's charts draw and say, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard, noteWriting, writing } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const PLANT = "Redgum Plain Solar Plant";
const POWER = `AC Power, ${PLANT} · solar / inverter-01`;
const FREQUENCY = `AC Frequency, ${PLANT} · solar / inverter-01`;
const READOUT = / at \d\d:\d\d:\d\d\.\d{3} \(\d\d:\d\d:\d\d UTC\)/;
const OTHER_READOUT = /Hz at \d\d:\d\d:\d\d\.\d{3} \(\d\d:\d\d:\d\d UTC\)/;

/** Records the place of each label drawn since `labels` was cleared. */
const noteLabels = (page) =>
  page.evaluateOnNewDocument(() => {
    const labels = (globalThis.labels = new Map());
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
      const { width } = this.measureText(text);
      const height = parseFloat(this.font.match(/([\d.]+)px/)?.[1] ?? "12");
      const left = x - (this.textAlign === "center" ? width / 2 : this.textAlign === "right" ? width : 0);
      const top = y - (this.textBaseline === "middle" ? height / 2 : 0);
      if (text)
        labels.set(`${text} ${Math.round(x)} ${Math.round(y)}`, {
          text,
          left,
          right: left + width,
          top,
          bottom: top + height * 0.8,
        });
      return fillText.call(this, text, x, y, ...rest);
    };
  });

describe("dashboard: charts", () => {
  const web = withBrowser("headless-shell");

  async function charts(t, fields = ["AC Power"], options = {}) {
    const all = await dashboard(t, web, {
      path: "#/live",
      theme: "light",
      prepare: noteWriting,
      ...options,
      sim: { startHour: 10, ...options.sim },
    });
    for (const field of fields) await all.user.add("solar / inverter-01", field);
    await all.user.click("button", "Add feeds");
    await until(async () => /\d+ samples/.test(await all.user.panel(POWER)), "samples to arrive");
    return all;
  }
  /** How many samples a panel says it has received; NaN if none. */
  const samplesOf = async (user, name) =>
    Number(/([\d,]+) samples/.exec(await user.panel(name))?.[1].replaceAll(",", ""));
  /** Points at a place of a chart, in fractions of its width and height, until the readout matches. */
  async function pointAt({ user, page }, name, wanted, [right, down] = [0.97, 0.5]) {
    const chart = await user.find("group", `Chart of ${name}`);
    let said = "";
    await until(async () => {
      const { x, y, width, height } = await chart.boundingBox();
      await page.mouse.move(x + width * right + Math.random(), y + height * down);
      said = await user.panel(name);
      return wanted.test(said);
    }, `the readout matches ${wanted}`).catch((error) => assert.fail(`${error.message}; it says: ${said}`));
    return said;
  }

  test("the axis shows the unit", async (t) => {
    const { page } = await charts(t);
    await until(
      async () => (await writing(page)).some((text) => /^[\d.,]+ k?W$/.test(text)),
      "a label of the axis has the unit",
    );
  });

  test("at every span labels neither overlap nor repeat", async (t) => {
    const { user, page } = await charts(t, ["AC Power"], { prepare: noteLabels, width: 1100 });
    await user.click("button", "Pause");
    const time = await user.find("combobox", "Time range");
    const labels = async (act) => {
      await page.evaluate(() => globalThis.labels.clear());
      await act();
      return until(async () => {
        const all = await page.evaluate(() => [...globalThis.labels.values()]);
        return all.length > 1 && all;
      }, "labels are drawn");
    };
    const check = (all, what) => {
      const texts = all.map(({ text }) => text);
      assert.equal(new Set(texts).size, texts.length, `${what}: ${texts.join(", ")}`);
      for (const one of all) {
        for (const other of all) {
          if (
            one === other ||
            one.right <= other.left ||
            other.right <= one.left ||
            one.bottom <= other.top ||
            other.bottom <= one.top
          )
            continue;
          assert.fail(`${what}: ${one.text} overlaps ${other.text}`);
        }
      }
    };
    for (const ms of ["86400000", "3600000", "300000", "10000"]) check(await labels(() => time.select(ms)), `${ms} ms`);
    for (let n = 1; n <= 6; n++)
      check(await labels(() => user.click("button", "Zoom in")), `10 s, zoomed in ${n} times`);
  });

  test("time labels are exact: none is a millisecond early, whatever span the mouse selects", async (t) => {
    const { user, page } = await charts(t, ["AC Power"], { prepare: noteLabels });
    await user.click("button", "Pause");
    const chart = await user.find("group", `Chart of ${POWER}`);
    for (let n = 0; n < 12; n++) {
      const { x, y, width, height } = await chart.boundingBox();
      await page.evaluate(() => globalThis.labels.clear());
      await page.mouse.move(x + width * (0.35 + n * 0.01), y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width * (0.93 - n * 0.007), y + height / 2, { steps: 3 });
      await page.mouse.up();
      const texts = await until(async () => {
        const all = await page.evaluate(() =>
          [...globalThis.labels.values()].map(({ text }) => text).filter((text) => /^\d\d:\d\d/.test(text)),
        );
        return all.length > 1 && all;
      }, "time labels");
      for (const text of texts) assert.doesNotMatch(text, /[.,]\d*9{2,}$|[.,]\d\d*[1-9]{3}$/, texts.join(" "));
      if (n % 4 === 3) (await user.click("button", "Back to live"), await user.click("button", "Pause"));
    }
  });

  test("large values share one prefix and no label repeats; a chart without samples has no value axis", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      path: "#/live",
      theme: "light",
      prepare: noteWriting,
      sim: { startHour: 10, samplesPerSecond: 1 },
    });
    await user.add("meter / export-meter", "Energy Exported");
    await until(() => sim.feeds().length === 1, "the feed is open");
    await until(
      async () => (await user.panel(`Energy Exported, ${PLANT} · meter / export-meter`)).includes("sample"),
      "its first sample",
    );
    const labels = await until(async () => {
      const all = (await writing(page)).filter((text) => /^[\d,.]+( [kMG]?Wh)?$/.test(text));
      return all.length > 1 && all;
    }, "value labels");
    assert.equal(new Set(labels).size, labels.length, labels.join(" | "));
    assert.ok(
      labels.some((text) => /^[\d,.]+ [MG]Wh$/.test(text)),
      labels.join(" | "),
    );
    await user.click("button", "Remove Energy Exported");
    await until(async () => (await writing(page)).length === 0, "nothing is drawn");
    await user.add("solar / inverter-01", "Status");
    await until(async () => (await writing(page)).some((text) => /^\d\d:\d\d/.test(text)), "the time axis is drawn");
    assert.deepEqual(
      (await writing(page)).filter((text) => text !== "" && !/^\d\d:\d\d/.test(text)),
      [],
      "there is no value axis",
    );
  });

  test("the time selector shows the current span, even if it is not an option", async (t) => {
    const { user } = await charts(t);
    const says = async () =>
      (await user.find("combobox", "Time range")).evaluate((box) => box.selectedOptions[0]?.textContent);
    assert.equal(await says(), "1 min");
    await user.click("button", "Zoom in");
    await until(async () => (await says()) === "30 s");
    await user.click("button", "Pause");
    await user.click("button", "Zoom in");
    await until(async () => (await says()) === "15 s");
    await user.click("button", "Back to live");
    await until(async () => (await says()) === "30 s");
  });

  test("with many columns the readout has the time first, and each value's unit", async (t) => {
    const all = await charts(t, ["AC Power", "All 11 in one"]);
    await all.user.click("checkbox", "AC Voltage");
    await until(
      async () => !(await (await all.user.find("checkbox", "AC Power")).evaluate((box) => box.checked)),
      "different units never share an axis",
    );
    await all.user.click("checkbox", "DC Voltage 1");
    await pointAt(
      all,
      `inverter-01, ${PLANT} · solar / inverter-01`,
      /^\d\d:\d\d:\d\d\.\d{3} \(\d\d:\d\d:\d\d UTC\) · AC Voltage [\d.,]+( … [\d.,]+)? V · DC Voltage 1 [\d.,]+( … [\d.,]+)? V$/m,
    );
  });

  test("one crosshair over all charts, in local time and UTC", async (t) => {
    const all = await charts(t, ["AC Power", "AC Frequency"]);
    await pointAt(all, POWER, READOUT);
    await until(async () => OTHER_READOUT.test(await all.user.panel(FREQUENCY)), "the other chart shows the same time");
  });

  test("a chart that is added while the pointer rests on another one has the crosshair too", async (t) => {
    const all = await charts(t);
    await all.user.click("button", "Add feeds");
    const source = await all.user.find("group", "solar / inverter-01");
    const add = await all.user.find("button", "AC Frequency", source);
    await pointAt(all, POWER, READOUT);
    await add.evaluate((/** @type {HTMLElement} */ button) => button.click());
    await until(async () => OTHER_READOUT.test(await all.user.panel(FREQUENCY)), "its readout");
  });

  test("zoomed out a chart shows a band from minimum to maximum, zoomed in single samples", async (t) => {
    const all = await charts(t, ["AC Power"], { sim: { samplesPerSecond: 200 } });
    const { user } = all;
    await pointAt(all, POWER, /[\d,]+ … [\d,]+ W at/);
    await user.click("button", "Pause");
    const { page } = all;
    // Zooming keeps the samples under the pointer in place.
    await pointAt(all, POWER, READOUT);
    await until(async () => {
      await page.keyboard.down("Control");
      await page.mouse.wheel({ deltaY: -100 });
      await page.keyboard.up("Control");
      return /^[\d,]+ W at/m.test(await user.panel(POWER));
    }, "one sample is one value");
  });

  test("a lost connection is shaded, with its length", async (t) => {
    const { sim, user, page } = await charts(t);
    await (await user.find("combobox", "Time range")).select("10000");
    await sim.stop();
    await until(
      async () => (await writing(page)).some((text) => /^(connection lost )?\d+\.\d s$/.test(text)),
      "its length grows",
    );
    await sim.listen();
    await user.sees("Connection", "Connected");
    // Goes to the gap, however long this machine has taken.
    await (await until(() => page.$("article button.gaps:not([disabled])"), "the gap leads to its place")).click();
    // Its length grows until the feed has resumed, which may be later than the connection.
    await until(async () => {
      const [, length] = /1 gap, last (\S+ s)/.exec(await user.panel(POWER)) ?? [];
      return (await writing(page)).some((text) => text === length || text === `connection lost ${length}`);
    }, "the chart and the panel show the same gap");
  });

  test("a silent feed is shaded until samples arrive again", async (t) => {
    const { sim, page, user } = await charts(t);
    await (await user.find("combobox", "Time range")).select("10000");
    // A feed's rate is known after some samples.
    await until(async () => Number(/([\d,]+) samples/.exec(await user.panel(POWER))?.[1]) > 30);
    sim.setRate(0);
    await until(
      async () => (await writing(page)).some((text) => /^(no data )?[4-9]\.\d s$/.test(text)),
      "the length of the silence grows",
    );
    sim.setRate(20);
    const lengths = async () => (await writing(page)).filter((text) => /^(no data )?\d+\.\d s$/.test(text));
    await until(async () => (await lengths()).length === 1, "the length stays from then on");
  });

  test("a stale value is grey and shows its age; the gap remains listed after the outage", async (t) => {
    const { sim, user, page } = await charts(t);
    const colour = () => page.evaluate(() => getComputedStyle(document.querySelector(".panel .current")).color);
    const current = await colour();
    await sim.stop();
    await user.sees("Connection", "Reconnecting");
    await until(async () => /\d+(\.\d)? s old/.test(await user.panel(POWER)), "the panel shows the value's age");
    assert.notEqual(await colour(), current, "a stale value is grey");
    await sim.listen();
    await user.sees("Connection", "Connected");
    await until(async () => /1 gap, last/.test(await user.panel(POWER)));
    await until(async () => (await colour()) === current, "the value is current again");
    await until(async () => !/ old/.test(await user.panel(POWER)), "no age is shown");
    const gap = await until(() => page.$("article button.gaps:not([disabled])"), "the gap leads to its place");
    await gap.click();
    await until(async () => !(await (await user.find("button", "Back to live")).evaluate((button) => button.disabled)));
  });

  test("a device that goes offline: its panel says for how long", async (t) => {
    const { sim, user } = await charts(t);
    sim.setOnline(sim.devices[0].id, false);
    await until(async () => /device offline for \d/.test(await user.panel(POWER)));
    sim.setOnline(sim.devices[0].id, true);
    await until(async () => !/device offline/.test(await user.panel(POWER)));
  });

  test("charts follow the pointer after the page above them changes", async (t) => {
    const all = await charts(t, ["AC Power", "AC Frequency"]);
    const { user, page } = all;
    const chart = await user.find("group", `Chart of ${POWER}`);
    const above = async (part) => {
      const { y, height } = await chart.boundingBox();
      await page.evaluate((px) => {
        const panels = document.querySelector("article").closest(".panels");
        if (panels.previousElementSibling?.className !== "above")
          panels.before(Object.assign(document.createElement("div"), { className: "above" }));
        /** @type {HTMLElement} */ (panels.previousElementSibling).style.height = `${px}px`;
      }, height * part);
      await until(async () => (await chart.boundingBox()).y !== y, "it has moved");
    };
    await above(0.4);
    await (await user.find("combobox", "Time range")).select("10000");
    // Two seconds of them: a chart of the first few samples has the same one wherever the pointer is.
    await until(
      async () => (await samplesOf(user, FREQUENCY)) > 40,
      "the other chart has samples wherever the pointer will be",
    );
    await user.click("button", "Pause");
    await pointAt(all, POWER, READOUT, [0.97, 0.2]);
    // By less than the chart's height: the pointer stays inside, and no event reports the move.
    await above(0);
    const times = new Set();
    let step = 0;
    await until(async () => {
      const { x, y, width } = await chart.boundingBox();
      await page.mouse.move(x + width * 0.97 - 3 * (step++ % 20), y + 12);
      const time = / at (\d\d:\d\d:\d\d\.\d{3})/.exec(await user.panel(FREQUENCY))?.[1];
      assert.ok(time, "the other chart always has the crosshair");
      times.add(time);
      return times.size > 2;
    }, "it follows the pointer");
  });

  test("the mouse selects a span; the wheel zooms and pans; Escape returns to live", async (t) => {
    const all = await charts(t);
    const { user, page } = all;
    const isLive = async () => (await user.find("button", "Back to live")).evaluate((button) => button.disabled);
    const box = async () => (await user.find("group", `Chart of ${POWER}`)).boundingBox();
    await pointAt(all, POWER, READOUT);
    const { x, y, width, height } = await box();
    await page.mouse.move(x + width * 0.5, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await until(async () => !(await isLive()), "a span is selected");
    await (await user.find("group", `Chart of ${POWER}`)).focus();
    await user.press("Escape");
    await until(isLive, "back to live");
    await page.keyboard.down("Shift");
    await page.mouse.wheel({ deltaY: -200 });
    await page.keyboard.up("Shift");
    await until(async () => !(await isLive()), "the wheel pans");
    await user.click("button", "Back to live");
    await until(isLive);
  });

  test("tiles: values without charts", async (t) => {
    const { user } = await charts(t, ["AC Power", "AC Frequency"]);
    await user.click("button", "Tiles");
    await until(async () => !(await user.has("group", `Chart of ${POWER}`)), "no chart");
    await until(
      async () => /[\d,]+\s*W/.test(await user.panel(POWER)) && /[\d.]+\s*Hz/.test(await user.panel(FREQUENCY)),
    );
    await user.click("button", "Tiles");
    await user.find("group", `Chart of ${POWER}`);
  });

  test("pausing and resuming does not move the toolbar or the charts", async (t) => {
    const { user, page } = await charts(t, ["AC Power"], { width: 1200 });
    const places = async () => [
      ...(await Promise.all(
        ["Back to live", "Zoom in", "Tiles", "Export CSV"].map(async (name) =>
          (await user.find("button", name)).boundingBox(),
        ),
      )),
      await (await user.find("group", `Chart of ${POWER}`)).boundingBox(),
    ];
    for (const width of [1200, 1280, 1440]) {
      await page.setViewport({ width, height: 800 });
      const before = await places();
      await user.click("button", "Pause");
      await user.seesText(/Paused · \d+ new/);
      assert.deepEqual(await places(), before, `at ${width} px`);
      await user.click("button", "Resume");
      await user.seesText(/1 feed · /);
    }
  });

  test("live data does not shift the layout", async (t) => {
    const { sim, user, page } = await charts(t, ["AC Power", "AC Frequency", "Status", "Temperature"], {
      sim: { devices: 20 },
    });
    const text = () => user.panel(POWER);
    const samples = () => samplesOf(user, POWER);
    await page.evaluate(() => {
      globalThis.shifts = [];
      // An entry's own value counts all nodes that moved in one frame together. Each node gets its score
      // here (the part of the window that it touches, times the part of it that it crosses), since new events
      // may move older ones while their list is not scrolled, in the same frame as anything else.
      const score = ({ previousRect: from, currentRect: to }) => {
        if (!from.width || !to.width) return 0;
        const area = ({ width, height }) => width * height;
        const shared =
          Math.max(0, Math.min(from.right, to.right) - Math.max(from.left, to.left)) *
          Math.max(0, Math.min(from.bottom, to.bottom) - Math.max(from.top, to.top));
        const crossed = Math.max(Math.abs(from.x - to.x), Math.abs(from.y - to.y));
        const touched = (area(from) + area(to) - shared) / (innerWidth * innerHeight);
        return (touched * crossed) / Math.max(innerWidth, innerHeight);
      };
      new PerformanceObserver((list) => {
        // `LayoutShift` is not among TypeScript's types.
        for (const { hadRecentInput, sources } of /** @type {any[]} */ (list.getEntries()))
          if (!hadRecentInput)
            for (const source of sources) {
              const element = source.node?.closest ? source.node : source.node?.parentElement;
              if (!element?.closest(".activity"))
                globalThis.shifts.push({ of: element?.className, score: score(source) });
            }
      }).observe({ type: "layout-shift" });
    });
    const wanted = (await samples()) + 60;
    await until(async () => (await samples()) > wanted, "the values have changed often");
    sim.dropAll();
    await until(() => sim.stats().connections === 2, "the connection was lost");
    await user.sees("Connection", "Connected");
    await until(async () => /1 gap/.test(await text()));
    await user.go("Fleet");
    await until(async () => (await user.rows("Devices")).length === 20);
    for (const { id } of sim.devices) sim.setOnline(id, false);
    await until(async () => (await user.rows("Devices")).every(([, , state]) => state.includes("offline")));
    const fresh = sim.addDevice();
    await until(async () => (await user.rows("Devices")).at(-1)[1].includes(fresh.id));
    const shifts = await page.evaluate(() => globalThis.shifts);
    assert.ok(shifts.reduce((sum, { score }) => sum + score, 0) < 0.01, JSON.stringify(shifts));
  });
});
