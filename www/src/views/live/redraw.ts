/**
 * Draws at most once per animation frame, and limits drawing to a share of the time: after a frame that took 10 ms, the
 * next is drawn 40 ms later. Requests in between are drawn together. Panning and zooming by the user are not delayed.
 */

const DRAWING_SHARE = 0.2;
/** Drawing budget of one frame; the rest is drawn in the next. */
const FRAME_MS = 8;

export interface Drawn {
  draw(): void;
}

const waiting = new Set<Drawn>();
let planned = false;
let notBefore = 0;

export function redraw(what: Drawn): void {
  waiting.add(what);
  plan();
}

/** Draws in the next frame, regardless of the cost of the last one. */
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
