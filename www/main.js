/** The page: connect, run a command, watch a feed, see devices come and go. Everything goes through the package's public API. */
import { Chart } from "./chart.js";
import { Devices } from "./devices.js";
import { Notice, clock, seconds, sentence, shown } from "./words.js";

/** Rows of the table of last values. */
const ROWS = 8;
/** Entries kept in the list of device events. */
const MAX_CHANGES = 200;

const byId = (id) => document.getElementById(id);
const devices = new Devices(byId("device"));
const chart = new Chart(byId("chart"));

/** @type {import("/pkg/index.js").ArdexaClient | undefined} */
let client;
/** @type {import("/pkg/index.js").Feed | undefined} */
let feed;
/** @type {AbortController | undefined} */
let waiting;

/** @param {string} state @param {string} text */
function showState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
  const open = client !== undefined;
  byId("connect").disabled = open;
  byId("disconnect").disabled = !open;
}

/** Runs what a person asked for, and says beside it what went wrong. @param {string} place @param {() => Promise<void>} action */
async function attempt(place, action) {
  byId(place).textContent = "";
  try {
    await action();
  } catch (error) {
    byId(place).textContent = sentence(error);
  }
}

/** @param {string} form */
const fieldsOf = (form) => Object.fromEntries(new FormData(byId(form)));

/** The connected client and the chosen device, or an error that says what is missing. */
function target() {
  if (!client) throw new Notice("Not connected yet. Connect above first.");
  if (!devices.selectedId) throw new Notice("No device is chosen. Choose one above, or type its ID.");
  return { client, deviceId: devices.selectedId };
}

// --- connection

async function connect() {
  const { url, workgroup, token } = fieldsOf("connection");
  const { ArdexaClient, init } = await import("/pkg/index.js");
  await init();
  if (client) return; // asked for twice while the module was loading
  const mine = new ArdexaClient({ url, workgroup, token });
  client = mine;
  listen(mine, url);
  showState("connecting", `Connecting to ${url} …`);
  try {
    await mine.connect();
  } catch (error) {
    if (client === mine) {
      client = undefined;
      showState("failed", "Not connected.");
      throw error;
    }
  }
}

/** @param {import("/pkg/index.js").ArdexaClient} mine @param {string} url */
function listen(mine, url) {
  const on = (event, listener) => mine.on(event, (item) => client === mine && listener(item));
  on("connect", () => {
    byId("connection-problem").textContent = "";
    showState("connected", `Connected to ${url}.`);
  });
  on("disconnect", ({ reason, willReconnect }) => {
    if (willReconnect) showState("reconnecting", `Connection lost at ${clock(Date.now())} (${reason}).`);
    else ended(reason === "io server disconnect" ? "The cloud ended the connection. Paste a new token, or connect again." : "");
  });
  on("reconnecting", ({ attempt: n, delayMs }) => showState("reconnecting", `Connection lost. Attempt ${n} in ${seconds(delayMs)}.`));
  on("connect_error", ({ error, willRetry }) => {
    byId("connection-problem").textContent = sentence(error);
    if (!willRetry && mine.state === "closed") ended(sentence(error));
  });
  on("warning", ({ error }) => note(`Warning: ${sentence(error)}`));
  on("device:stateChange", ({ deviceId, cn, online }) => {
    if (deviceId) devices.note({ id: deviceId, online });
    note(`${deviceId ? devices.nameOf(deviceId) : cn} went ${online ? "online" : "offline"}`);
  });
  on("device:new", ({ id, online }) => {
    devices.note({ id, online });
    note(`New device ${devices.nameOf(id)}`);
  });
  on("device:metaChange", ({ id }) => {
    devices.note({ id });
    note(`The configuration of ${devices.nameOf(id)} changed`);
  });
}

/** The connection is over and will not come back by itself. @param {string} why */
function ended(why) {
  client = undefined;
  feedEnded("The feed ended with the connection.");
  showState("idle", "Not connected.");
  byId("connection-problem").textContent = why;
}

async function disconnect() {
  const old = client;
  ended("");
  await old?.close();
}

// --- command

async function run() {
  byId("return-code").textContent = "none yet";
  byId("stdout").textContent = byId("stderr").textContent = "";
  const { client, deviceId } = target();
  const { cmd } = fieldsOf("command");
  waiting = new AbortController();
  byId("run").disabled = true;
  byId("give-up").disabled = false;
  byId("return-code").textContent = "waiting …";
  let code = "none";
  try {
    const reply = await client.cmd(deviceId, cmd, { signal: waiting.signal });
    byId("stdout").textContent = reply.stdout;
    byId("stderr").textContent = reply.stderr;
    code = String(reply.returnCode);
  } finally {
    waiting = undefined;
    byId("return-code").textContent = code;
    byId("run").disabled = false;
    byId("give-up").disabled = true;
  }
}

// --- feed

/** The newest samples, newest first. */
let newest = [];
let tablePlanned = false;

