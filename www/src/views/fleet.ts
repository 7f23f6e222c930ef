/** The devices that were heard of: online or not, since when, and what befalls them. */
import type { App, View } from "../app";
import { oncePerFrame, tick } from "../signals";
import { arrowKeys, h, setText } from "../dom";
import { matches } from "../model/fleet";
import type { Activity, Device } from "../model/fleet";
import { go, linkTo } from "../model/route";
import { stateMark } from "../ui/marks";
import { clock, plural, span } from "../words";

type Shown = "all" | "online" | "offline";
const MAX_LINES = 200;

export function fleetView(section: HTMLElement, app: App): View {
  const { fleet, session } = app;
  let show: Shown = "all";

  const filter = h("input", { type: "search", placeholder: "Filter by name, ID or state", "aria-label": "Filter the fleet", oninput: () => update() });
  const chips = (["all", "online", "offline"] as const).map((name) => {
    const count = h("span", { class: "num" }, "0");
    const button = h("button", { type: "button", class: "chip", "aria-pressed": String(name === show), onclick: () => choose(name) }, name === "all" ? "All" : name === "online" ? "Online" : "Offline", " ", count);
    return { name, count, button };
  });
  const choose = (name: Shown) => {
    show = name;
    for (const chip of chips) chip.button.setAttribute("aria-pressed", String(chip.name === name));
    update();
  };

  const all = h("input", { type: "checkbox", "aria-label": "Tick all that are shown", onchange: () => tickAll(all.checked) });
  const body = h("tbody", {});
  const table = h(
    "table",
    { class: "fleet", "aria-label": "Devices" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "tick" }, all), ...["Device", "State", "Since", "Open"].map((name) => h("th", { scope: "col", class: name === "State" ? "condition" : name.toLowerCase() }, name)))),
    body,
  );
  const empty = h("p", { class: "empty" });
  const picked = h("span", { class: "num" });
  const run = h("button", { type: "button", class: "primary", onclick: () => go("shell") }, "Run a command …");
  const clear = h("button", { type: "button", onclick: () => (fleet.ticked.value = new Set()) }, "Clear");
  const selection = h("div", { class: "selection" }, picked, run, clear);

  const log = h("ol", { class: "activity", tabIndex: 0, "aria-label": "Activity" });
  const pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => (log.scrollTop = 0) });
  const quiet = h("p", { class: "empty" }, "Nothing has happened since this page was opened. What devices do appears here.");
  section.append(
    h("div", { class: "columns" },
      h("div", { class: "list" }, h("div", { class: "toolbar" }, h("h1", { class: "unseen" }, "Fleet"), filter, h("span", { class: "chips", role: "group", "aria-label": "State" }, ...chips.map(({ button }) => button)), selection), h("div", { class: "scroll" }, table, empty)),
      h("div", { class: "aside" }, h("h2", {}, "Activity"), pill, log, quiet),
    ),
  );

  // --- rows

  const rows = new Map<string, ReturnType<typeof makeRow>>();

  function makeRow(id: string) {
    const tickBox = h("input", { type: "checkbox", onchange: () => fleet.tick(id, tickBox.checked) });
    const link = h("a", { class: "name" });
    const ident = h("small", { class: "mono" });
    const mark = stateMark();
    const since = h("td", { class: "num since" });
    const open = (["live", "shell", "config"] as const).map((view) => h("a", { href: linkTo(view, id) }, view === "live" ? "Live" : view === "shell" ? "Shell" : "Config"));
    const row = h("tr", {}, h("td", { class: "tick" }, tickBox), h("td", { class: "device" }, link, ident), h("td", { class: "condition" }, mark.element), since, h("td", { class: "open" }, ...open));
    body.append(row);
    link.href = linkTo("live", id);
    const made = { row, tickBox, link, ident, mark, since, open };
    rows.set(id, made);
    return made;
  }

  function fill(device: Device) {
    const { row, tickBox, link, ident, mark, open } = rows.get(device.id) ?? makeRow(device.id);
    const name = device.name ?? device.id;
    setText(link, name);
    link.title = name;
    setText(ident, device.name ? device.id : "");
    tickBox.setAttribute("aria-label", `Tick ${name}`);
    for (const view of open) view.setAttribute("aria-label", `${view.textContent} of ${name}`);
    tickBox.checked = fleet.ticked.value.has(device.id);
    mark.set(device.online);
    row.classList.toggle("is-current", device.id === fleet.current.value);
    row.hidden = !isShown(device);
    return !row.hidden;
  }

  const isShown = (device: Device) => (show === "all" || device.online === (show === "online")) && matches(device, filter.value.trim());
  const shownIds = () => [...fleet.devices.values()].filter(isShown).map(({ id }) => id);

  function tickAll(on: boolean) {
    const next = new Set(fleet.ticked.value);
    for (const id of shownIds()) on ? next.add(id) : next.delete(id);
    fleet.ticked.value = next;
  }

  const refresh = () => {
    let shown = 0;
    for (const device of fleet.devices.values()) if (fill(device)) shown++;
    for (const [id, { row }] of rows) {
      if (fleet.devices.has(id)) continue;
      row.remove();
      rows.delete(id);
    }
    const devices = [...fleet.devices.values()];
    for (const { name, count } of chips) setText(count, String(name === "all" ? devices.length : devices.filter(({ online }) => online === (name === "online")).length));
    const ticked = fleet.ticked.value.size;
    selection.classList.toggle("is-empty", ticked === 0);
    run.disabled = clear.disabled = ticked === 0;
    setText(picked, ticked === 0 ? "None ticked" : `${ticked} ticked`);
    const ids = shownIds();
    all.checked = ids.length > 0 && ids.every((id) => fleet.ticked.value.has(id));
    all.indeterminate = !all.checked && ids.some((id) => fleet.ticked.value.has(id));
    empty.hidden = shown > 0;
    table.hidden = devices.length === 0;
    setText(empty, devices.length > 0 ? "No device matches this filter. Clear it to see all." : emptyWords());
    clocks();
  };
  const update = oncePerFrame(refresh);

  const emptyWords = () =>
    session.state.value.phase === "connected"
      ? "No device has been heard of yet. They appear when their state changes; a device whose ID you know can be added in the other views."
      : "Not connected. The devices of the workgroup appear here once the page is connected.";

  /** What the page did not see, it does not claim. */
  function clocks() {
    const now = Date.now();
    for (const [id, { since }] of rows) {
      const device = fleet.devices.get(id);
      if (!device || device.online === undefined) setText(since, "–");
      else if (device.changedMs === undefined) setText(since, `before ${clock(device.seenMs)}`);
      else setText(since, `${clock(device.changedMs)}, ${span(now - device.changedMs)}`);
    }
  }

  fleet.changed.on(update);
  fleet.current.subscribe(update);
  fleet.ticked.subscribe(update);
  session.state.subscribe(({ phase }) => {
    section.classList.toggle("is-stale", phase !== "connected");
    update();
  });
  let seconds = 0;
  tick.on(() => {
    if (!section.hidden && ++seconds % 4 === 0) clocks();
  });
  arrowKeys(body, () => [...body.querySelectorAll<HTMLElement>("a.name")].filter((link) => link.checkVisibility()));
  body.addEventListener("keydown", (event) => {
    const id = [...rows].find(([, { link }]) => link === event.target)?.[0];
    if (event.key !== " " || !id) return;
    event.preventDefault();
    fleet.tick(id, !fleet.ticked.value.has(id));
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    // What was typed just now counts, though no frame has been drawn since.
    refresh();
    body.querySelector<HTMLElement>("tr:not([hidden]) a.name")?.focus();
  });

  // --- activity

  let unseen = 0;
  function line({ atMs, deviceId, text, kind }: Activity) {
    const entry = h("li", { "data-kind": kind }, h("time", { class: "num" }, clock(atMs)), h("span", {}, h("a", { href: linkTo("live", deviceId) }, fleet.nameOf(deviceId)), ` ${text}`));
    const { scrollTop, scrollHeight } = log;
    log.prepend(entry);
    if (scrollTop > 4 || log.matches(":hover, :focus-within")) {
      // Who is reading is not moved.
      log.scrollTop = scrollTop + log.scrollHeight - scrollHeight;
      unseen++;
    }
    while (log.children.length > MAX_LINES) log.lastElementChild?.remove();
    quiet.hidden = true;
    showPill();
  }
  function showPill() {
    if (log.scrollTop <= 4) unseen = 0;
    pill.hidden = unseen === 0;
    setText(pill, `${plural(unseen, "new event")}`);
  }
  for (const entry of [...fleet.activity].reverse()) line(entry);
  fleet.happened.on(line);
  log.addEventListener("scroll", showPill);

  update();
  return { show: update };
}
