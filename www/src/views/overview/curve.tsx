/** A small curve from zero, interrupted at gaps. */
import { short } from "../../figures";
import { clock, span } from "../../words";
import type { Point } from "./watch";

const WIDTH = 280;
const HEIGHT = 56;
const GAP_FACTOR = 4;

/** @param props.parts in order, each with its own step @param props.empty the text if there is no curve */
export function Curve({
  parts,
  label,
  unit,
  empty,
}: {
  parts: readonly (readonly Point[])[];
  label: string;
  unit: string;
  empty: string;
}) {
  const points = parts.flat();
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first === last) return <p class="no-curve quiet">{empty}</p>;
  const top = Math.max(...points.map(({ sum }) => sum), 1e-9);
  const most = short(top, unit);
  const at = ({ ms, sum }: Point) =>
    `${(((ms - first.ms) / (last.ms - first.ms)) * WIDTH).toFixed(1)},${(HEIGHT - (sum / top) * (HEIGHT - 4)).toFixed(1)}`;
  let before = first.ms;
  const lines = parts.flatMap((part) => {
    const longest = usualStep(part) * GAP_FACTOR;
    return part.map((point) => {
      const isBroken = point === first || point.ms - before > longest;
      before = point.ms;
      return `${isBroken ? "M" : "L"}${at(point)}`;
    });
  });
  return (
    <svg
      class="curve"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${span(last.ms - first.ms)} from ${clock(first.ms)}, peak ${most.text} ${most.unit}`}
    >
      <path d={lines.join("")} fill="none" vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function usualStep(points: readonly Point[]): number {
  const steps = points
    .slice(1)
    .map(({ ms }, n) => ms - points[n]!.ms)
    .sort((a, b) => a - b);
  return Math.max(1_000, steps[Math.floor(steps.length * 0.9)] ?? 1_000);
}
