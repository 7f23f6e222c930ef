/** Placeholders for when there is no device, or none is selected. */
import type { App } from "../app";

/** Placeholder for a list of devices. */
export const NO_DEVICES =
  "No devices yet. Devices appear when the cloud lists them or their state changes. You can also add one by ID.";

/** @param props.toDo what can be done with a selected device, after "Select a device" */
export function NoDevice({ app, toDo }: { app: App; toDo: string }) {
  return app.fleet.list.value.length === 0 ? <NoDevices app={app} /> : <p class="empty">Select a device {toDo}.</p>;
}

export function NoDevices({ app }: { app: App }) {
  return (
    <p class="empty">
      {NO_DEVICES}{" "}
      <button type="button" onClick={app.addDevices}>
        Add a device…
      </button>
    </p>
  );
}
