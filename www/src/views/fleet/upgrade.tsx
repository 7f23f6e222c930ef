/** Upgrades many devices: shows the list first, upgrades a few at a time, and reports which failed. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { App } from "../../app";
import { nameOf, stateOf } from "../../model/fleet";
import type { Device } from "../../model/fleet";
import { runUpgrade } from "../../model/upgrade";
import { Dialog } from "../../ui/dialog";
import { plural } from "../../words";

const AT_ONCE = 3;
interface Rollout {
  total: number;
  done: string[];
  failed: string[];
}

/** The upgrade in progress, or the last one. */
const rollout = signal<Rollout | undefined>(undefined);

async function upgradeAll(app: App, ids: readonly string[]): Promise<void> {
  const queue = [...ids];
  rollout.value = { total: ids.length, done: [], failed: [] };
  const worker = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const isDone = await runUpgrade(app, id);
      const { value } = rollout;
      if (value)
        rollout.value = isDone ? { ...value, done: [...value.done, id] } : { ...value, failed: [...value.failed, id] };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export function UpgradeMany({ app, devices, onClose }: { app: App; devices: Device[]; onClose(): void }) {
  const [isUnderstood, setUnderstood] = useState(false);
  const offline = devices.filter(({ online }) => online === false).length;
  const start = () => {
    onClose();
    void upgradeAll(
      app,
      devices.map(({ id }) => id),
    );
  };
  return (
    <Dialog title={`Upgrade the agents of ${plural(devices.length, "device")}?`} onClose={onClose}>
      <p>
        This installs the newest agent on these devices, {AT_ONCE} at a time. Each agent restarts: its device goes
        offline for a moment, and running commands are lost.
      </p>
      {offline > 0 && <p>{plural(offline, "device is", "devices are")} offline and will most likely fail.</p>}
      <ul aria-label="Devices to upgrade">
        {devices.map((device) => (
          <li key={device.id}>
            {nameOf(device)}
            {device.online ? "" : ` (${stateOf(device)})`}
          </li>
        ))}
      </ul>
      <label class="check understood">
        <input
          type="checkbox"
          checked={isUnderstood}
          onChange={({ currentTarget }) => setUnderstood(currentTarget.checked)}
        />
        <span>I understand</span>
      </label>
      <div class="actions">
        <span class="spring" />
        <button type="button" data-focus onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={!isUnderstood} onClick={start}>
          Upgrade {plural(devices.length, "agent")}
        </button>
      </div>
    </Dialog>
  );
}

/** The progress of the upgrades; failed ones can be retried. */
export function UpgradeNote({ app }: { app: App }) {
  const { value } = rollout;
  if (!value) return null;
  const { total, done, failed } = value;
  const isOver = done.length + failed.length === total;
  return (
    <div class="note" role="status" aria-label="Upgrades">
      <span>
        {isOver
          ? `Upgrades: ${done.length} of ${total} done${failed.length > 0 ? `, ${failed.length} failed: ${failed.map((id) => app.fleet.nameOf(id)).join(", ")}` : ""}.`
          : `Upgrading: ${done.length + failed.length} of ${total}…`}{" "}
        Config shows each step.
      </span>
      {isOver && failed.length > 0 && (
        <button type="button" class="quiet" onClick={() => void upgradeAll(app, failed)}>
          Retry {failed.length} failed
        </button>
      )}
      {isOver && (
        <button type="button" class="quiet" onClick={() => (rollout.value = undefined)}>
          Dismiss
        </button>
      )}
    </div>
  );
}
