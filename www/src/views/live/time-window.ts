/** The time range shared by all charts: the most recent data, or a range that the user has chosen. */
import { Emitter } from "../../signals";

const MIN_SPAN_MS = 200;
const MAX_SPAN_MS = 7 * 86_400_000;
/** If a device's clock is off by this much, its samples are shown by that clock. */
const MAX_SKEW_MS = 5_000;

export class TimeWindow {
  readonly changed = new Emitter<void>();
  spanMs = 60_000;
  #chosen: { from: number; to: number } | undefined;
  #paused = false;
  #skewMs = 0;

  /** Whether the range follows the newest samples. */
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

  /** The current time by the devices' clock. */
  now(): number {
    return Date.now() + this.#skewMs;
  }

  /** Called for each new sample: the devices' clock may differ from this computer's. */
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
    // Whole milliseconds, because labels show no fractions.
    this.#chosen = { from: Math.round(from), to: Math.round(from + span) };
    this.changed.emit();
  }

  /** @param fraction of the width; positive is later */
  pan(part: number): void {
    const { from, to } = this.range();
    const by = (to - from) * part;
    this.choose(from + by, to + by);
  }

  /** @param factor below 1 zooms in @param at the fixed point, 0 to 1 of the width */
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
