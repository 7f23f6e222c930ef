/** The device table: sortable, optionally grouped by site; one tab stop, arrow keys between rows and their actions. */
import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { App } from "../../app";
import { nameOf, stateOf } from "../../model/fleet";
import type { Device } from "../../model/fleet";
import { go, linkTo } from "../../model/route";
import type { Site } from "../../model/sites";
import { StateMark } from "../../ui/mark";
import { isPlain, itemAfter } from "../../ui/roving";
import { Since } from "../../ui/since";
import { clock, plural } from "../../words";

export type SortKey = "added" | "name" | "state" | "since" | "seen";
export interface Sort {
  key: SortKey;
  isDown: boolean;
}

const COLUMNS: { key: SortKey; title: string; className: string }[] = [
  { key: "name", title: "Device", className: "device" },
  { key: "state", title: "State", className: "condition" },
  { key: "since", title: "Since", className: "since" },
  { key: "seen", title: "Last seen", className: "seen" },
];

const STATES = { offline: 0, unknown: 1, online: 2 };
const COMPARE: Record<SortKey, (a: Device, b: Device) => number> = {
  added: () => 0,
  name: (a, b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true }),
  state: (a, b) => STATES[stateOf(a)] - STATES[stateOf(b)],
  since: (a, b) => (a.changedMs ?? 0) - (b.changedMs ?? 0),
  seen: (a, b) => (a.lastSeenMs ?? 0) - (b.lastSeenMs ?? 0),
};

export function sorted(devices: readonly Device[], { key, isDown }: Sort): Device[] {
  return [...devices].sort((a, b) => COMPARE[key](a, b) * (isDown ? -1 : 1));
}

/** Clicking a column's head sorts by it, then reverses the order, then restores the original one. */
function nextSort({ key: before, isDown }: Sort, key: SortKey): Sort {
  const isDownFirst = key === "seen";
  if (before !== key) return { key, isDown: isDownFirst };
  if (isDown === isDownFirst) return { key, isDown: !isDown };
  return { key: "added", isDown: false };
}

interface Direction {
  label: "none" | "ascending" | "descending";
  arrow: string;
}
function directionOf({ key, isDown }: Sort, column: SortKey): Direction {
  if (key !== column) return { label: "none", arrow: "" };
  return isDown ? { label: "descending", arrow: " ↓" } : { label: "ascending", arrow: " ↑" };
}

interface TableProps {
  app: App;
  sites: Site[];
  isGrouped: boolean;
  sort: Signal<Sort>;
  onEscape(): void;
  onRename(device: Device): void;
  onRemove(ids: string[]): void;
}

