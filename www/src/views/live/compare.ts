/** Which of several values of one kind deviates most from the others. */

/** A deviation that is worth a mark. */
export const FAR = 0.1;

export interface Compared { n: number; name: string; value: number | undefined }
/** `part`: how far above or below the median, as a part of it; undefined where that cannot be said. */
export interface Deviation extends Compared { part: number | undefined }

/** The most deviating first; what has no value last. */
export function byDeviation(all: readonly Compared[]): Deviation[] {
  const values = all.flatMap(({ value }) => (value === undefined ? [] : [value])).sort((a, b) => a - b);
  const middle = values.length >> 1;
  const median = values.length === 0 ? undefined : values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
  const partOf = (value: number | undefined) => (value === undefined || median === undefined || values.length < 2 || median === 0 ? undefined : (value - median) / Math.abs(median));
  const size = ({ part }: Deviation) => (part === undefined ? -1 : Math.abs(part));
  return all.map((one) => ({ ...one, part: partOf(one.value) })).sort((a, b) => size(b) - size(a) || a.n - b.n);
}
