// A live feed in a React component; needs follow-feed.js next to it:
//
//   const client = new ArdexaClient({ url, workgroup, token }); // outside of components, after `await init()`
//   client.connect().catch(() => {});
//
//   function Power({ deviceId }) {
//     const { sample, error, gap } = useFeed(client, { deviceId, table: "solar", source: "inverter-01", field: "AC Power" });
//     return error ? <p>{error.message}</p> : <p>{sample ? `${sample.value} W` : "…"}</p>;
//   }
//
// Components that ask for the same feed share one at the cloud. It ends when the last one unmounts.
import { useEffect, useState } from "react";
import { followFeed } from "./follow-feed.js";

/** @type {import("./follow-feed.js").FeedState} */
const NOTHING = {};

/**
 * The newest sample of a feed, the last gap, and the error if there is no feed. It renders at most once per frame,
 * however many samples arrive. To see every sample, call `client.feed(request, listener)` in your own effect; for a
 * chart, `client.series`.
 * @param {import("ardexa-client").ArdexaClient} client
 * @param {import("ardexa-client").FeedRequest} request may be a new object each time; compared by its strings
 */
export function useFeed(client, { deviceId, table, source, field }) {
  const [state, setState] = useState(NOTHING);

  useEffect(() => {
    setState(NOTHING); // do not show the previous feed's data
    return followFeed(client, { deviceId, table, source, field }, setState);
  }, [client, deviceId, table, source, field]);

  return state;
}
