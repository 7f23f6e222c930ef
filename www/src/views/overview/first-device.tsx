/** Shown while there are no devices: how to add the first one. */
import { useState } from "preact/hooks";
import type { App } from "../../app";
import { idsIn } from "../../model/fleet";

export function FirstDevice({ app }: { app: App }) {
  const [text, setText] = useState("");
  if (app.session.state.value.phase !== "connected")
    return <p class="empty">Not connected. Sites appear here once connected.</p>;
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const ids = idsIn(text);
    app.fleet.noteAll(ids.map((id) => ({ id })));
    app.fleet.current.value ??= ids[0];
  };
  return (
    <form class="card first" onSubmit={add} aria-label="First device">
      <h2>No devices yet</h2>
      <p>Devices appear when the cloud lists them or their state changes. You can also paste one or more IDs.</p>
      <label>
        Device ID
        <input
          type="text"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={text.trim() === ""}>
        Add
      </button>
    </form>
  );
}
