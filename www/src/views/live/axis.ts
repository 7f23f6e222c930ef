/** Axis labels: exact times, and values with the unit and its prefix. */
import { prefixFor } from "../../figures";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const STEPS_MS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 7, 14].map((n) => n * DAY_MS),
];

/** At most `most` times in whole milliseconds, at even steps of the viewer's clock. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= most) ?? STEPS_MS.at(-1)!;
  const offset = new Date(from).getTimezoneOffset() * MINUTE_MS;
  const ticks: number[] = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) ticks.push(at);
  return ticks;
}

const SECOND = { minute: "2-digit", second: "2-digit" } as const;
const DAY_FORMAT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MINUTE_FORMAT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** Formats by the precision that the labels need, so that no two are equal. */
const LABEL = [
  ...(
    [
      [10, 3],
      [100, 2],
      [SECOND_MS, 1],
    ] as const
  ).map(([below, fractionalSecondDigits]) => ({
    below,
    format: new Intl.DateTimeFormat(undefined, { ...SECOND, fractionalSecondDigits }),
  })),
  { below: MINUTE_MS, format: new Intl.DateTimeFormat(undefined, { hour: "2-digit", ...SECOND, hourCycle: "h23" }) },
  { below: DAY_MS, format: MINUTE_FORMAT },
  { below: Infinity, format: DAY_FORMAT },
];

export function timeLabels(ticks: readonly number[], isCutOff: (tick: number) => boolean): string[] {
  const step = (ticks[1] ?? Infinity) - (ticks[0] ?? 0);
  const precision = precisionOf(step);
  const format = LABEL.find(({ below }) => precision < below)?.format ?? MINUTE_FORMAT;
  return ticks.map((tick) => {
    if (isCutOff(tick)) return "";
    const isMidnight = format === MINUTE_FORMAT && new Date(tick).getHours() + new Date(tick).getMinutes() === 0;
    return (isMidnight ? DAY_FORMAT : format).format(tick);
  });
}

/** The precision that the labels need: the step itself, or the digits of a second that it uses. */
function precisionOf(step: number): number {
  if (step % SECOND_MS === 0 || step === Infinity) return step;
  return [100, 10].find((part) => step % part === 0) ?? 1;
}

const FORMATS = new Map<number, Intl.NumberFormat>();

/** "88.5", with "kW" on the last: one prefix for the whole axis, as many digits as its steps need. */
export function valueLabels(ticks: readonly number[], unit: string): string[] {
  const { divisor, unit: shown } = prefixFor(Math.max(0, ...ticks.map(Math.abs)), unit);
  const step = ((ticks[1] ?? 1) - (ticks[0] ?? 0)) / divisor;
  const digits = Math.min(8, (String(Number(step.toPrecision(6))).split(".")[1] ?? "").length);
  let format = FORMATS.get(digits);
  if (!format)
    FORMATS.set(
      digits,
      (format = new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits })),
    );
  return ticks.map(
    (tick, n) => `${format.format(tick / divisor)}${n === ticks.length - 1 && shown ? ` ${shown}` : ""}`,
  );
}

/** Quantities whose axis starts at zero by default: power and energy. */
export const isFromZero = (unit: string) => /^[kMGT]?(W|Wh|VA|VAh|var|varh)$/.test(unit);

/** With a little space above and below; undefined if there is nothing to span. */
export function extent(
  columns: readonly { low: readonly (number | null | undefined)[]; high: readonly (number | null | undefined)[] }[],
  fromZero: boolean,
): { min: number; max: number } | undefined {
  let [min, max] = [Infinity, -Infinity];
  for (const { low, high } of columns) {
    for (const number of low) if (typeof number === "number" && number < min) min = number;
    for (const number of high) if (typeof number === "number" && number > max) max = number;
  }
  if (min > max) return undefined;
  if (fromZero) [min, max] = [Math.min(0, min), Math.max(0, max)];
  const air = (max - min) * 0.08 || Math.abs(max) * 0.05 || 1;
  // Zero stays the lower limit if no value is below it.
  const isAtZero = min >= 0 && (min < air || (fromZero && min === 0));
  return { min: isAtZero ? 0 : min - air, max: max + air };
}
