// The progress bar, on stderr where that is a terminal. `cli-progress` would bring five packages for these lines.

const WIDTH = 24;
const EVERY_MS = 200;

/** @param {import("./output.js").Output} output @param {number} total */
export function progressBar(output, total) {
  const { stderr } = output;
  if (!output.canDraw(stderr)) return undefined;
  const started = Date.now();
  let done = 0;
  let failed = 0;
  const draw = () => {
    const full = Math.floor((done / total) * WIDTH);
    const bar = output.style(stderr, "32", "█".repeat(full)) + "░".repeat(WIDTH - full);
    const bad = failed ? output.style(stderr, "31", `  ${failed} failed`) : "";
    output.draw(stderr, [`${bar} ${done}/${total}${bad}  ${((Date.now() - started) / 1000).toFixed(1)} s`]);
  };
  const timer = setInterval(draw, EVERY_MS);
  draw();
  return {
    /** @param {boolean} good */
    step(good) {
      done++;
      if (!good) failed++;
      draw();
    },
    end() {
      clearInterval(timer);
      output.endBlock();
    },
  };
}
