// A live feed in a Vue component; needs follow-feed.js next to it:
//
//   const client = new ArdexaClient({ url, workgroup, token }); // outside of components, after `await init()`
//   client.connect().catch(() => {});
//
//   <script setup>
//   const { deviceId } = defineProps(["deviceId"]);
//   const power = useFeed(client, () => ({ deviceId, table: "solar", source: "inverter-01", field: "AC Power" }));
//   </script>
//   <template><p>{{ power.error?.message ?? power.sample?.value ?? "…" }}</p></template>
//
// Components that ask for the same feed share one at the cloud. It ends when the last one unmounts.
import { shallowRef, toValue, watch } from "vue";
import { followFeed } from "./follow-feed.js";

/**
 * The newest sample of a feed, the last gap, and the error if there is no feed, as a ref. It changes at most once per
 * frame, however many samples arrive. The ref is shallow, as any ref that holds a client, a feed or a series should be:
 * Vue must not make them reactive.
 * @param {import("ardexa-client").ArdexaClient} client
 * @param {import("vue").MaybeRefOrGetter<import("ardexa-client").FeedRequest>} request a new one replaces the feed
 */
export function useFeed(client, request) {
  const state = shallowRef(/** @type {import("./follow-feed.js").FeedState} */ ({}));
  const parts = /** @type {const} */ (["deviceId", "table", "source", "field"]);
  watch(
    parts.map((part) => () => toValue(request)[part]),
    (_parts, _before, onCleanup) => {
      state.value = {}; // do not show the previous feed's data
      onCleanup(followFeed(client, toValue(request), (next) => (state.value = next)));
    },
    { immediate: true },
  );
  return state;
}
