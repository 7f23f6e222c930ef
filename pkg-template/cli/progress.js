// The progress bar, on stderr if that is a terminal. `cli-progress` would add five packages to save these lines.

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
    const [count, bad] = [`${done}/${total}`, failed ? `  ${failed} failed` : ""];
    const time = `  ${((Date.now() - started) / 1000).toFixed(1)} s`;
    // On a narrow terminal the bar is shorter, so that no number is cut.
    const room = (stderr.columns || 80) - count.length - bad.length - time.length - 1;
    const width = Math.max(0, Math.min(WIDTH, room));
    const full = Math.floor((done / total) * width);
    const bar = width > 0 ? `${output.style(stderr, "32", "█".repeat(full))}${"░".repeat(width - full)} ` : "";
    output.draw(stderr, [`${bar}${count}${bad && output.style(stderr, "31", bad)}${time}`]);
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
