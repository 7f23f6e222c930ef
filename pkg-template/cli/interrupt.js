// Ctrl-C, SIGTERM and a closed terminal: the first ends the command cleanly, the second immediately.

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** @returns {{ signal: AbortSignal, exitCode: () => number | undefined }} */
export function listenForInterrupts() {
  const controller = new AbortController();
  /** @type {number | undefined} */
  let exitCode;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (exitCode !== undefined) process.exit(code);
      exitCode = code;
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}

/**
 * Settles like `work`, or resolves to undefined if `signal` fires.
 * @template T @param {AbortSignal} signal @param {Promise<T>} work @returns {Promise<T | undefined>}
 */
export function unless(signal, work) {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
