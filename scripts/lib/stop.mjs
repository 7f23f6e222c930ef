// Ending by Ctrl-C without leaving anything behind.

/**
 * Resolves at the first signal to end; a second one ends at once, for a close that hangs.
 * @returns {Promise<void>}
 */
export function untilStopped() {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(130);
      asked = true;
      resolve();
    };
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, stop);
  });
}

/**
 * The port that `--port 9000` or `--port=9000` names.
 * @param {string[]} words
 * @returns {number | undefined} NaN where it is no number
 */
export function portFrom(words) {
  const at = words.findIndex((word) => word === "--port" || word.startsWith("--port="));
  if (at < 0) return undefined;
  const text = words[at].includes("=") ? words[at].slice("--port=".length) : words[at + 1];
  return /^\d{1,5}$/.test(text ?? "") ? Number(text) : Number.NaN;
}
