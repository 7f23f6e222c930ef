// When a feed or a watch ends: by --count, by --for, by Ctrl-C, or because nobody reads any more.

/**
 * @param {import("./context.js").Context} context
 * @param {{ count?: number, for?: number }} options
 */
export function untilDone({ signal, output }, options) {
  let resolve;
  let left = options.count ?? Infinity;
  let timer;
  const end = {
    /** Resolves when it is over. @type {Promise<void>} */
    done: new Promise((settle) => (resolve = settle)),
    over: false,
    /** Whether it is over as it was meant to be. */
    intended: false,
    /** The time starts to run. */
    start() {
      if (options.for !== undefined && !end.over) timer = setTimeout(() => end.finish(), options.for);
    },
    /** Whether there is one more to give out. */
    take() {
      return !end.over && left-- > 0;
    },
    /** After what was taken has been given out. */
    took() {
      if (left <= 0) end.finish();
    },
    /** As it was meant to. */
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
