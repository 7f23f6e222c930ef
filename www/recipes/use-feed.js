// A live feed in a React component:
//
//   const client = new ArdexaClient({ url, workgroup, token }); // outside of components, after `await init()`
//   client.connect().catch(() => {});
//
//   function Power({ deviceId }) {
//     const { sample, error, gap } = useFeed(client, { deviceId, table: "solar", source: "inverter-01", field: "AC Power" });
//     return error ? <p>{error.message}</p> : <p>{sample ? `${sample.value} W` : "…"}</p>;
//   }
//
// Components that ask for the same feed share one at the cloud. The last one that goes ends it there.
import { useEffect, useState } from "react";

/** After these there may be a connection again, and then the feed is asked for again. */
const WITHOUT_CONNECTION = ["not-connected", "disconnected", "closed"];

/** @type {{ sample?: import("ardexa-client").FeedSample, error?: Error, gap?: import("ardexa-client").FeedGap }} */
const NOTHING = {};

/**
 * The newest sample of a feed, the last gap, and the error where there is no feed. It waits for a connection, outlives
 * lost ones, and renders at most once per frame, however many samples come. To see every sample, use
 * `client.feed(request, listener)` in an effect of your own; for a chart, `client.series`.
 * @param {import("ardexa-client").ArdexaClient} client
 * @param {import("ardexa-client").FeedRequest} request may be a new object each time; its texts are compared
 */
export function useFeed(client, { deviceId, table, source, field }) {
  const [state, setState] = useState(NOTHING);

  useEffect(() => {
    const gone = new AbortController();
    const { signal } = gone;
    /** @type {import("ardexa-client").Feed | undefined} */
    let feed;
    let next = NOTHING;
    let frame = 0;

    function show(/** @type {typeof NOTHING} */ change) {
      next = { ...next, ...change };
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setState(next);
      });
    }

    async function follow() {
      while (!signal.aborted) {
        // StrictMode mounts, unmounts and mounts again in one go: the first time has gone by here, and sends nothing.
        await connection(client, signal);
        if (signal.aborted) return;
        try {
          feed = await client.feed(
            { deviceId, table, source, ...(field !== undefined && { field }) },
            { queue: 1, signal, onGap: (gap) => show({ gap }) },
          );
          if (signal.aborted) return void feed.stop(); // it was opened at the very moment
          show({ error: undefined });
          for await (const sample of feed) show({ sample });
          if (client.state === "connected") return; // by stopAllFeeds(); after close() there may be a connect()
        } catch (error) {
          if (signal.aborted) return;
          show({ error });
          if (!WITHOUT_CONNECTION.includes(error.code)) return;
        }
      }
    }

    setState(NOTHING); // nothing of another device's
    void follow();
    return () => {
      gone.abort();
      cancelAnimationFrame(frame);
      feed?.stop();
    };
  }, [client, deviceId, table, source, field]);

  return state;
}

/** Resolves when there is a connection, or when it is of no use any more. */
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
