/** Adds devices by ID: one, or a pasted list. */
import { useState } from "preact/hooks";
import type { App } from "../app";
import { idsIn } from "../model/fleet";
import { plural } from "../words";
import { Dialog } from "./dialog";

export function AddDevices({
  app: { fleet, toasts },
  onClose,
  onAdded,
}: {
  app: App;
  onClose(): void;
  onAdded(ids: string[]): void;
}) {
  const [text, setText] = useState("");
  const ids = idsIn(text);
  const fresh = ids.filter((id) => !fleet.devices.has(id));
  function add(event: SubmitEvent): void {
    event.preventDefault();
    if (ids.length === 0) return;
    fleet.noteAll(fresh.map((id) => ({ id })));
    toasts.show(
      `${plural(fresh.length, "device")} added.`,
      fresh.length > 0 ? { undo: fleet.remove.bind(fleet, fresh) } : {},
    );
    onClose();
    onAdded(ids);
  }
  return (
    <Dialog title="Add devices" onClose={onClose}>
      <form onSubmit={add}>
        <label>
          Device IDs
          <textarea
            data-focus
            rows={6}
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <p class="quiet">
          Paste one or more IDs, separated by line breaks, spaces or commas.{" "}
          {ids.length > 0 &&
            `${plural(fresh.length, "new device")}${ids.length > fresh.length ? `, ${ids.length - fresh.length} already known` : ""}.`}
        </p>
        <div class="actions">
          <span class="spring" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={ids.length === 0}>
            Add
          </button>
        </div>
      </form>
    </Dialog>
  );
}
