/** A terminal per device, with a prompt below. */
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../../app";
import { tick } from "../../signals";
import { CopyButton } from "../../ui/copy-button";
import { NoDevice } from "../../ui/no-device";
import { useModule } from "../../ui/use-module";
import { span } from "../../words";
import type { DeviceShell, DeviceShells } from "./device-shell";
import { History } from "./history";

/** @param props.turn changes each time this view is opened */
export function OneShell({
  app,
  shells,
  turn,
  isHidden,
}: {
  app: App;
  shells: DeviceShells;
  turn: ReadonlySignal<number>;
  isHidden: boolean;
}) {
  const id = app.fleet.current.value;
  const opened = shells.opened.value;
  const shell = opened.find(({ deviceId }) => deviceId === id);
  const box = useRef<HTMLInputElement>(null);
  const focus = () => {
    if (getSelection()?.isCollapsed) box.current?.focus();
  };
  return (
    <div class="one" hidden={isHidden}>
      <div class="screens" onClick={focus}>
        {!shell && <NoDevice app={app} toDo="to open a terminal" />}
        {opened.map((one) => (
          <ScreenPlace key={one.deviceId} shell={one} isHidden={one !== shell} />
        ))}
      </div>
      <CommandLine shell={shell} box={box} turn={turn} isHidden={isHidden} />
      <div class="row under">
        <span class="num quiet result" role="status" aria-label="Last command">
          {shell && <Said shell={shell} />}
        </span>
        {shell?.running.value && <Clock startedMs={shell.running.value.startedMs} />}
        <span class="spring" />
        <button type="button" disabled={!shell} onClick={() => shell?.clear()}>
          Clear
        </button>
        <CopyButton label="Copy output" text={() => shell?.text() ?? ""} isDisabled={!shell} />
      </div>
    </div>
  );
}

/** xterm.js is loaded with the first of these; each screen stays with its device. */
function ScreenPlace({ shell, isHidden }: { shell: DeviceShell; isHidden: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const code = useModule(() => import("./screen"));
  useEffect(() => {
    if (code && code !== "failed" && place.current) shell.attach(code.makeScreen(place.current));
  }, [code]);
  return (
    <>
      {code === "failed" && !isHidden && (
        <p class="empty">The terminal could not be loaded. Check the network, then reload the page.</p>
      )}
      <div class="screen" role="region" aria-label={`Output of ${shell.name}`} hidden={isHidden} ref={place} />
    </>
  );
}

function CommandLine({
  shell,
  box,
  turn,
  isHidden,
}: {
  shell: DeviceShell | undefined;
  box: { current: HTMLInputElement | null };
  turn: ReadonlySignal<number>;
  isHidden: boolean;
}) {
  const typed = useSignal("");
  const history = useMemo(() => new History(), []);
  const name = shell?.name ?? "";
  const isRunning = shell?.running.value !== undefined;
  useEffect(() => {
    if (!isHidden && matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, [turn.value, isHidden]);
  function run(event: SubmitEvent): void {
    event.preventDefault();
    const cmd = typed.value;
    if (!shell || isRunning || !cmd.trim()) return;
    history.add(cmd);
    typed.value = "";
    void shell.run(cmd);
  }
  function onKey(event: KeyboardEvent): void {
    const { key, ctrlKey } = event;
    const isSelected = box.current?.selectionStart !== box.current?.selectionEnd;
    const act = {
      ArrowUp: () => (typed.value = history.move(-1, typed.value)),
      ArrowDown: () => (typed.value = history.move(1, typed.value)),
      Escape: () => (isRunning ? shell?.stop() : (typed.value = "")),
      ...(ctrlKey && !isSelected && { c: () => (isRunning ? shell?.stop() : (typed.value = "")) }),
      ...(ctrlKey && { l: () => shell?.clear() }),
    }[key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  return (
    <form class="commandline" autocomplete="off" onSubmit={run}>
      <label class="mono prompt" for="command" title={name}>
        <span class="who">{name}</span> $
      </label>
      <input
        id="command"
        class="mono"
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="Enter a command, for example uptime"
        maxLength={100_000}
        ref={box}
        value={typed}
        disabled={!shell}
        aria-label={name && `Command for ${name}`}
        onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        onKeyDown={onKey}
      />
      <button type="submit" class="primary" disabled={!shell || isRunning}>
        Run
      </button>
      <button type="button" disabled={!isRunning} onClick={() => shell?.stop()}>
        Stop waiting
      </button>
    </form>
  );
}

function Said({ shell }: { shell: DeviceShell }) {
  if (!shell.running.value) return <>{shell.said.value}</>;
  return (
    <>
      {shell.app.fleet.devices.get(shell.deviceId)?.online === false
        ? "Running… The device is offline and may never answer."
        : "Running…"}
    </>
  );
}

function Clock({ startedMs }: { startedMs: number }) {
  const [ms, setMs] = useState(0);
  useEffect(() => tick.on(() => setMs(performance.now() - startedMs)), [startedMs]);
  return (
    <span class="num quiet" aria-hidden="true">
      {span(ms)}
    </span>
  );
}
