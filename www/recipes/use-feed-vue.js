// A live feed in a Vue component; with follow-feed.js beside it:
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
// Components that ask for the same feed share one at the cloud. The last one that goes ends it there.
import { shallowRef, toValue, watch } from "vue";
import { followFeed } from "./follow-feed.js";

/**
 * The newest sample of a feed, the last gap, and the error if there is no feed, as a ref. It changes at most once per
 * frame, however many samples come. It is shallow, as whatever holds a client, a feed or a series should be: they are
 * no data for Vue to look into.
 * @param {import("ardexa-client").ArdexaClient} client
 * @param {import("vue").MaybeRefOrGetter<import("ardexa-client").FeedRequest>} request another feed takes the place of the last
 */
export function useFeed(client, request) {
  const state = shallowRef(/** @type {import("./follow-feed.js").FeedState} */ ({}));
  const parts = /** @type {const} */ (["deviceId", "table", "source", "field"]);
  watch(
    parts.map((part) => () => toValue(request)[part]),
    (_parts, _before, onCleanup) => {
      state.value = {}; // nothing of another device's
      onCleanup(followFeed(client, toValue(request), (next) => (state.value = next)));
    },
    { immediate: true },
  );
  return state;
}
