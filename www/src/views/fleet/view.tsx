/** The workgroup's devices: state, since when, and actions on one or many. */
import "./fleet.css";
import { render } from "preact";
import { useSignal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { App, View } from "../../app";
import { matches } from "../../model/fleet";
import type { Device } from "../../model/fleet";
import { recallLong, storeLong } from "../../model/memory";
import { go } from "../../model/route";
import { sites } from "../../model/sites";
import { ListingNote } from "../../ui/listing";
import { NoDevices } from "../../ui/no-device";
import { plural, whole } from "../../words";
import { ActivityList } from "./activity";
import { RenameDialog } from "./rename";
import { DeviceTable, sorted } from "./table";
import type { Sort } from "./table";
import { UpgradeMany, UpgradeNote } from "./upgrade";

type Shown = "all" | "online" | "offline";
const SHOWN: [Shown, string][] = [
  ["all", "All"],
  ["online", "Online"],
  ["offline", "Offline"],
];
const GROUPED = "ardexa:fleet-grouped";
/** Most rows rendered; the filter finds the others. */
const MOST_ROWS = 300;

export function fleetView(section: HTMLElement, app: App): View {
  render(<FleetView app={app} />, section);
  return {};
}

function FleetView({ app }: { app: App }) {
  const { fleet, toasts } = app;
  const typed = useSignal("");
  const state = useSignal<Shown>("all");
  const sort = useSignal<Sort>({ key: "added", isDown: false });
  const isGrouped = useSignal(recallLong<boolean>(GROUPED) ?? false);
  const [renamed, rename] = useState<Device | undefined>(undefined);
  const [isUpgrading, setUpgrading] = useState(false);
  const filter = useRef<HTMLInputElement>(null);

  const devices = fleet.list.value;
  const isShown = (device: Device) =>
    (state.value === "all" || device.online === (state.value === "online")) && matches(device, typed.value);
  const matching = sorted(devices.filter(isShown), sort.value);
  const shown = matching.slice(0, MOST_ROWS);
  const groups = isGrouped.value
    ? sites(devices)
        .map(({ name, devices: members }) => ({ name, devices: shown.filter((device) => members.includes(device)) }))
        .filter(({ devices }) => devices.length > 0)
    : [{ name: "", devices: shown }];
  const count = (name: Shown) =>
    name === "all" ? devices.length : devices.filter(({ online }) => online === (name === "online")).length;
  const chosen = fleet.selected.value.size;

  function remove(ids: string[]): void {
    const [first] = ids;
    const text =
      ids.length === 1 && first !== undefined
        ? `${fleet.nameOf(first)} removed from this page.`
        : `${plural(ids.length, "device")} removed from this page.`;
    toasts.show(text, { undo: fleet.remove(ids) });
    filter.current?.focus();
  }
  const escape = () => {
    typed.value = "";
    filter.current?.focus();
  };
  const intoTable = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    document.querySelector<HTMLElement>(".fleet a.name")?.focus();
  };

  return (
    <>
      <h1 class="unseen">Fleet</h1>
      <div class="columns">
        <div class="list">
          <div class="toolbar">
            <input
              type="search"
              ref={filter}
              placeholder="Filter by name, ID or state"
              aria-label="Filter the fleet"
              value={typed.value}
              onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
              onKeyDown={intoTable}
            />
            <span class="chips" role="group" aria-label="State">
              {SHOWN.map(([name, title]) => (
                <button
                  key={name}
                  type="button"
                  class="chip"
                  aria-pressed={state.value === name}
                  onClick={() => (state.value = name)}
                >
                  {title} <span class="num">{whole(count(name))}</span>
                </button>
              ))}
            </span>
            <button
              type="button"
              class="chip"
              aria-pressed={isGrouped.value}
              onClick={() => storeLong(GROUPED, (isGrouped.value = !isGrouped.value))}
            >
              By site
            </button>
            <button type="button" onClick={app.addDevices}>
              Add devices…
            </button>
            <div class={`selection${chosen === 0 ? " is-empty" : ""}`} role="group" aria-label="Selection">
              <span class="num" role="status" aria-label="Selected">
                {chosen === 0 ? "None selected" : `${chosen} selected`}
              </span>
              <button type="button" class="primary" disabled={chosen === 0} onClick={() => go("shell")}>
                Run a command…
              </button>
              <button type="button" disabled={chosen === 0} onClick={() => setUpgrading(true)}>
                Upgrade…
              </button>
              <button
                type="button"
                disabled={chosen !== 1}
                onClick={() => rename(devices.find(({ id }) => fleet.selected.value.has(id)))}
              >
                Rename…
              </button>
              <button type="button" disabled={chosen === 0} onClick={() => remove([...fleet.selected.value])}>
                Remove
              </button>
              <button type="button" disabled={chosen === 0} onClick={() => (fleet.selected.value = new Set())}>
                Clear
              </button>
            </div>
          </div>
          <ListingNote app={app} />
          <UpgradeNote app={app} />
          <div class="scroll">
            {devices.length > 0 && (
              <DeviceTable
                app={app}
                sites={groups}
                isGrouped={isGrouped.value}
                sort={sort}
                onEscape={escape}
                onRename={rename}
                onRemove={remove}
              />
            )}
            {matching.length > shown.length && (
              <p class="empty">
                {plural(matching.length - shown.length, "more device")} not shown. Filter to find them.
              </p>
            )}
            {shown.length === 0 && <Empty app={app} hasDevices={devices.length > 0} />}
          </div>
        </div>
        <div class="aside">
          <h2>Activity</h2>
          <ActivityList app={app} />
        </div>
      </div>
      {renamed && <RenameDialog app={app} device={renamed} onClose={() => rename(undefined)} />}
      {isUpgrading && (
        <UpgradeMany
          app={app}
          devices={devices.filter(({ id }) => fleet.selected.value.has(id))}
          onClose={() => setUpgrading(false)}
        />
      )}
    </>
  );
}

function Empty({ app, hasDevices }: { app: App; hasDevices: boolean }) {
  if (hasDevices) return <p class="empty">No devices match. Clear the filter to see all of them.</p>;
  if (app.session.state.value.phase !== "connected")
    return <p class="empty">Not connected. Devices appear here once connected.</p>;
  return <NoDevices app={app} />;
}
