/** Live data: panels over one time range. */
import "uplot/dist/uPlot.min.css";
import "./live.css";
import { render } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { App, View } from "../../app";
import { recallLong, storeLong } from "../../model/memory";
import { place } from "../../model/route";
import { tick } from "../../signals";
import { plural } from "../../words";
import { Board } from "./board";
import { PanelCard } from "./panel-card";
import type { Panel, PanelSettings } from "./panel";
import { Picker } from "./picker";
import { hurry, redraw } from "./redraw";
import { OF_ALL, Toolbar } from "./toolbar";

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
  const panels = board.panels.value;
  const current = fleet.current.value;
  const isShown = (panel: Panel) => isOfAll.value || current === undefined || panel.devices.includes(current);
  const shown = panels.filter(isShown);
  useDrawing(board, shown);

  function add(settings: PanelSettings[]): void {
    const before = panels.length;
    const [first] = board.add(settings);
    if (board.panels.peek().length > before || !first) return;
    board.sought.value = first;
    app.announce("This feed is already shown.");
  }
  return (
    <div class={`live${isTiles.value ? " is-tiles" : ""}`}>
      <Toolbar app={app} board={board} shown={shown} isPicking={isPicking} isOfAll={isOfAll} isTiles={isTiles} />
      <div class="body">
        {isPicking.value && <Picker app={app} board={board} onAdd={add} />}
        <div class="scroll">
          {shown.length === 0 && (
            <Nothing
              app={app}
              others={panels.length}
              isConnected={session.state.value.phase === "connected"}
              onAll={() => storeLong(OF_ALL, (isOfAll.value = true))}
              onPick={() => (isPicking.value = true)}
            />
          )}
          <div class="panels">
            {panels.map((panel) => (
              <PanelCard key={panel.id} app={app} board={board} panel={panel} isShown={isShown(panel)} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function Nothing({
  app,
  others,
  isConnected,
  onAll,
  onPick,
}: {
  app: App;
  others: number;
  isConnected: boolean;
  onAll(): void;
  onPick(): void;
}) {
  const current = app.fleet.current.value;
  if (others > 0 && current !== undefined) {
    return (
      <p class="empty">
        No charts of {app.fleet.nameOf(current)}. {plural(others, "chart")} of other devices.{" "}
        <button type="button" onClick={onAll}>
          Show all
        </button>
      </p>
    );
  }
  const hasDevices = app.fleet.list.value.length > 0;
  const text = hasDevices ? whatNext(isConnected) : "No charts yet. Add a device first, then add its feeds.";
  return (
    <p class="empty">
      {text}{" "}
      <button type="button" class="quiet" onClick={onPick}>
        Choose feeds
      </button>
    </p>
  );
}

const whatNext = (isConnected: boolean) =>
  isConnected
    ? "No charts yet. Add a feed to see its values here."
    : "Not connected. You can add feeds now; they start once connected.";

/** Draws when the time range changes, and as time passes. */
function useDrawing({ window, panels }: Board, shown: readonly Panel[]): void {
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    const all = () => latest.current.forEach(({ picture }) => picture && redraw(picture));
    let turn = 0;
    const stops = [
      window.changed.on(() => (hurry(), all())),
      tick.on((nowMs) => {
        if (++turn % 4 !== 0) return;
        for (const panel of panels.peek()) panel.tick(nowMs);
        // Time passes without samples, too.
        if (window.isLive && place.peek().view === "live") all();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);
}
