/** Number formats that the first view does not need: measured values, exact times, sizes. */
import { CLOCK, span } from "./words";

/** A duration: 12 ms, 3.4 s. */
export const took = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : span(ms));

const UTC = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC",
});
export const clockMs = (ms: number) => `${CLOCK.format(ms)}.${String(Math.floor(ms) % 1_000).padStart(3, "0")}`;
export const utc = (ms: number) => `${UTC.format(ms)} UTC`;

function decimalsOf(size: number): number {
  if (size >= 1_000) return 1;
  return size >= 1 ? 2 : 4;
}

const FORMATS = new Map<number, Intl.NumberFormat>();
/** A measured value with its significant digits, and no fewer decimals than before, so that it does not jump. */
export function value(number: number, atLeast = 0): string {
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return number.toExponential(2);
  const digits = Number.isInteger(number) ? 0 : decimalsOf(size);
  const key = digits * 8 + Math.min(atLeast, digits || atLeast);
  let format = FORMATS.get(key);
  if (!format) {
    const minimumFractionDigits = Math.min(atLeast, digits || atLeast);
    FORMATS.set(
      key,
      (format = new Intl.NumberFormat(undefined, {
        minimumFractionDigits,
        maximumFractionDigits: Math.max(digits, minimumFractionDigits),
      })),
    );
  }
  return format.format(number);
}

/** Units that take an SI prefix, with their current prefix. */
const SCALED = /^([kMGT]?)(W|Wh|VA|VAh|var|varh|V|A|J|Hz)$/;
const PREFIXES = ["", "k", "M", "G", "T"];

/** The prefix that keeps a value short: the divisor and the unit. */
export function prefixFor(largest: number, unit: string): { divisor: number; unit: string } {
  const [, prefix = "", base] = SCALED.exec(unit) ?? [];
  if (base === undefined || largest < 10_000) return { divisor: 1, unit };
  const known = PREFIXES.indexOf(prefix);
  const by = Math.min(PREFIXES.length - 1 - known, Math.floor(Math.log10(largest) / 3));
  return { divisor: 1_000 ** by, unit: `${PREFIXES[known + by]}${base}` };
}

/** A value and its unit in four digits: 9,870 W, 58.00 kW, 520.4 kW, 1.234 MW. */
export function short(number: number, unit: string): { text: string; unit: string } {
  const { divisor, unit: shown } = prefixFor(Math.abs(number), unit);
  if (divisor === 1) return { text: value(number), unit: shown };
  const scaled = number / divisor;
  return {
    text: scaled.toLocaleString(undefined, { minimumSignificantDigits: 4, maximumSignificantDigits: 4 }),
    unit: shown,
  };
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} KB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}
