/** Over the charts: which of them, which stretch of time, and how much comes. */
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../../app";
import { storeLong } from "../../model/memory";
import { tick } from "../../signals";
import { plural, rate, span, whole } from "../../words";
import type { Board } from "./board";
import { exportMany } from "./csv";
import { readToday } from "./history";
import { Layouts } from "./layouts";
import type { Panel } from "./panel";
import { redraw } from "./redraw";

const SPANS: [number, string][] = [[10_000, "10 s"], [60_000, "1 min"], [300_000, "5 min"], [900_000, "15 min"], [3_600_000, "1 h"], [86_400_000, "1 day"]];
export const OF_ALL = "ardexa:live-all";

interface ToolbarProps { app: App; board: Board; shown: readonly Panel[]; isPicking: Signal<boolean>; isOfAll: Signal<boolean>; isTiles: Signal<boolean> }

export function Toolbar({ app, board, shown, isPicking, isOfAll, isTiles }: ToolbarProps) {
  const { window } = board;
  const setAll = (on: boolean) => () => storeLong(OF_ALL, (isOfAll.value = on));
  return (
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
      <span class="moves" role="group" aria-label="Time">
        <Step text="←" name="Earlier" act={() => window.pan(-0.5)} />
        <Step text="→" name="Later" act={() => window.pan(0.5)} />
        <Step text="+" name="Zoom in" act={() => window.zoom(0.5)} />
        <Step text="−" name="Zoom out" act={() => window.zoom(2)} />
      </span>
      <button type="button" class="chip" aria-pressed={isTiles.value} onClick={() => (isTiles.value = !isTiles.value)}>Tiles</button>
      <Figures board={board} />
      <span class="spring" />
      <Today app={app} board={board} shown={shown} />
      <button type="button" disabled={shown.length === 0} onClick={() => exportMany(app.fleet, shown)}>Export CSV</button>
    </div>
  );
}

const Step = ({ text, name, act }: { text: string; name: string; act(): void }) => <button type="button" class="icon" aria-label={name} title={name} onClick={act}>{text}</button>;

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

/** Shows all of today: what the page missed of it is read from the devices' logs. */
function Today({ app, board: { window }, shown }: { app: App; board: Board; shown: readonly Panel[] }) {
  const isReading = useSignal(false);
  const isConnected = app.session.state.value.phase === "connected";
  async function show(): Promise<void> {
    isReading.value = true;
    await readToday(app, shown);
    isReading.value = false;
    window.live();
    window.setSpan(Date.now() - new Date().setHours(0, 0, 0, 0));
    shown.forEach(({ picture }) => picture && redraw(picture));
  }
  return <button type="button" class="today" disabled={!isConnected || isReading.value || shown.length === 0} title="Reads today's logs on the devices, by read-only commands" onClick={() => void show()}>{isReading.value ? "Reading…" : "Today's logs"}</button>;
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
