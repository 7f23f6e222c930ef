// One connection for all tabs of a site, in a SharedWorker. This is the page's half:
//
//   const cloud = await connectShared({ url, workgroup, token: () => askForToken() });
//   const { stdout } = await cloud.call("cmd", deviceId, "uptime");
//   const feed = await cloud.feed({ deviceId, table, source }, (sample) => show(sample));
//   await feed.stop();
//   cloud.close();
//
// Values that cannot be posted between threads are not supported: no `signal`, no `onProgress`. If the browser has no
// SharedWorker (Chrome on Android has none), use the package's own `connect`.

/** Methods of the client that a tab may call. @typedef {"cmd" | "testConfig" | "applyConfig" | "applyYamlConfig" | "refreshMeta" | "doUpgrade" | "sendArdexactl" | "sendArdpkg" | "request"} Method */

/**
 * @param {object} options
 * @param {string} options.url
 * @param {string} options.workgroup
 * @param {() => string | Promise<string>} options.token called in one tab when the worker connects
 * @param {(event: string, payload: any) => void} [options.onEvent] every event of the client: `connect`,
 *   `disconnect`, `device:stateChange` and so on; and `lost` if the worker itself has ended
 */
export async function connectShared({ url, workgroup, token, onEvent = () => {} }) {
  const worker = new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name: "ardexa" });
  const { port } = worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const calls = new Map();
  /** @type {Map<number, { listener: (sample: any) => void, onGap?: (gap: any) => void, onEnd?: (error?: Error & { code?: string }) => void }>} */
  const feeds = new Map();
  let last = 0;

  /** @param {string} act @param {...unknown} args */
  function ask(act, ...args) {
    const id = ++last;
    return new Promise((resolve, reject) => {
      port.postMessage({ id, act, args }); // throws if an argument cannot be cloned
      calls.set(id, { resolve, reject });
    });
  }

  function lost(/** @type {string} */ why) {
    const error = Object.assign(new Error(why), { code: "disconnected" });
    for (const { reject } of calls.values()) reject(error);
    for (const { onEnd } of feeds.values()) onEnd?.(error);
    calls.clear();
    feeds.clear();
    onEvent("lost", { error });
  }

  const takes = {
    answer({ id, value, error }) {
      const call = calls.get(id);
      calls.delete(id);
      if (error) call?.reject(revived(error));
      else call?.resolve(value);
    },
    sample: ({ feed, sample }) => feeds.get(feed)?.listener(sample),
    gap: ({ feed, gap }) => feeds.get(feed)?.onGap?.(gap),
    end({ feed, error }) {
      const ended = feeds.get(feed);
      feeds.delete(feed);
      ended?.onEnd?.(error && revived(error));
    },
    event: ({ event, payload }) =>
      onEvent(event, payload.error ? { ...payload, error: revived(payload.error) } : payload),
    async token({ question }) {
      const answer = await Promise.resolve()
        .then(token)
        .then(
          (value) => ({ value }),
          (error) => ({ error: String(error?.message ?? error) }),
        );
      port.postMessage({ act: "token", args: [question, answer] });
    },
  };
  worker.onerror = () => lost("the SharedWorker could not be loaded");
  port.onmessage = ({ data }) => takes[data.what](data);

  // A port does not report that its other end has died, but a lock is released however its holder ends. The tab holds
  // one lock for its lifetime, and the worker waits for it; the worker holds another, which the tab waits for.
  const lock = `ardexa-tab-${crypto.randomUUID()}`;
  /** @type {() => void} */
  let letGo = () => {};
  await new Promise((held) => {
    void navigator.locks.request(lock, () => {
      held(undefined);
      return new Promise((resolve) => (letGo = () => resolve(undefined)));
    });
  });
  const watching = new AbortController();
  try {
    const { workerLock } = await ask("hello", { lock, url, workgroup });
    navigator.locks
      .request(workerLock, { signal: watching.signal }, () => lost("the SharedWorker has ended"))
      .catch(() => {});
    await ask("ready");
  } catch (error) {
    close();
    throw error;
  }

  function close() {
    watching.abort();
    letGo();
    port.close();
    for (const { reject } of calls.values()) reject(Object.assign(new Error("closed"), { code: "closed" }));
  }

  return {
    /** @param {Method} method @param {...unknown} args as the client's method takes them */
    call: (method, ...args) => ask("call", method, args),

    /**
     * @param {import("ardexa-client").FeedRequest} request
     * @param {(sample: import("ardexa-client").FeedSample) => void} listener
     * @param {{ onGap?: (gap: import("ardexa-client").FeedGap) => void, onEnd?: (error?: Error & { code?: string }) => void }} [options] `onEnd`: ended without `stop()`
     */
    async feed(request, listener, options) {
      const feed = ++last;
      feeds.set(feed, { listener, ...options });
      try {
        await ask("feed", feed, request);
      } catch (error) {
        feeds.delete(feed);
        throw error;
      }
      return {
        stop() {
          feeds.delete(feed);
          return ask("stop", feed);
        },
      };
    },

    /** Releases everything this tab holds, as closing the tab does. */
    close,
  };
}

/** Restores a posted error and its `code`. @param {{ message: string, code?: string, data?: unknown }} plain */
const revived = ({ message, ...more }) => Object.assign(new Error(message), { name: "ArdexaError" }, more);
