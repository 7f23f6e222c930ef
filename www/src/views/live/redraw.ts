/**
 * Draws what is asked for at most once per animation frame, and so that drawing takes no more than a part of the time:
 * after a frame that cost 10 ms, the next comes 40 ms later. What comes meanwhile is drawn together. Who moves the
 * charts with their own hand is not held back so.
 */

const DRAWING_SHARE = 0.2;
/** One frame draws no longer than this; the rest has its turn in the next. */
const FRAME_MS = 8;

export interface Drawn { draw(): void }

const waiting = new Set<Drawn>();
let planned = false;
let notBefore = 0;

export function redraw(what: Drawn): void {
  waiting.add(what);
  plan();
}

/** The next frame draws, whatever the last one cost. */
export function hurry(): void {
  notBefore = 0;
}

export const forget = (what: Drawn) => void waiting.delete(what);

function plan(): void {
  if (planned) return;
  planned = true;
  requestAnimationFrame(frame);
}

function frame(): void {
  planned = false;
  const started = performance.now();
  if (started < notBefore) return plan();
  let now = started;
  for (const what of waiting) {
    waiting.delete(what);
    what.draw();
    now = performance.now();
    if (now - started > FRAME_MS) break;
  }
  notBefore = now + (now - started) * (1 / DRAWING_SHARE - 1);
  if (waiting.size > 0) plan();
}
