// Components with the composable `useFeed`, mounted and unmounted by the test.
import { createApp, h, shallowRef } from "vue";
import { held, offer, record } from "./page.js";
import Power from "./Power.vue";

const components = shallowRef([]);
const power = (one) => h(Power, { key: one.name, client: held.client, record, ...one });
createApp({ setup: () => () => components.value.map(power) }).mount("#root");
offer((next) => (components.value = next));
