/** The list of devices next to the views, which show the current one. A sheet on small screens. */
import "./sidebar.css";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "../app";
import { matches, nameOf } from "../model/fleet";
import type { Device } from "../model/fleet";
import { linkTo, place } from "../model/route";
import { plural } from "../words";
import { StateMark } from "./mark";
import { NO_DEVICES } from "./no-device";
import { isPlain, itemAfter } from "./roving";

/** Most items rendered; the filter finds the others. */
const MOST_ITEMS = 500;

interface Props {
  app: App;
  isOpen: boolean;
  onClose(): void;
  onAdd(): void;
}

export function Sidebar({ app: { fleet }, isOpen, onClose, onAdd }: Props) {
  const typed = useSignal("");
  const aside = useRef<HTMLElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const matching = fleet.list.value.filter((device) => matches(device, typed.value));
  const shown = matching.slice(0, MOST_ITEMS);
  const current = fleet.current.value;
  const stop = shown.some(({ id }) => id === current) ? current : shown[0]?.id;
  const links = () => [...(aside.current?.querySelectorAll<HTMLAnchorElement>(".devices a") ?? [])];

  // Before the next key press, so that Escape closes the sheet.
  useLayoutEffect(() => {
    if (!isOpen) return;
    filter.current?.focus();
    const away = ({ target }: PointerEvent) => {
      if (target instanceof Element && !aside.current?.contains(target) && !target.closest(".menu, dialog")) onClose();
    };
    const escaped = ({ key, target }: KeyboardEvent) => {
      if (key === "Escape" && target instanceof Node && !aside.current?.contains(target)) onClose();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escaped);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escaped);
    };
  }, [isOpen]);

  function onKeyDown(event: KeyboardEvent): void {
    if (!isPlain(event)) return;
    const isFilter = event.target === filter.current;
    const all = links();
    const at = all.findIndex((link) => link === event.target);
    if (event.key === "Escape") {
      event.stopPropagation();
      if (typed.value !== "") {
        typed.value = "";
        filter.current?.focus();
      } else if (isOpen) {
        onClose();
        document.querySelector<HTMLElement>(".menu")?.focus();
      } else document.querySelector<HTMLElement>("main")?.focus();
      event.preventDefault();
    } else if (isFilter && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      all[0]?.focus();
      if (event.key === "Enter") all[0]?.click();
    } else if (at >= 0) {
      const next = itemAfter(all, at, event.key);
      if (!next) return;
      event.preventDefault();
      next.focus();
    }
  }

  return (
    <aside class={`sidebar${isOpen ? " is-open" : ""}`} aria-label="Devices" ref={aside} onKeyDown={onKeyDown}>
      <input
        type="search"
        ref={filter}
        placeholder="Filter devices"
        aria-label="Filter devices"
        value={typed.value}
        onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
      />
      {shown.length === 0 && <p class="empty">{fleet.list.value.length === 0 ? NO_DEVICES : "No devices match."}</p>}
      <ul class="devices">
        {shown.map((device) => (
          <Item
            key={device.id}
            device={device}
            isCurrent={device.id === current}
            isStop={device.id === stop}
            onChosen={onClose}
          />
        ))}
      </ul>
      {matching.length > shown.length && (
        <p class="empty">Filter to find {plural(matching.length - shown.length, "more device")}.</p>
      )}
      <div class="row">
        <button type="button" onClick={onAdd}>
          Add devices…
        </button>
      </div>
    </aside>
  );
}

function Item({
  device,
  isCurrent,
  isStop,
  onChosen,
}: {
  device: Device;
  isCurrent: boolean;
  isStop: boolean;
  onChosen(): void;
}) {
  const name = nameOf(device);
  return (
    <li>
      <a
        href={linkTo(place.value.view, device.id)}
        tabIndex={isStop ? 0 : -1}
        title={name === device.id ? name : `${name}\n${device.id}`}
        aria-current={isCurrent ? "true" : undefined}
        onClick={onChosen}
      >
        <StateMark device={device} isShort />
        <span class="name">{name}</span>
      </a>
    </li>
  );
}
