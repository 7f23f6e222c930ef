// Clean shutdown on Ctrl-C.

/**
 * Resolves on the first termination signal. A second one exits immediately, in case closing hangs.
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
 * The port given as `--port 9000` or `--port=9000`.
 * @param {string[]} words
 * @returns {number | undefined} NaN if it is not a number
 */
export function portFrom(words) {
  const at = words.findIndex((word) => word === "--port" || word.startsWith("--port="));
  if (at < 0) return undefined;
  const text = words[at].includes("=") ? words[at].slice("--port=".length) : words[at + 1];
  return /^\d{1,5}$/.test(text ?? "") ? Number(text) : Number.NaN;
}
