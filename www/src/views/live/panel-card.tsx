/** A panel on the page. What changes with samples is bound to signals, so that a sample does not cause a render. */
import "./panel.css";
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { App } from "../../app";
import { value } from "../../figures";
import { clock } from "../../words";
import { isFromZero } from "./axis";
import type { Board } from "./board";
import { FAR } from "./compare";
import { exportCsv } from "./csv";
import type { History } from "./history";
import { MAX_LINES } from "./panel";
import type { Panel } from "./panel";
import { Plot } from "./plot";

const seriesColour = (line: number) => `var(--series-${(line % MAX_LINES) + 1})`;

export function PanelCard({ app, board, panel, isShown }: { app: App; board: Board; panel: Panel; isShown: boolean }) {
  const card = useRef<HTMLElement>(null);
  /** The crosshair's readout, or a message about the columns. */
  const readout = useSignal("");
  useSignalEffect(() => {
    if (board.sought.value !== panel) return;
    card.current?.scrollIntoView({ block: "nearest" });
    board.sought.value = undefined;
  });
  const label = `${panel.name}, ${panel.who.value} · ${panel.path}`;
  return (
    <div class="panel-place" hidden={!isShown}>
      <article
        ref={card}
        aria-label={label}
        class={`panel${panel.isComparison ? " is-comparison" : ""}${panel.isStale.value ? " is-stale" : ""}`}
      >
        <Header app={app} board={board} panel={panel} />
        <Columns panel={panel} readout={readout} />
        <div class="plot">
          <Plot panel={panel} label={`Chart of ${label}`} onHover={(text) => (readout.value = text)} />
          <Overlay app={app} panel={panel} />
        </div>
        {panel.isComparison && <Legend panel={panel} />}
        <Footer panel={panel} readout={readout} />
      </article>
    </div>
  );
}

function Header({ app, board, panel }: { app: App; board: Board; panel: Panel }) {
  const { name, devices } = panel;
  // The source comes first: it distinguishes the panels of one device.
  const where = `${panel.path} · ${panel.who.value}`;
  const units = panel.units.value;
  return (
    <header>
      <div class="title">
        <h3>{name}</h3>
        <small title={`${where}\n${devices.join("\n")}`}>{where}</small>
      </div>
      {!panel.isComparison && (
        <div class="current">
          <output class="num" aria-label={`Current value of ${name}`} title={panel.current}>
            {panel.current}
          </output>{" "}
          <small>{units}</small>
        </div>
      )}
      {isFromZero(units) && (
        <button
          type="button"
          class="icon"
          title="Axis from zero"
          aria-label={`Axis from 0 for ${name}`}
          aria-pressed={panel.isFromZero.value}
          onClick={() => panel.switchZero()}
        >
          0
        </button>
      )}
      <button
        type="button"
        class="icon"
        title="Export as CSV"
        aria-label={`Export ${name} as CSV`}
        onClick={() => exportCsv(app.fleet, panel)}
      >
        ⤓
      </button>
      <button
        type="button"
        class="icon"
        title="Remove"
        aria-label={`Remove ${name}`}
        onClick={() => board.remove(panel)}
      >
        ×
      </button>
    </header>
  );
}

/** Selects the columns of a feed of several values. */
function Columns({ panel, readout }: { panel: Panel; readout: Signal<string> }) {
  const names = panel.names.value;
  const drawn = panel.columns.value;
  if (panel.isComparison || panel.request.field !== undefined || names.length < 2) return null;
  const choose = (box: HTMLInputElement, column: number) => {
    readout.value = panel.draw(column, box.checked);
    // If the columns did not change, nothing is rendered, so reset the box.
    box.checked = panel.columns.peek().includes(column);
  };
  return (
    <div class="columns" role="group" aria-label="Columns shown">
      {names.map((name, column) => {
        const line = drawn.indexOf(column);
        return (
          <label key={column}>
            <input
              type="checkbox"
              checked={line >= 0}
              style={{ accentColor: line < 0 ? "" : seriesColour(line) }}
              onChange={({ currentTarget }) => choose(currentTarget, column)}
            />
            {name}
          </label>
        );
      })}
    </div>
  );
}

/** Shown instead of the chart: why there is none. */
function Overlay({ app, panel }: { app: App; panel: Panel }) {
  const problem = panel.problem.value;
  const message = useComputed(() => panel.status.value.message).value;
  return (
    <div class={`overlay${problem ? " is-problem" : ""}`} hidden={!problem && !message}>
      <span role="status">{problem || message}</span>
      {problem && (
        <button type="button" onClick={() => panel.open(app.session.client.value)}>
          Try again
        </button>
      )}
    </div>
  );
}

function Legend({ panel }: { panel: Panel }) {
  const rows = useComputed(() => panel.status.value.rows).value;
  const units = panel.units.value;
  return (
    <ol class="legend" aria-label="Sources by deviation" tabIndex={0}>
      {rows.map(({ n, name, value: number, part }) => (
        <li key={n} class={part !== undefined && Math.abs(part) > FAR ? "is-far" : ""}>
          <span class="swatch" aria-hidden="true" style={{ background: seriesColour(n) }} />
          <span class="name">{name}</span>
          <span class="num">{number === undefined ? "stale" : `${value(number)} ${units}`}</span>
          <span class="num part">
            {part === undefined ? "" : `${part >= 0 ? "+" : "−"}${Math.abs(part * 100).toFixed(1)} %`}
          </span>
        </li>
      ))}
    </ol>
  );
}

function logText({ isReading, fromMs }: History): string {
  if (isReading) return "reading the log…";
  return fromMs === undefined ? "▲ no log" : `log from ${clock(fromMs)}`;
}

function Footer({ panel, readout }: { panel: Panel; readout: Signal<string> }) {
  const { pace, age, gaps } = panel.status.value;
  const history = panel.history.value;
  const last = gaps?.last;
  const show = () => last && panel.window.choose(last.from - (last.to - last.from), last.to + (last.to - last.from));
  return (
    <footer>
      {history && (
        <span class="num log" title={history.lines.join("\n")}>
          {logText(history)}
        </span>
      )}
      <span class="num readout">{readout}</span>
      <span class="num age">{age}</span>
      {gaps && (
        <button type="button" class="quiet num gaps" title={gaps.title} disabled={!last} onClick={show}>
          {gaps.text}
        </button>
      )}
      <span class="num pace">{pace}</span>
    </footer>
  );
}
