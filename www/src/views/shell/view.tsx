/** Commands: a terminal for one device, or one command on many. */
import "./shell.css";
import { render } from "preact";
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { App, View } from "../../app";
import { DeviceShells } from "./device-shell";
import { FleetRun } from "./fleet-run";
import { ManyShell } from "./many";
import { OneShell } from "./one";

type Mode = "one" | "many";

export function shellView(section: HTMLElement, app: App): View {
  const mode = signal<Mode>("one");
  const turn = signal(0);
  render(<Shell app={app} mode={mode} turn={turn} />, section);
  let before = 0;
  return {
    show() {
      // If devices were selected elsewhere, start with the command on many.
      const { size } = app.fleet.selected.peek();
      if (size > 0 && before === 0) mode.value = "many";
      before = size;
      turn.value++;
    },
  };
}

function Shell({ app, mode, turn }: { app: App; mode: Signal<Mode>; turn: Signal<number> }) {
  const shells = useMemo(() => new DeviceShells(app), []);
  const run = useMemo(() => new FleetRun(app), []);
  const choose = (chosen: Mode) => () => (mode.value = chosen);
  return (
    <>
      <div class="toolbar">
        <h1 class="unseen">Shell</h1>
        <span class="chips" role="group" aria-label="Run on">
          <button type="button" class="chip" aria-pressed={mode.value === "one"} onClick={choose("one")}>
            One device
          </button>
          <button type="button" class="chip" aria-pressed={mode.value === "many"} onClick={choose("many")}>
            Selected devices <span class="num">{app.fleet.selected.value.size}</span>
          </button>
        </span>
      </div>
      <OneShell app={app} shells={shells} turn={turn} isHidden={mode.value !== "one"} />
      <ManyShell app={app} run={run} isHidden={mode.value !== "many"} />
    </>
  );
}
