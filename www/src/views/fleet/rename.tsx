/** A device's name on this page, and its site. */
import { useState } from "preact/hooks";
import type { App } from "../../app";
import { nameOf } from "../../model/fleet";
import type { Device } from "../../model/fleet";
import { NO_SITE, sites } from "../../model/sites";
import { Dialog } from "../../ui/dialog";

export function RenameDialog({ app: { fleet }, device, onClose }: { app: App; device: Device; onClose(): void }) {
  const all = sites(fleet.list.value);
  const site = all.find(({ devices }) => devices.some(({ id }) => id === device.id))?.name ?? "";
  const [name, setName] = useState(nameOf(device));
  const [group, setGroup] = useState(site === NO_SITE ? "" : site);
  function save(event: SubmitEvent): void {
    event.preventDefault();
    const { givenName: _, group: __, ...rest } = device;
    const given = name.trim();
    const isGiven = given !== "" && given !== (device.name ?? device.id);
    const isMoved = group.trim() !== "" && (group.trim() !== site || device.group !== undefined);
    fleet.replace({ ...rest, ...(isGiven && { givenName: given }), ...(isMoved && { group: group.trim() }) });
    onClose();
  }
  return (
    <Dialog title={`Rename ${nameOf(device)}`} onClose={onClose}>
      <form onSubmit={save}>
        <label>
          Name
          <input type="text" data-focus value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
        <label>
          Site
          <input
            type="text"
            list="site-names"
            placeholder="from its name"
            value={group}
            onInput={({ currentTarget }) => setGroup(currentTarget.value)}
          />
        </label>
        <datalist id="site-names">
          {all
            .filter(({ name }) => name !== NO_SITE)
            .map(({ name }) => (
              <option key={name} value={name} />
            ))}
        </datalist>
        <p class="quiet">
          Stored in this browser only; the device and the cloud do not change. Leave a field empty to use the cloud's
          name, or the site derived from it.
        </p>
        <div class="actions">
          <span class="spring" />
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
