/** State lives in signals (@preact/signals); events go through an Emitter. */
import { signal } from "@preact/signals";

export class Emitter<T> {
  #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}

/** Runs `act` at most once per animation frame, however often it is called. */
export function oncePerFrame(act: () => void): () => void {
  let planned = false;
  return () => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      act();
    });
  };
}

/** Emits four times a second while the page is visible: for counters and measurements. */
export const tick = new Emitter<number>();
/** The time, updated once a second while the page is visible: for relative ages. */
export const now = signal(Date.now());

export function startClock(): void {
  let turn = 0;
  setInterval(() => {
    if (document.hidden) return;
    if (turn++ % 4 === 0) now.value = Date.now();
    tick.emit(Date.now());
  }, 250);
}
