// Components with the composable `useFeed`, put up and taken down by the test.
import { createApp, h, shallowRef } from "vue";
import { ArdexaClient, init } from "ardexa-client";
import Power from "./Power.vue";

const told = { renders: 0, shown: {} };
const components = shallowRef([]);
let client;

createApp({ setup: () => () => components.value.map((one) => h(Power, { key: one.name, client, told, ...one })) }).mount("#root");

globalThis.page = {
  told,
  async make(options) {
    await init();
    client = new ArdexaClient(options);
    return client;
  },
  show: (next) => (components.value = next),
  text: (name) => document.getElementById(name)?.textContent,
};
