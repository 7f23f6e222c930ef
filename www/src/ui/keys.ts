/** Page-wide shortcuts: `/` focuses the filter, `g` and a letter changes the view, `?` lists them (key-list.tsx). */
import { VIEWS, go, placeInAddress } from "../model/route";

const CHORD_MS = 1_500;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, .xterm *"));
const isVisible = (element: HTMLElement) => element.checkVisibility({ visibilityProperty: true });

/** Listens for the page's shortcuts; returns a function that stops listening. */
export function startKeys(openList: () => void): () => void {
  let chordAt = -Infinity;
  function onKey(event: KeyboardEvent): void {
    const { key, target } = event;
    if (key === "Escape" && target instanceof HTMLInputElement && target.type === "search") {
      // The first Escape clears the box (by the browser); in an empty box it returns the focus to the view.
      if (target.value === "") document.querySelector<HTMLElement>("main")?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target) || document.querySelector("dialog:modal"))
      return;
    // The times of pressing: a busy page may handle the second key much later.
    if (event.timeStamp - chordAt < CHORD_MS) {
      chordAt = -Infinity;
      const view = VIEWS.find((name) => name.startsWith(key.toLowerCase()));
      if (!view) return;
      event.preventDefault();
      go(view, placeInAddress().device);
      document.querySelector<HTMLElement>("main")?.focus();
    } else if (key === "g") chordAt = event.timeStamp;
    else if (key === "?") openList();
    else if (key === "/") {
      const boxes = (where: string) => [...document.querySelectorAll<HTMLInputElement>(`${where} input[type=search]`)];
      const filter = [...boxes("main"), ...boxes(".sidebar")].find(isVisible);
      if (!filter) return;
      event.preventDefault();
      filter.focus();
      filter.select();
    }
  }
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
