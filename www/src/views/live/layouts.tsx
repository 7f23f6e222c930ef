/** Layouts: named sets of panels that can be saved, exported and imported. */
import { useRef, useState } from "preact/hooks";
import type { App } from "../../app";
import { download } from "../../dom";
import type { Board } from "./board";

export function Layouts({ app, board }: { app: App; board: Board }) {
  const [name, setName] = useState("");
  const menu = useRef<HTMLDetailsElement>(null);
  const names = Object.keys(board.layouts.value).sort((a, b) => a.localeCompare(b));
  const close = () => {
    if (menu.current) menu.current.open = false;
    menu.current?.querySelector("summary")?.focus();
  };
  const act = (run: () => void) => () => {
    run();
    close();
  };
  function save(event: SubmitEvent): void {
    event.preventDefault();
    if (!name.trim()) return;
    board.save(name.trim());
    app.toasts.show(`Layout ${name.trim()} saved.`);
    setName("");
    close();
  }
  async function read(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0];
    if (!file) return;
    app.toasts.show(board.import(await file.text()) || `Layouts imported from ${file.name}.`);
    input.value = "";
  }
  const isEmpty = board.panels.value.length === 0;
  return (
    <details
      class="menu-button"
      ref={menu}
      onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), close())}
    >
      <summary role="button">Layouts</summary>
      <div class="popup" role="group" aria-label="Layouts">
        {names.map((one) => (
          <div key={one} class="row">
            <button type="button" class="quiet" onClick={act(() => board.load(one))}>
              {one}
            </button>
            <span class="spring" />
            <button type="button" class="icon" aria-label={`Delete layout ${one}`} onClick={() => board.forget(one)}>
              ×
            </button>
          </div>
        ))}
        <form class="row" onSubmit={save}>
          <input
            type="text"
            aria-label="Layout name"
            placeholder="Save layout as"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
          <button type="submit" disabled={isEmpty || !name.trim()}>
            Save
          </button>
        </form>
        <button
          type="button"
          disabled={names.length === 0}
          onClick={act(() =>
            download("layouts.json", [JSON.stringify(board.layouts.peek(), undefined, 2)], "application/json"),
          )}
        >
          Export layouts
        </button>
        <label class="file">
          Import layouts
          <input type="file" accept="application/json" onChange={({ currentTarget }) => void read(currentTarget)} />
        </label>
        <button type="button" class="danger" disabled={isEmpty} onClick={act(() => board.removeAll())}>
          Remove all charts
        </button>
      </div>
    </details>
  );
}