async function startFeed() {
  const { client: mine, deviceId } = target();
  const { table, source, field } = fieldsOf("feed");
  const name = `${table} / ${source}${field ? ` / ${field}` : ""}`;
  byId("start-feed").disabled = true;
  chart.clear(name);
  newest = [];
  planTable();
  byId("feed-state").textContent = `Asking for ${name} …`;
  try {
    const opened = await mine.feed({ deviceId, table, source, ...(field && { field }) }, (sample) => {
      if (client === mine) receive(sample);
    }, {
      onGap: ({ fromMs, toMs }) => {
        chart.add(toMs, NaN);
        byId("feed-state").textContent = `${name}, with a gap${fromMs ? ` of ${seconds(toMs - fromMs)}` : ""} at ${clock(toMs)}.`;
      },
    });
    if (client !== mine) return;
    feed = opened;
    byId("stop-feed").disabled = false;
    byId("feed-state").textContent = `${name} of ${devices.nameOf(deviceId)}, since ${clock(Date.now())}.`;
  } catch (error) {
    feedEnded("No feed.");
    throw error;
  }
}

/** @param {import("/pkg/index.js").FeedSample} sample */
function receive(sample) {
  const { value } = sample;
  // Of a whole CSV line, the first number is drawn.
  const drawn = Array.isArray(value) ? value.find((v) => typeof v === "number") : value;
  chart.add(Date.parse(sample.event_time), typeof drawn === "boolean" ? Number(drawn) : drawn);
  newest.unshift(sample);
  newest.length = Math.min(newest.length, ROWS);
  planTable();
}

async function stopFeed() {
  const old = feed;
  feedEnded("The feed was stopped.");
  await old?.stop();
}

/** @param {string} text */
function feedEnded(text) {
  const busy = feed !== undefined || byId("start-feed").disabled;
  feed = undefined;
  byId("start-feed").disabled = false;
  byId("stop-feed").disabled = true;
  if (busy) byId("feed-state").textContent = text;
}

/** At most once a frame, however many samples come. */
function planTable() {
  if (tablePlanned) return;
  tablePlanned = true;
  requestAnimationFrame(() => {
    tablePlanned = false;
    [...byId("values").rows].forEach((row, i) => {
      const sample = newest[i];
      const texts = sample ? [clock(new Date(sample.event_time)), sample.messageId, shown(sample.value)] : ["", "", ""];
      texts.forEach((text, column) => (row.cells[column].textContent = text));
      row.cells[0].title = sample?.event_time ?? "";
      row.cells[2].title = texts[2];
    });
  });
}

/** Offers the tables, sources and fields that are known of the chosen device. */
function suggest() {
  const { table, source } = fieldsOf("feed");
  const tables = devices.selected?.tables ?? [];
  const sources = tables.find((t) => t.name === table)?.sources ?? [];
  const fields = sources.find((s) => s.name === source)?.fields ?? [];
  for (const [id, list] of Object.entries({ tables, sources, fields })) {
    byId(id).replaceChildren(...list.map(({ name }) => new Option("", name)));
  }
}

// --- device events

let unseen = 0;

/** Adds an entry at the end. Someone who has scrolled up is not moved; a button says how many are new. @param {string} text */
function note(text) {
  const list = byId("changes");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 8;
  const entry = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = clock(Date.now());
  entry.append(time, text);
  list.append(entry);
  if (list.children.length > (atEnd ? MAX_CHANGES : 5 * MAX_CHANGES)) list.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
  else unseen++;
  showUnseen();
}

function showUnseen() {
  byId("more-changes").hidden = unseen === 0;
  byId("more-changes").textContent = `${unseen} new`;
}

// --- start

const submitted = (form, place, action) =>
  byId(form).addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(place, action);
  });
const clicked = (button, place, action) => byId(button).addEventListener("click", () => void attempt(place, action));

byId("values").replaceChildren(...Array.from({ length: ROWS }, () => {
  const row = document.createElement("tr");
  row.append(...[0, 1, 2].map(() => document.createElement("td")));
  return row;
}));
submitted("connection", "connection-problem", connect);
clicked("disconnect", "connection-problem", disconnect);
submitted("command", "command-problem", run);
clicked("give-up", "command-problem", async () => waiting?.abort());
submitted("feed", "feed-problem", startFeed);
clicked("stop-feed", "feed-problem", stopFeed);
byId("add-device").addEventListener("submit", (event) => {
  event.preventDefault();
  devices.choose(String(fieldsOf("add-device").deviceId).trim());
  byId("add-device").reset();
});
byId("device").addEventListener("change", suggest);
byId("feed").addEventListener("input", suggest);
byId("changes").addEventListener("scroll", ({ target: list }) => {
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 8) unseen = 0;
  showUnseen();
});
byId("more-changes").addEventListener("click", () => (byId("changes").scrollTop = byId("changes").scrollHeight));

/** The server of this page may know what to connect to. */
try {
  const response = await fetch("/config.json");
  if (response.ok) {
    const config = await response.json();
    for (const name of ["url", "workgroup", "token"]) {
      const input = byId("connection").elements[name];
      if (typeof config[name] === "string" && input.value === "") input.value = config[name];
    }
    for (const device of Array.isArray(config.devices) ? config.devices : []) devices.note(device);
  }
} catch {
  // No defaults then: the form is filled in by hand.
}
suggest();
