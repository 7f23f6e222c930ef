/** Live data: panels over one stretch of time. */
import "uplot/dist/uPlot.min.css";
import "./live.css";
import { render } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { App, View } from "../../app";
import { download } from "../../dom";
import { recallLong, storeLong } from "../../model/memory";
import { place } from "../../model/route";
import { tick } from "../../signals";
import { theme } from "../../ui/theme";
import { plural, rate, span, whole } from "../../words";
import { Board } from "./board";
import { Layouts } from "./layouts";
import { longCsv } from "./panel";
import type { Panel, PanelSettings } from "./panel";
import { Picker } from "./picker";
import { hurry, redraw } from "./redraw";

const SPANS: [number, string][] = [[10_000, "10 s"], [60_000, "1 min"], [300_000, "5 min"], [900_000, "15 min"], [3_600_000, "1 h"], [86_400_000, "1 day"]];
const OF_ALL = "ardexa:live-all";

export function liveView(section: HTMLElement, app: App): View {
  const board = new Board(app);
  render(<Live app={app} board={board} />, section);
  return {};
}

function Live({ app, board }: { app: App; board: Board }) {
  const { fleet, session } = app;
  const isOfAll = useSignal(recallLong<boolean>(OF_ALL) ?? false);
  const isPicking = useSignal(board.panels.peek().length === 0);
  const isTiles = useSignal(false);
  const { window } = board;
  const [, setTurn] = useState(0);
  useEffect(() => window.changed.on(() => setTurn((turn) => turn + 1)), []);

  const panels = board.panels.value;
  const current = fleet.current.value;
  const isShown = (panel: Panel) => isOfAll.value || current === undefined || panel.isOf(current);
  const shown = panels.filter(isShown);
  useDrawing(board, () => panels.filter(isShown));

  function add(settings: PanelSettings[]): void {
    const before = panels.length;
    const [first] = board.add(settings);
    if (board.panels.peek().length === before && first) {
      first.element.scrollIntoView({ block: "nearest" });
      app.announce("This feed is shown already.");
    }
  }
  const setAll = (on: boolean) => () => storeLong(OF_ALL, (isOfAll.value = on));
  const step = (text: string, name: string, act: () => void) => <button type="button" class="icon" aria-label={name} title={name} onClick={act}>{text}</button>;
  const exportAll = () => download("live.csv", [...longCsv(fleet, shown)], "text/csv;charset=utf-8");
  return (
    <div class={`live${isTiles.value ? " is-tiles" : ""}${window.isLive ? "" : " is-frozen"}`}>
      <div class="toolbar">
        <h1 class="unseen">Live</h1>
        <button type="button" class="primary" aria-expanded={isPicking.value} onClick={() => (isPicking.value = !isPicking.value)}>Add feeds</button>
        <span class="chips" role="group" aria-label="Charts of">
          <button type="button" class="chip" aria-pressed={!isOfAll.value} onClick={setAll(false)}>This device</button>
          <button type="button" class="chip" aria-pressed={isOfAll.value} onClick={setAll(true)}>All</button>
        </span>
        <Layouts app={app} board={board} />
        <SpanSelect board={board} />
        <button type="button" class="pause" aria-pressed={window.isPaused} onClick={() => window.pause(!window.isPaused)}>{window.isPaused ? "Resume" : "Pause"}</button>
        <button type="button" disabled={window.isLive} onClick={() => window.live()}>Back to live</button>
        <span class="moves" role="group" aria-label="Time">{step("←", "Earlier", () => window.pan(-0.5))}{step("→", "Later", () => window.pan(0.5))}{step("+", "Zoom in", () => window.zoom(0.5))}{step("−", "Zoom out", () => window.zoom(2))}</span>
        <button type="button" class="chip" aria-pressed={isTiles.value} onClick={() => (isTiles.value = !isTiles.value)}>Tiles</button>
        <Figures board={board} />
        <span class="spring" />
        <button type="button" disabled={shown.length === 0} onClick={exportAll}>Export CSV</button>
      </div>
      <div class="body">
        {isPicking.value && <Picker app={app} board={board} onAdd={add} />}
        <div class="scroll">
          {shown.length === 0 && <Nothing app={app} others={panels.length} isConnected={session.state.value.phase === "connected"} onAll={setAll(true)} onPick={() => (isPicking.value = true)} />}
          <div class="panels">{panels.map((panel) => <PanelPlace key={panel.name + JSON.stringify(panel.settings().request) + panel.feeds.length} panel={panel} board={board} isShown={isShown(panel)} />)}</div>
        </div>
      </div>
    </div>
  );
}

