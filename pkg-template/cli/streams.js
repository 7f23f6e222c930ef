// Decides when a feed or a watch ends: by --count, --for or Ctrl-C, or because the reader has closed the pipe.

/**
 * @param {import("./context.js").Context} context
 * @param {{ count?: number, for?: number }} options
 */
export function untilDone({ signal, output }, options) {
  let resolve = () => {};
  let left = options.count ?? Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const end = {
    /** Resolves when it is over. @type {Promise<void>} */
    done: new Promise((settle) => (resolve = settle)),
    over: false,
    /** Whether it ended as intended. */
    intended: false,
    /** Starts the time limit. */
    start() {
      if (options.for !== undefined && !end.over) timer = setTimeout(() => end.finish(), options.for);
    },
    /** Whether one more may be written. */
    take() {
      return !end.over && left-- > 0;
    },
    /** To be called once the taken item has been written. */
    took() {
      if (left <= 0) end.finish();
    },
    /** Ends as intended. */
    finish() {
      end.intended = true;
      end.now();
    },
    now() {
      end.over = true;
      clearTimeout(timer);
      resolve();
    },
  };
  for (const one of [signal, output.closed]) {
    if (one.aborted) end.finish();
    one.addEventListener("abort", () => end.finish(), { once: true });
  }
  return end;
}
