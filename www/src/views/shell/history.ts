/** The command history of this tab, for the arrow keys. */
import { recall, store } from "../../model/memory";

const KEY = "ardexa:history";
const KEPT = 200;

export class History {
  #lines = recall<string[]>(KEY) ?? [];
  #at = this.#lines.length;
  #draft = "";

  add(line: string): void {
    if (this.#lines.at(-1) !== line) this.#lines.push(line);
    this.#lines = this.#lines.slice(-KEPT);
    this.#at = this.#lines.length;
    store(KEY, this.#lines);
  }

  /** @param step -1 for older @param now the current text of the box */
  move(step: -1 | 1, now: string): string {
    if (this.#at === this.#lines.length) this.#draft = now;
    this.#at = Math.max(0, Math.min(this.#lines.length, this.#at + step));
    return this.#lines[this.#at] ?? this.#draft;
  }
}
