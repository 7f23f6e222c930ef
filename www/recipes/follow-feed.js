// Follows the newest sample of a feed for display, without a framework. `use-feed.js` (React), `use-feed-vue.js` and
// `use-feed.svelte.js` are built on it: copy it along with the one you use.

/** After these errors a connection may come back, and the feed is then requested again. */
const WITHOUT_CONNECTION = ["not-connected", "disconnected", "closed"];

/** @typedef {{ sample?: import("ardexa-client").FeedSample, error?: import("ardexa-client").ArdexaError, gap?: import("ardexa-client").FeedGap }} FeedState */

/**
 * Reports the newest sample, the last gap, and the error if there is no feed. It waits for a connection, survives lost
 * ones, and calls `show` at most once per frame, however many samples arrive. On a server, where nothing is drawn, it
 * does nothing.
 * @param {import("ardexa-client").ArdexaClient} client
 * @param {import("ardexa-client").FeedRequest} request
 * @param {(state: FeedState) => void} show
 * @returns {() => void} stops following
 */
export function followFeed(client, { deviceId, table, source, field }, show) {
  if (typeof requestAnimationFrame !== "function") return () => {};
  const gone = new AbortController();
  const { signal } = gone;
  /** @type {import("ardexa-client").Feed | undefined} */
  let feed;
  /** @type {FeedState} */
  let state = {};
  let frame = 0;

  function change(/** @type {FeedState} */ part) {
    state = { ...state, ...part };
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      show(state);
    });
  }

  async function follow() {
    while (!signal.aborted) {
      // A component that unmounts in the same turn, as on React StrictMode's first mount, has sent nothing.
      await connection(client, signal);
      if (signal.aborted) return;
      try {
        feed = await client.feed(
          { deviceId, table, source, ...(field !== undefined && { field }) },
          { queue: 1, signal, onGap: (gap) => change({ gap }) },
        );
        if (signal.aborted) return void feed.stop(); // aborted just as the feed opened
        change({ error: undefined });
        for await (const sample of feed) change({ sample });
        if (client.state === "connected") return; // ended by stopAllFeeds(); after close(), connect() may follow
      } catch (error) {
        if (signal.aborted) return;
        change({ error });
        if (!WITHOUT_CONNECTION.includes(error.code)) return;
      }
    }
  }

  void follow();
  return () => {
    gone.abort();
    cancelAnimationFrame(frame);
    feed?.stop();
  };
}

/** Resolves on a connection, or on abort. */
function connection(/** @type {import("ardexa-client").ArdexaClient} */ client, /** @type {AbortSignal} */ signal) {
  return new Promise((resolve) => {
    const stop = client.on("connect", done);
    signal.addEventListener("abort", done);
    function done() {
      stop();
      signal.removeEventListener("abort", done);
      resolve(undefined);
    }
    if (client.state === "connected" || signal.aborted) done();
  });
}
