/** Asks a device for its sources. The commands are shown first and run only with the user's consent. */
import { useState } from "preact/hooks";
import type { App } from "../app";
import type { Device } from "../model/fleet";
import { clock, plural } from "../words";

export function AskDevice({ app, device, onAnswer }: { app: App; device: Device; onAnswer?(): void }) {
  const [isOpen, setOpen] = useState(false);
  const isAsking = app.catalog.asking.value.has(device.id);
  const { asked, sources } = device;
  if (isAsking)
    return (
      <p class="ask quiet" role="status">
        Asking {app.fleet.nameOf(device.id)}…
      </p>
    );
  const trouble = asked && asked.issues.length > 0 && (
    <details>
      <summary>
        {plural(asked.issues.length, "item")} could not be read at {clock(asked.atMs)}
      </summary>
      <ul>
        {asked.issues.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
  if (sources.length > 0 && !isOpen)
    return (
      <div class="ask">
        {trouble}
        <button type="button" class="quiet" onClick={() => setOpen(true)}>
          Ask the device for its sources…
        </button>
      </div>
    );
  const allow = () => {
    setOpen(false);
    void app.catalog.ask(device.id).then(onAnswer);
  };
  return (
    <div class="ask" role="group" aria-label="Ask the device">
      <p>
        {sources.length === 0 && "No sources known yet. "}The page can look up the sources of{" "}
        {app.fleet.nameOf(device.id)} by running read-only commands on it: <code>hostname</code>,{" "}
        <code>cat /etc/ardexa/ardexa.yaml</code>, and <code>head</code> on each <code>latest.csv</code> under{" "}
        <code>/opt/ardexa/logs</code>.
      </p>
      {trouble}
      <button type="button" class="primary" onClick={allow}>
        Allow
      </button>
      {isOpen && (
        <button type="button" onClick={() => setOpen(false)}>
          Not now
        </button>
      )}
    </div>
  );
}
