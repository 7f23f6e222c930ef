/** Keys for the whole page: `/` filters, `g` and a letter changes the view, `?` lists them. */
import { freshId, h } from "../dom";
import { go, place, VIEWS } from "../model/route";
import type { ViewName } from "../model/route";
import { capital } from "../words";

const CHORD_MS = 1_500;
const LIST: [string, string][] = [
  ["/", "Filter what is shown"],
  ...VIEWS.map((view): [string, string] => [`g ${view[0]}`, capital(view)]),
  ["↑ ↓", "Move in lists"],
  ["Enter", "Open or run"],
  ["Space", "Tick a device; pause the charts"],
  ["← → + − 0", "Pan, zoom, and back to live, on a chart"],
  ["Esc", "Back out; stop waiting for a command"],
  ["Esc Tab", "Leave the editor"],
  ["?", "This list"],
];

const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, .xterm *"));

export function keyboard(): { openList(): void } {
  const title = h("h2", { id: freshId("title") }, "Keyboard");
  const close = h("button", { type: "button", class: "primary", onclick: () => dialog.close() }, "Close");
  const list = h("dl", { class: "keys" }, ...LIST.map(([keys, what]) => h("div", {}, h("dt", {}, ...keys.split(" ").map((key) => h("kbd", {}, key))), h("dd", {}, what))));
  const dialog = h("dialog", { "aria-labelledby": title.id }, title, list, h("div", { class: "actions" }, h("span", { class: "spring" }), close));
  document.body.append(dialog);
  const openList = () => {
    if (!dialog.open) dialog.showModal();
    close.focus();
  };

  let chordAt = -Infinity;
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Escape" && target instanceof HTMLInputElement && target.type === "search") {
      if (target.value === "") target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(target) || document.querySelector("dialog:modal")) return;
    if (performance.now() - chordAt < CHORD_MS) {
      chordAt = -Infinity;
      const view = VIEWS.find((name: ViewName) => name.startsWith(key.toLowerCase()));
      if (view) {
        event.preventDefault();
        go(view, place.value.device);
      }
      return;
    }
    if (key === "g") chordAt = performance.now();
    else if (key === "?") openList();
    else if (key === "/") {
      const filter = [...document.querySelectorAll<HTMLInputElement>("main section:not([hidden]) input[type=search], .rail input[type=search]")].find((box) => box.checkVisibility({ visibilityProperty: true }));
      if (!filter) return;
      event.preventDefault();
      filter.focus();
      filter.select();
    }
  });
  return { openList };
}
