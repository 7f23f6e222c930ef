/** Short messages about completed actions, with an undo if possible. */
import { signal } from "@preact/signals";

export interface Toast {
  n: number;
  text: string;
  undo?: () => void;
}
const SHOWN_MS = 12_000;

export class Toasts {
  readonly list = signal<readonly Toast[]>([]);
  #count = 0;

  /** @param gone called once the undo is no longer available */
  show(text: string, { undo, gone }: { undo?: () => void; gone?: () => void } = {}): void {
    const n = ++this.#count;
    const drop = () => (this.list.value = this.list.peek().filter((toast) => toast.n !== n));
    const timer = setTimeout(() => {
      drop();
      gone?.();
    }, SHOWN_MS);
    const act =
      undo &&
      (() => {
        clearTimeout(timer);
        drop();
        undo();
      });
    this.list.value = [...this.list.peek(), { n, text, ...(act && { undo: act }) }];
  }
}
