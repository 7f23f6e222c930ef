// A live feed in a Svelte 5 component; needs follow-feed.js next to it:
//
//   const client = new ArdexaClient({ url, workgroup, token }); // outside of components, after `await init()`
//   client.connect().catch(() => {});
//
//   <script>
//     const { deviceId } = $props();
//     const power = useFeed(client, () => ({ deviceId, table: "solar", source: "inverter-01", field: "AC Power" }));
//   </script>
//   <p>{power.current.error?.message ?? power.current.sample?.value ?? "…"}</p>
//
// Components that ask for the same feed share one at the cloud. It ends when the last one unmounts.
/// <reference types="svelte" />
import { followFeed } from "./follow-feed.js";

/**
 * The newest sample of a feed, the last gap, and the error if there is no feed, as `current`. It changes at most once
 * per frame, however many samples arrive.
 * @param {import("ardexa-client").ArdexaClient} client
 * @param {() => import("ardexa-client").FeedRequest} request compared by its strings; a new one replaces the feed
 */
export function useFeed(client, request) {
  const nothing = /** @type {import("./follow-feed.js").FeedState} */ ({});
  let current = $state.raw(nothing);
  const key = $derived(JSON.stringify(request()));

  $effect(() => {
    current = nothing; // do not show the previous feed's data
    return followFeed(client, JSON.parse(key), (state) => (current = state));
  });

  return {
    get current() {
      return current;
    },
  };
}
