/** Shared by the dashboard's tests: a site with its simulator, and a user who acts by roles and names only. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { serve } from "../../../scripts/lib/serve.mjs";
import { simulatedDevices } from "../../../scripts/lib/target.mjs";
import { simulator, until } from "../support.mjs";
import { SEARCH } from "./search.mjs";

/**
 * Console messages that are no fault of the page: of browsers about servers that are down or refuse, which tests cause
 * on purpose, and of the terminal on a busy machine.
 */
export const EXPECTED =
  /WebSocket|NetworkError|ERR_CONNECTION|interrupted while the page was loading|blocked by CORS policy|Cross-Origin Request Blocked|^task queue exceeded allotted deadline/;

/**
 * Opens the dashboard with its own simulator.
 * @param {import("node:test").TestContext} t
 * @param {ReturnType<typeof import("../support.mjs").withBrowser>} web
 * @param {object} [options]
 * @param {import("../../../www/simulator/options.mjs").SimulatorOptions} [options.sim]
 * @param {string} [options.path]
 * @param {(sim: import("../support.mjs").Simulator) => object} [options.knows] contents of /config.json, by default all
 * @param {number} [options.width]
 * @param {number} [options.height]
 * @param {"light" | "dark"} [options.theme]
 * @param {boolean} [options.connected] wait for the connection
 * @param {(page: import("../support.mjs").Page) => Promise<unknown>} [options.prepare] runs before the page's script
 */
export async function dashboard(
  t,
  web,
  { sim: simOptions, path = "#/fleet", knows, width = 1280, height = 800, theme, connected = true, prepare } = {},
) {
  const sim = await simulator(t, { samplesPerSecond: 20, ...simOptions });
  const all = () => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token, devices: simulatedDevices(sim) });
  const site = await serve({
    port: 0,
    folders: { "/": inRoot("www", "dist") },
    json: { "/config.json": { toJSON: () => (knows ? knows(sim) : all()) } },
  });
  // Registered after the tab's own end, so that the tab is closed first: its page may still be loading a view.
  const page = await web.tab(t, { expectErrors: EXPECTED }).finally(() => t.after(() => site.close()));
  await page.setViewport({ width, height });
  if (theme)
    await page.evaluateOnNewDocument((name) => {
      if (location.protocol === "http:") localStorage.setItem("ardexa:theme", name); // not in the empty tab
    }, theme);
  await prepare?.(page);
  await page.goto(`${site.url}${path}`);
  const user = new User(page, web.name);
  if (connected) await user.sees("Connection", "Connected");
  return { sim, page, user, site };
}

/** Waits until the page has reconnected. @param {number} connections their total by then */
export async function back(sim, user, connections) {
  await until(() => sim.stats().connections === connections && sim.stats().connected === 1, "connected again");
  await user.sees("Connection", "Connected");
}

/**
 * A proxy to a simulator that can be shut; it then rejects and counts connections.
 * @param {import("node:test").TestContext} t
 */
export async function gate(t) {
  const state = {
    port: 0,
    to: 0,
    isOpen: true,
    turnedAway: 0,
    url: "",
    shut() {
      state.isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
  };
  const sockets = new Set();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (!state.isOpen) {
      state.turnedAway++;
      socket.destroy();
      return;
    }
    const through = connect(state.to, "127.0.0.1");
    for (const [one, other] of [
      [socket, through],
      [through, socket],
    ]) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => {}).on("close", () => (sockets.delete(one), other.destroy()));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  state.url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  t.after(() => {
    state.shut();
    return new Promise((resolve) => server.close(resolve));
  });
  return state;
}

/** Records what is written on canvases, which have no roles to read, and when. */
export const noteWriting = (page) =>
  page.evaluateOnNewDocument(() => {
    const written = (globalThis.written = new Map());
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      written.set(text, performance.now());
      return fillText.call(this, text, ...place);
    };
  });
/** What was written on the charts in the last second. */
export const writing = (page) =>
  page.evaluate(() => [...globalThis.written].filter(([, at]) => performance.now() - at < 1_000).map(([text]) => text));

/** Finds and uses elements by role and name, as a user does who sees or hears the page. */
export class User {
  /** @param {keyof typeof SEARCH} browser */
  constructor(page, browser) {
    this.page = page;
    this.browser = browser;
  }

  /** The element, or `null`; `within` is another element. @returns {Promise<any>} */
  search(role, name, within) {
    return SEARCH[this.browser](this.page, role, name, within);
  }

  /** Waits for the element. @returns {Promise<any>} */
  find(role, name, within) {
    return until(() => this.search(role, name, within), `${role ?? "box"} "${name}"`);
  }

  async has(role, name) {
    return (await this.search(role, name)) !== null;
  }

  async click(role, name) {
    const element = await this.find(role, name);
    await until(() => element.evaluate((node) => !node.disabled), `${role} "${name}" can be used`);
    await element.evaluate((node) => node.scrollIntoView({ block: "nearest" }));
    await element.click();
  }

  /** Replaces the contents of a text box by typing. */
  async fill(name, text, role) {
    const box = await this.find(role, name);
    await box.evaluate((node) => (node.focus(), node.select()));
    await this.page.keyboard.press("Backspace");
    await this.page.keyboard.type(text);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** The text of the status line, or of an element of another role. */
  async reads(name, role = "status") {
    const element = await this.find(role, name);
    return element.evaluate((node) => node.textContent);
  }

  /** Waits until the element's text matches. @param {string | RegExp} wanted */
  async sees(name, wanted, role = "status") {
    let last = "";
    await until(async () => {
      const element = await this.search(role, name);
      last = element ? await element.evaluate((node) => node.textContent).catch(() => "") : "(not there)";
      return typeof wanted === "string" ? last.includes(wanted) : wanted.test(last);
    }, `${role} "${name}" says ${wanted}`).catch((error) => {
      throw new Error(`${error.message}; it says: ${last.slice(0, 400)}`);
    });
    return last;
  }

  /** Waits until the page's visible text matches. @param {string | RegExp} wanted */
  async seesText(wanted) {
    const source = wanted instanceof RegExp ? wanted.source : wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    await until(
      () => this.page.evaluate((pattern) => new RegExp(pattern).test(document.body.innerText), source),
      `the page says ${wanted}`,
    ).catch(async (error) => {
      throw new Error(
        `${error.message}; it says: ${(await this.page.evaluate(() => document.body.innerText)).slice(0, 1500)}`,
      );
    });
  }

  /** Ends the connection two seconds after its acceptance: before that, the client would retry with a fresh token. */
  async isKickedBy(sim) {
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    sim.kick();
  }

  /** The text of each cell in the visible rows of a table. @returns {Promise<string[][]>} */
  async rows(name) {
    const table = await this.find("table", name);
    return table.evaluate((node) =>
      [...node.tBodies]
        .flatMap((body) => [...body.rows])
        .filter((row) => row.checkVisibility() && !row.querySelector("[scope=rowgroup]"))
        .map((row) => [...row.cells].map((cell) => cell.innerText.trim())),
    );
  }

  /** Adds a feed of the first device from the list of feeds. */
  async add(source, field) {
    const group = await this.find("group", source);
    await (await this.find("button", field, group)).click();
  }

  /** The text of a feed's panel; empty if there is none. */
  async panel(name) {
    const element = await this.search("article", name);
    return element ? element.evaluate((node) => node.innerText).catch(() => "") : "";
  }

  go(view) {
    return this.click("link", view);
  }
}
