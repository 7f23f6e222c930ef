/** Finds which of several values of one kind deviates most from the others. */

/** Larger deviations are marked. */
export const FAR = 0.1;

export interface Compared {
  n: number;
  name: string;
  value: number | undefined;
}
/** `part`: the deviation from the median as a fraction of it; undefined if it cannot be computed. */
export interface Deviation extends Compared {
  part: number | undefined;
}

/** @param values in ascending order; without any, the median is NaN */
function medianOf(values: readonly number[]): number {
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

/** Largest deviation first; entries without a value last. */
export function byDeviation(all: readonly Compared[]): Deviation[] {
  const values = all.flatMap(({ value }) => (value === undefined ? [] : [value])).sort((a, b) => a - b);
  const median = medianOf(values);
  const partOf = (value: number | undefined) =>
    value === undefined || values.length < 2 || median === 0 ? undefined : (value - median) / Math.abs(median);
  const size = ({ part }: Deviation) => (part === undefined ? -1 : Math.abs(part));
  return all.map((one) => ({ ...one, part: partOf(one.value) })).sort((a, b) => size(b) - size(a) || a.n - b.n);
}
