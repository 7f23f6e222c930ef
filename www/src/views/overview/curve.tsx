/** A small curve from zero. Where points are far apart it is broken: a gap is a gap. */
import { clock, span, value } from "../../words";
import type { Point } from "./watch";

const WIDTH = 280;
const HEIGHT = 56;
const GAP_FACTOR = 4;

export function Curve({ points, label }: { points: readonly Point[]; label: string }) {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first === last) return <p class="quiet">The curve begins with the first samples.</p>;
  const top = Math.max(...points.map(({ sum }) => sum), 1e-9);
  const steps = points.slice(1).map(({ ms }, n) => ms - points[n]!.ms).sort((a, b) => a - b);
  const usual = Math.max(1_000, steps[Math.floor(steps.length * 0.9)] ?? 1_000);
  const x = (ms: number) => ((ms - first.ms) / (last.ms - first.ms)) * WIDTH;
  const path = points.map(({ ms, sum }, n) => `${n === 0 || ms - points[n - 1]!.ms > usual * GAP_FACTOR ? "M" : "L"}${x(ms).toFixed(1)},${(HEIGHT - (sum / top) * (HEIGHT - 4)).toFixed(1)}`).join("");
  return (
    <svg class="curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${label}: ${span(last.ms - first.ms)} from ${clock(first.ms)}, at most ${value(top)}`}>
      <path d={path} fill="none" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
