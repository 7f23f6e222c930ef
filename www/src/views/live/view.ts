/** Live data: panels over one stretch of time. */
import "uplot/dist/uPlot.min.css";
import "./live.css";
import type { FeedRequest } from "ardexa-client";
import type { App, View } from "../../app";
import { oncePerFrame, tick } from "../../signals";
import { h, setText } from "../../dom";
import { recall, store } from "../../model/memory";
import { theme } from "../../ui/theme";
import { plural, rate, span, whole } from "../../words";
import { Panel } from "./panel";
import type { PanelSettings } from "./panel";
import { picker } from "./picker";
import { hurry, redraw } from "./redraw";
import { TimeWindow } from "./time-window";

const SPANS: [number, string][] = [[10_000, "10 s"], [60_000, "1 min"], [300_000, "5 min"], [900_000, "15 min"], [3_600_000, "1 h"], [86_400_000, "1 day"]];

export function liveView(section: HTMLElement, app: App): View {
  const { session, fleet } = app;
  const window = new TimeWindow();
  const panels: Panel[] = [];

  const more = h("button", { type: "button", class: "primary", "aria-expanded": "true", onclick: () => toggle(pick.element.hidden !== false) }, "Add feeds");
  /** What is shown, where that is none of the choices. */
  const another = h("option", { hidden: true });
  const spans = h("select", { "aria-label": "Time shown", onchange: () => window.setSpan(Number(spans.value)) }, another, ...SPANS.map(([ms, text]) => h("option", { value: String(ms), selected: ms === window.spanMs }, text)));
  const pause = h("button", { type: "button", class: "pause", "aria-pressed": "false", onclick: () => window.pause(!window.isPaused) }, "Pause");
  const back = h("button", { type: "button", onclick: () => window.live() }, "Back to live");
  const step = (text: string, name: string, act: () => void) => h("button", { type: "button", class: "icon", "aria-label": name, title: name, onclick: act }, text);
  const moves = h("span", { class: "moves", role: "group", "aria-label": "Time" },
    step("←", "Earlier", () => window.pan(-0.5)), step("→", "Later", () => window.pan(0.5)), step("+", "Zoom in", () => window.zoom(0.5)), step("−", "Zoom out", () => window.zoom(2)));
  const tiles = h("button", { type: "button", class: "chip", "aria-pressed": "false", onclick: () => layout(!section.classList.contains("is-tiles")) }, "Tiles");
  const csv = h("button", { type: "button", onclick: () => panels.forEach((panel) => panel.exportCsv()) }, "Export CSV");
  const figures = h("span", { class: "num quiet figures" });
  const clear = h("button", { type: "button", onclick: () => [...panels].forEach(remove) }, "Remove all");
  const grid = h("div", { class: "panels" });
  const pick = picker(app, (requests) => requests.forEach((request) => add({ request, columns: [0] })));
  const empty = h("p", { class: "empty" });
  section.append(
    h("div", { class: "toolbar" }, h("h1", { class: "unseen" }, "Live"), more, spans, pause, back, moves, tiles, figures, h("span", { class: "spring" }), csv, clear),
    h("div", { class: "scroll" }, pick.element, empty, grid),
  );

  function toggle(open: boolean) {
    pick.element.hidden = !open;
    more.setAttribute("aria-expanded", String(open));
  }
  function layout(tilesOnly: boolean) {
    section.classList.toggle("is-tiles", tilesOnly);
    tiles.setAttribute("aria-pressed", String(tilesOnly));
    all();
  }

  // Only what can be seen is drawn.
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const panel = panels.find(({ element }) => element === target);
      if (!panel) continue;
      panel.isVisible = isIntersecting;
      if (isIntersecting) redraw(panel);
    }
  }, { rootMargin: "64px" });

  const same = (a: FeedRequest, b: FeedRequest) => a.deviceId === b.deviceId && a.table === b.table && a.source === b.source && a.field === b.field;

  function add(settings: PanelSettings): void {
    const twin = panels.find(({ request }) => same(request, settings.request));
    if (twin) {
      twin.element.scrollIntoView({ block: "nearest" });
      app.announce("This feed is shown already.");
      return;
    }
    const panel = new Panel(settings, app, window, { onRemove: remove, onChange: keep });
    panels.push(panel);
    grid.append(panel.element);
    seen.observe(panel.element);
    panel.element.querySelector(".chart")?.addEventListener("keydown", (event) => chartKey(event as KeyboardEvent));
    keep();
    update();
    if (session.state.value.phase === "connected") void panel.open(session.client.value);
    else panel.end();
  }

  function remove(panel: Panel): void {
    panels.splice(panels.indexOf(panel), 1);
    seen.unobserve(panel.element);
    void panel.remove();
    keep();
    update();
  }

  const all = () => panels.forEach(redraw);
  const place = () => `ardexa:panels:${session.credentials?.url}:${session.credentials?.workgroup}`;
  const keep = () => store(place(), panels.map(({ request, columns }): PanelSettings => ({ request, columns })));

  const update = oncePerFrame(() => {
    empty.hidden = panels.length > 0;
    empty.textContent = session.state.value.phase === "connected" ? "No feed is shown. Choose one above: its values appear here as they come." : "Not connected. Feeds can be chosen now; they start once the page is connected.";
    csv.disabled = clear.disabled = panels.length === 0;
    const { isLive, isPaused } = window;
    const { from, to } = window.range();
    const shown = Math.round(to - from);
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? "Resume" : "Pause";
    back.disabled = isLive;
    section.classList.toggle("is-frozen", !isLive);
    another.textContent = span(shown);
    another.value = SPANS.some(([ms]) => ms === shown) ? "" : String(shown);
    spans.value = String(shown);
  });

  function chartKey(event: KeyboardEvent): void {
    const act = {
      ArrowLeft: () => window.pan(-0.25), ArrowRight: () => window.pan(0.25),
      "+": () => window.zoom(0.5), "=": () => window.zoom(0.5), "-": () => window.zoom(2),
      "0": () => window.live(), Escape: () => window.live(), " ": () => window.pause(!window.isPaused),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  window.changed.on(() => {
    hurry();
    update();
    all();
  });
  theme.subscribe(() => panels.forEach((panel) => panel.restyle()));
  fleet.current.subscribe(() => pick.update());
  fleet.list.subscribe(
    oncePerFrame(() => {
      pick.update();
      for (const panel of panels) panel.relabel();
    }),
  );

  session.client.subscribe(() => {
    for (const panel of panels.splice(0)) void panel.remove();
    for (const settings of recall<PanelSettings[]>(place()) ?? []) add(settings);
    toggle(panels.length === 0);
    update();
  });
  session.state.subscribe(({ phase }) => {
    if (phase === "ended") for (const panel of panels) panel.end();
    if (phase === "connected") for (const panel of panels) if (panel.isEnded) void panel.open(session.client.value);
    update();
  });

  let ticks = 0;
  let atPause = 0;
  tick.on((nowMs) => {
    if (++ticks % 4 !== 0) return;
    for (const panel of panels) panel.tick(nowMs);
    const samples = panels.reduce((sum, { received }) => sum + received, 0);
    if (!window.isPaused) atPause = samples;
    const perSecond = panels.reduce((sum, panel) => sum + panel.perSecond, 0);
    setText(figures, panels.length === 0 ? "" : window.isPaused ? `Paused · ${whole(samples - atPause)} new` : `${plural(panels.length, "feed")} · ${rate(perSecond)}/s`);
    figures.title = `${plural(samples, "sample")} received`;
    // The present moves on without samples, too.
    if (window.isLive && !section.hidden) all();
  });

  return { show: () => (pick.update(), all()) };
}