function Nothing({ app, others, isConnected, onAll, onPick }: { app: App; others: number; isConnected: boolean; onAll(): void; onPick(): void }) {
  const current = app.fleet.current.value;
  if (others > 0 && current !== undefined) {
    return <p class="empty">No charts of {app.fleet.nameOf(current)}. {plural(others, "chart")} of other devices. <button type="button" onClick={onAll}>Show all</button></p>;
  }
  const text = isConnected ? "No feed is shown. Choose one under “Add feeds”: its values appear here as they come." : "Not connected. Feeds can be chosen now; they start once the page is connected.";
  return <p class="empty">{text} <button type="button" class="quiet" onClick={onPick}>Choose feeds</button></p>;
}

/** A panel draws itself; here it has its place. */
function PanelPlace({ panel, board, isShown }: { panel: Panel; board: Board; isShown: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    host.current?.append(panel.element);
    panel.restyle();
    const seen = new IntersectionObserver((entries) => {
      panel.isVisible = entries.at(-1)?.isIntersecting ?? false;
      if (panel.isVisible) redraw(panel);
    }, { rootMargin: "64px" });
    seen.observe(panel.element);
    return () => seen.disconnect();
  }, [panel]);
  return <div class="panel-place" hidden={!isShown} ref={host} onKeyDown={(event) => (event.target as HTMLElement).matches(".chart") && chartKey(board, event)} />;
}

function chartKey({ window }: Board, event: KeyboardEvent): void {
  const act = {
    ArrowLeft: () => window.pan(-0.25), ArrowRight: () => window.pan(0.25),
    "+": () => window.zoom(0.5), "=": () => window.zoom(0.5), "-": () => window.zoom(2),
    "0": () => window.live(), Escape: () => window.live(), " ": () => window.pause(!window.isPaused),
  }[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}

function SpanSelect({ board: { window } }: { board: Board }) {
  const { from, to } = window.range();
  const shown = Math.round(to - from);
  const isOther = !SPANS.some(([ms]) => ms === shown);
  return (
    <select aria-label="Time shown" value={String(shown)} onChange={({ currentTarget }) => window.setSpan(Number(currentTarget.value))}>
      {isOther && <option value={String(shown)}>{span(shown)}</option>}
      {SPANS.map(([ms, text]) => <option key={ms} value={String(ms)}>{text}</option>)}
    </select>
  );
}

/** Feeds and samples a second; while paused, how many have come. */
function Figures({ board: { panels, window } }: { board: Board }) {
  const [text, setText] = useState({ shown: "", title: "" });
  const atPause = useRef(0);
  useEffect(() => {
    let turn = 0;
    return tick.on(() => {
      if (++turn % 4 !== 0) return;
      const all = panels.peek();
      const samples = all.reduce((sum, { received }) => sum + received, 0);
      if (!window.isPaused) atPause.current = samples;
      const feeds = all.reduce((sum, panel) => sum + panel.feeds.length, 0);
      const perSecond = all.reduce((sum, panel) => sum + panel.perSecond, 0);
      setText({ shown: feeds === 0 ? "" : window.isPaused ? `Paused · ${whole(samples - atPause.current)} new` : `${plural(feeds, "feed")} · ${rate(perSecond)}/s`, title: `${plural(samples, "sample")} received` });
    });
  }, []);
  return <span class="num quiet figures" title={text.title}>{text.shown}</span>;
}

/** Draws when the stretch of time, the theme or the devices' names change, and as the present moves on. */
function useDrawing({ window, panels, app }: Board, shown: () => readonly Panel[]): void {
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    const all = () => latest.current().forEach(redraw);
    let turn = 0;
    const stops = [
      window.changed.on(() => (hurry(), all())),
      theme.subscribe(() => panels.peek().forEach((panel) => panel.restyle())),
      app.fleet.list.subscribe(() => panels.peek().forEach((panel) => panel.relabel())),
      tick.on((nowMs) => {
        if (++turn % 4 !== 0) return;
        for (const panel of panels.peek()) panel.tick(nowMs);
        // The present moves on without samples, too.
        if (window.isLive && place.peek().view === "live") all();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);
}
