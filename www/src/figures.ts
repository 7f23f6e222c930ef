/** Figures as text that the first view does not need: measured values, exact times, sizes. */
import { CLOCK, span } from "./words";

/** How long an act took: 12 ms, 3.4 s. */
export const took = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : span(ms));

const UTC = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC" });
export const clockMs = (ms: number) => `${CLOCK.format(ms)}.${String(Math.floor(ms) % 1_000).padStart(3, "0")}`;
export const utc = (ms: number) => `${UTC.format(ms)} UTC`;

const FORMATS = new Map<number, Intl.NumberFormat>();
/** A measured value: as many digits as tell something, and as many as before, so that it does not twitch. */
export function value(number: number, atLeast = 0): string {
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return number.toExponential(2);
  const digits = Number.isInteger(number) ? 0 : size >= 1_000 ? 1 : size >= 1 ? 2 : 4;
  const key = digits * 8 + Math.min(atLeast, digits || atLeast);
  let format = FORMATS.get(key);
  if (!format) {
    const minimumFractionDigits = Math.min(atLeast, digits || atLeast);
    FORMATS.set(key, (format = new Intl.NumberFormat(undefined, { minimumFractionDigits, maximumFractionDigits: Math.max(digits, minimumFractionDigits) })));
  }
  return format.format(number);
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} KB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}
