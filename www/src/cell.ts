/** A value that can be watched, and a list of listeners: all the reactivity that this page needs. */

export class Signal<T> {
  #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}

export class Cell<T> {
  #value: T;
  #changes = new Signal<T>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#changes.emit(value);
  }

  /** Calls back now, and on every change. */
  watch(listener: (value: T) => void): () => void {
    listener(this.#value);
    return this.#changes.on(listener);
  }
}

/** Runs `act` at most once per animation frame, however often it is asked for. */
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

/** A tick that all clocks on the page share, a few times a second and only while someone can see it. */
export const tick = new Signal<number>();
setInterval(() => {
  if (!document.hidden) tick.emit(Date.now());
}, 250);