export function DeviceTable({ app: { fleet }, sites, isGrouped, sort, onEscape, onRename, onRemove }: TableProps) {
  const stop = useSignal<string | undefined>(undefined);
  const table = useRef<HTMLTableElement>(null);
  const shown = sites.flatMap(({ devices }) => devices);
  const ids = shown.map(({ id }) => id);
  const tabStop = stop.value !== undefined && ids.includes(stop.value) ? stop.value : ids[0];
  const { selected } = fleet;
  const isAll = ids.length > 0 && ids.every((id) => selected.value.has(id));
  const isSome = !isAll && ids.some((id) => selected.value.has(id));

  function onKeyDown(event: KeyboardEvent): void {
    if (!isPlain(event) || !(event.target instanceof HTMLElement)) return;
    const row = event.target.closest<HTMLElement>("tr[data-id]");
    const device = row && fleet.devices.get(row.dataset["id"] ?? "");
    if (!row || !device) return;
    const act = {
      " ": () => fleet.select([device.id], !selected.value.has(device.id)),
      Delete: () => onRemove([device.id]),
      F2: () => onRename(device),
      Escape: onEscape,
    }[event.key];
    const names = [...(table.current?.querySelectorAll<HTMLElement>("tr[data-id] a.name") ?? [])];
    const parts = [...row.querySelectorAll<HTMLElement>("a, button, input")];
    const at = parts.indexOf(event.target);
    if (event.key === "ArrowRight") parts[Math.min(at + 1, parts.length - 1)]?.focus();
    else if (event.key === "ArrowLeft") parts[Math.max(at - 1, 0)]?.focus();
    else if (act && !(event.key === " " && event.target.matches("button, input"))) act();
    else {
      const next = itemAfter(
        names,
        names.findIndex((name) => row.contains(name)),
        event.key,
      );
      if (!next) return;
      next.focus();
    }
    event.preventDefault();
  }

  const order = (key: SortKey) => () => (sort.value = nextSort(sort.value, key));
  const rowOf = (device: Device) => (
    <Row
      key={device.id}
      device={device}
      isSelected={selected.value.has(device.id)}
      isStop={device.id === tabStop}
      onSelect={(on) => fleet.select([device.id], on)}
      onRename={() => onRename(device)}
      onRemove={() => onRemove([device.id])}
    />
  );
  return (
    <table
      class="fleet"
      aria-label="Devices"
      ref={table}
      onKeyDown={onKeyDown}
      onFocusIn={({ target }) =>
        (stop.value = (target as HTMLElement).closest<HTMLElement>("tr[data-id]")?.dataset["id"] ?? stop.value)
      }
    >
      <thead>
        <tr>
          <th scope="col" class="tick">
            <input
              type="checkbox"
              aria-label="Select all shown"
              checked={isAll}
              indeterminate={isSome}
              onChange={({ currentTarget }) => fleet.select(ids, currentTarget.checked)}
            />
          </th>
          {COLUMNS.map(({ key, title, className }) => (
            <th key={key} scope="col" class={className} aria-sort={directionOf(sort.value, key).label}>
              <button type="button" class="quiet sort" onClick={order(key)}>
                {title}
                <span aria-hidden="true">{directionOf(sort.value, key).arrow}</span>
              </button>
            </th>
          ))}
          <th scope="col" class="open">
            Actions
          </th>
        </tr>
      </thead>
      {isGrouped ? (
        sites.map(({ name, devices }) => (
          <tbody key={name}>
            <tr class="site">
              <th scope="rowgroup" colSpan={6}>
                {name} <span class="num quiet">{siteCount(devices)}</span>
              </th>
            </tr>
            {devices.map(rowOf)}
          </tbody>
        ))
      ) : (
        <tbody>{shown.map(rowOf)}</tbody>
      )}
    </table>
  );
}

function siteCount(devices: readonly Device[]): string {
  const offline = devices.filter(({ online }) => online === false).length;
  return `${plural(devices.length, "device")}${offline > 0 ? `, ${offline} offline` : ""}`;
}

interface RowProps {
  device: Device;
  isSelected: boolean;
  isStop: boolean;
  onSelect(on: boolean): void;
  onRename(): void;
  onRemove(): void;
}

function Row({ device, isSelected, isStop, onSelect, onRename, onRemove }: RowProps) {
  const name = nameOf(device);
  const action = (sign: string, text: string, act: () => void) => (
    <button type="button" class="icon" tabIndex={-1} aria-label={`${text} ${name}`} title={text} onClick={act}>
      {sign}
    </button>
  );
  const link = (view: "live" | "shell" | "config", text: string) => (
    <a href={linkTo(view, device.id)} tabIndex={-1} aria-label={`${text} of ${name}`}>
      {text}
    </a>
  );
  return (
    <tr data-id={device.id} class={isSelected ? "is-selected" : ""}>
      <td class="tick">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select ${name}`}
          checked={isSelected}
          onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
        />
      </td>
      <td class="device">
        <a
          class="name"
          href={linkTo("live", device.id)}
          tabIndex={isStop ? 0 : -1}
          title={name}
          onKeyDown={(event) => event.key === "Enter" && go("live", device.id)}
        >
          {name}
        </a>
        <small class="mono">{name === device.id ? "" : device.id}</small>
      </td>
      <td class="condition">
        <StateMark device={device} />
      </td>
      <td class="num since">
        <Since device={device} />
      </td>
      <td class="num seen">
        <LastSeen device={device} />
      </td>
      <td class="open">
        <span>
          {link("live", "Live")}
          {link("shell", "Shell")}
          {link("config", "Config")}
          {action("✎", "Rename", onRename)}
          {action("×", "Remove", onRemove)}
        </span>
      </td>
    </tr>
  );
}

function LastSeen({ device: { online, lastSeenMs } }: { device: Device }) {
  if (online) return <>now</>;
  return <>{lastSeenMs === undefined ? "–" : clock(lastSeenMs)}</>;
}
