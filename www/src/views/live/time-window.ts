/** The stretch of time that all charts show: the newest of it, or one that someone has chosen. */
import { Emitter } from "../../signals";

const MIN_SPAN_MS = 200;
const MAX_SPAN_MS = 7 * 86_400_000;
/** Samples whose clock is so far from this one's are shown by their own. */
const MAX_SKEW_MS = 5_000;

export class TimeWindow {
  readonly changed = new Emitter<void>();
  spanMs = 60_000;
  #chosen: { from: number; to: number } | undefined;
  #paused = false;
  #skewMs = 0;

  /** Whether it follows the newest samples. */
  get isLive(): boolean {
    return this.#chosen === undefined;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  range(): { from: number; to: number } {
    if (this.#chosen) return this.#chosen;
    const to = this.now();
    return { from: to - this.spanMs, to };
  }

  /** The present, by the devices' clock. */
  now(): number {
    return Date.now() + this.#skewMs;
  }

  /** A sample has come: the devices' clock need not be this computer's. */
  heard(timeMs: number): void {
    const skew = timeMs - Date.now();
    this.#skewMs = Math.abs(skew) < MAX_SKEW_MS ? 0 : skew;
  }

  setSpan(ms: number): void {
    this.spanMs = ms;
    if (this.#chosen) {
      const { to } = this.#chosen;
      this.#chosen = { from: to - ms, to };
    }
    this.changed.emit();
  }

  choose(from: number, to: number): void {
    const span = Math.min(Math.max(to - from, MIN_SPAN_MS), MAX_SPAN_MS);
    // Whole milliseconds: what is between them is no time that a label could tell.
    this.#chosen = { from: Math.round(from), to: Math.round(from + span) };
    this.changed.emit();
  }

  /** @param part of the width; positive is later */
  pan(part: number): void {
    const { from, to } = this.range();
    const by = (to - from) * part;
    this.choose(from + by, to + by);
  }

  /** @param factor below 1 looks closer @param at where the view stays, 0 to 1 of the width */
  zoom(factor: number, at = 0.5): void {
    const { from, to } = this.range();
    if (this.isLive) {
      this.setSpan(Math.min(Math.max(this.spanMs * factor, 1_000), MAX_SPAN_MS));
      return;
    }
    const fixed = from + (to - from) * at;
    this.choose(fixed - (fixed - from) * factor, fixed + (to - fixed) * factor);
  }

  pause(on: boolean): void {
    this.#paused = on;
    if (on) this.#chosen ??= this.range();
    else this.#chosen = undefined;
    this.changed.emit();
  }

  live(): void {
    this.pause(false);
  }
}
