/** The devices beside the views: one of them is what the view is about. On small screens it is a sheet. */
import type { App } from "../app";
import { oncePerFrame } from "../signals";
import { arrowKeys, h, setText } from "../dom";
import { matches } from "../model/fleet";
import type { Device } from "../model/fleet";
import { linkTo, place } from "../model/route";
import { stateMark } from "./marks";

export function rail(aside: HTMLElement, app: App): { open(): void } {
  const { fleet } = app;
  const filter = h("input", { type: "search", placeholder: "Filter devices", "aria-label": "Filter devices", oninput: () => update() });
  const list = h("ul", { class: "devices" });
  const empty = h("p", { class: "empty" });
  const typed = h("input", { type: "text", placeholder: "Device ID", "aria-label": "Device ID", spellcheck: false });
  const form = h("form", { class: "row" }, typed, h("button", { type: "submit" }, "Add"));
  aside.append(filter, empty, list, form);
  arrowKeys(list, () => [...list.querySelectorAll<HTMLElement>("a")].filter((link) => link.checkVisibility()));
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    // What was typed just now counts, though no frame has been drawn since.
    refresh();
    const first = [...list.querySelectorAll<HTMLElement>("a")].find((link) => link.checkVisibility());
    event.preventDefault();
    first?.focus();
    if (event.key === "Enter") first?.click();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = typed.value.trim();
    if (!id) return;
    fleet.note({ id });
    typed.value = "";
    location.hash = linkTo(place.value.view, id);
  });

  const rows = new Map<string, { row: HTMLLIElement; link: HTMLAnchorElement; name: HTMLElement; mark: ReturnType<typeof stateMark> }>();

  function rowOf(device: Device) {
    const name = h("span", { class: "name" });
    const mark = stateMark({ short: true });
    const link = h("a", { href: "#", onclick: () => aside.classList.remove("is-open") }, mark.element, name);
    const row = h("li", {}, link);
    list.append(row);
    const made = { row, link, name, mark };
    rows.set(device.id, made);
    return made;
  }

  const refresh = () => {
    let shown = 0;
    for (const device of fleet.devices.values()) {
      const { row, link, name, mark } = rows.get(device.id) ?? rowOf(device);
      setText(name, device.name ?? device.id);
      link.title = device.name ? `${device.name}\n${device.id}` : device.id;
      mark.set(device.online);
      row.hidden = !matches(device, filter.value.trim());
      if (!row.hidden) shown++;
      link.href = linkTo(place.value.view, device.id);
      if (device.id === fleet.current.value) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const [id, { row }] of rows) {
      if (fleet.devices.has(id)) continue;
      row.remove();
      rows.delete(id);
    }
    empty.hidden = shown > 0;
    setText(empty, fleet.devices.size === 0 ? "No device has been heard of yet. They appear when their state changes; or add one by its ID." : "No device matches.");
  };
  const update = oncePerFrame(refresh);
  fleet.changed.on(update);
  fleet.current.subscribe(update);
  place.subscribe(update);

  const menu = () => document.querySelector<HTMLElement>(".menu");
  document.addEventListener("pointerdown", ({ target }) => {
    if (!aside.contains(target as Node) && !menu()?.contains(target as Node)) aside.classList.remove("is-open");
  });
  aside.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !aside.classList.contains("is-open")) return;
    aside.classList.remove("is-open");
    menu()?.focus();
  });
  return {
    open() {
      if (aside.classList.toggle("is-open")) filter.focus();
    },
  };
}
