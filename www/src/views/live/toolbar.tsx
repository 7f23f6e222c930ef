/** The toolbar above the charts: which panels, which time range, and the data rate. */
import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../../app";
import { storeLong } from "../../model/memory";
import { tick } from "../../signals";
import { ask } from "../../ui/dialog";
import { plural, rate, span, whole } from "../../words";
import type { Board } from "./board";
import { exportMany } from "./csv";
import { readToday } from "./history";
import { Layouts } from "./layouts";
import type { Panel } from "./panel";
import { redraw } from "./redraw";
import type { TimeWindow } from "./time-window";

const SPANS: [number, string][] = [
  [10_000, "10 s"],
  [60_000, "1 min"],
  [300_000, "5 min"],
  [900_000, "15 min"],
  [3_600_000, "1 h"],
  [86_400_000, "1 day"],
];
const TODAY = "today";
export const OF_ALL = "ardexa:live-all";

interface ToolbarProps {
  app: App;
  board: Board;
  shown: readonly Panel[];
  isPicking: Signal<boolean>;
  isOfAll: Signal<boolean>;
  isTiles: Signal<boolean>;
}

export function Toolbar({ app, board, shown, isPicking, isOfAll, isTiles }: ToolbarProps) {
  const { window } = board;
  // Subscribed here and not around the panels, so that panning renders only the toolbar.
  const [, setTurn] = useState(0);
  useEffect(() => window.changed.on(() => setTurn((turn) => turn + 1)), []);
  const { from, to } = window.range();
  const setAll = (on: boolean) => () => storeLong(OF_ALL, (isOfAll.value = on));
  return (
    <div class={`toolbar${window.isLive ? "" : " is-frozen"}`}>
      <h1 class="unseen">Live</h1>
      <button
        type="button"
        class="primary"
        aria-expanded={isPicking.value}
        onClick={() => (isPicking.value = !isPicking.value)}
      >
        Add feeds
      </button>
      <span class="chips" role="group" aria-label="Charts of">
        <button type="button" class="chip" aria-pressed={!isOfAll.value} onClick={setAll(false)}>
          This device
        </button>
        <button type="button" class="chip" aria-pressed={isOfAll.value} onClick={setAll(true)}>
          All
        </button>
      </span>
      <Layouts app={app} board={board} />
      <SpanSelect app={app} window={window} spanMs={Math.round(to - from)} panels={shown} />
      <button type="button" class="pause" aria-pressed={window.isPaused} onClick={() => window.pause(!window.isPaused)}>
        {window.isPaused ? "Resume" : "Pause"}
      </button>
      <button type="button" class="back" disabled={window.isLive} onClick={() => window.live()}>
        Back to live
      </button>
      <span class="moves" role="group" aria-label="Time">
        <Step text="←" name="Earlier" act={() => window.pan(-0.5)} />
        <Step text="→" name="Later" act={() => window.pan(0.5)} />
        <Step text="+" name="Zoom in" act={() => window.zoom(0.5)} />
        <Step text="−" name="Zoom out" act={() => window.zoom(2)} />
      </span>
      <button type="button" class="chip" aria-pressed={isTiles.value} onClick={() => (isTiles.value = !isTiles.value)}>
        Tiles
      </button>
      <Figures board={board} />
      <span class="spring" />
      <button
        type="button"
        aria-label="Export CSV"
        title="Export CSV"
        disabled={shown.length === 0}
        onClick={() => exportMany(app.fleet, shown)}
      >
        ⤓ CSV
      </button>
    </div>
  );
}

const Step = ({ text, name, act }: { text: string; name: string; act(): void }) => (
  <button type="button" class="icon" aria-label={name} title={name} onClick={act}>
    {text}
  </button>
);

/** The choice of today reads the missing part from the devices' logs. */
function SpanSelect({
  app,
  window,
  spanMs,
  panels,
}: {
  app: App;
  window: TimeWindow;
  spanMs: number;
  panels: readonly Panel[];
}) {
  const isOther = !SPANS.some(([ms]) => ms === spanMs);
  const canAsk = app.session.state.value.phase === "connected" && panels.length > 0;
  function choose(box: HTMLSelectElement): void {
    if (box.value !== TODAY) return window.setSpan(Number(box.value));
    window.live();
    window.setSpan(Date.now() - new Date().setHours(0, 0, 0, 0));
    void askForToday(app, panels);
  }
  return (
    <select aria-label="Time range" value={String(spanMs)} onChange={({ currentTarget }) => choose(currentTarget)}>
      {isOther && <option value={String(spanMs)}>{span(spanMs)}</option>}
      {SPANS.map(([ms, text]) => (
        <option key={ms} value={String(ms)}>
          {text}
        </option>
      ))}
      <option value={TODAY} disabled={!canAsk}>
        Today, from device logs
      </option>
    </select>
  );
}

/** Asks for consent, since this runs commands and arrow keys can select it by accident. */
async function askForToday(app: App, panels: readonly Panel[]): Promise<void> {
  const devices = new Set(panels.flatMap((panel) => panel.devices));
  const body = (
    <p>
      The page reads the end of each source's <code>latest.csv</code> on {plural(devices.size, "device")} with read-only
      commands. The charts then also show what was measured today before the page was opened.
    </p>
  );
  if (!(await ask({ title: "Read today's logs?", body, act: "Read logs" }))) return;
  await readToday(app, panels);
  for (const { picture } of panels) if (picture) redraw(picture);
}

/** Feeds and samples per second; while paused, the number of samples received. */
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
      const shown = window.isPaused
        ? `Paused · ${whole(samples - atPause.current)} new`
        : `${plural(feeds, "feed")} · ${rate(perSecond)}/s`;
      setText({
        shown: feeds === 0 ? "" : shown,
        title: `${plural(samples, "sample")} received`,
      });
    });
  }, []);
  return (
    <span class="num quiet figures" title={text.title}>
      {text.shown}
    </span>
  );
}
