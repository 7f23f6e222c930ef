/**
 * Draws at most once per animation frame, and limits drawing to a share of the time: after a frame that took 10 ms, the
 * next comes 40 ms later. Requests in between are drawn together. Drawing that the user causes by panning or zooming is
 * not delayed.
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

/** Draws in the next frame, whatever the last one cost. */
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
