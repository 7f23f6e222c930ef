// Components with the rune `useFeed`, put up and taken down by the test.
import { mount } from "svelte";
import { writable } from "svelte/store";
import { ArdexaClient, init } from "ardexa-client";
import Board from "./Board.svelte";

const told = { renders: 0, shown: {} };
const components = writable([]);
let client;

mount(Board, { target: document.getElementById("root"), props: { components }, context: new Map([["page", () => ({ client, told })]]) });

globalThis.page = {
  told,
  async make(options) {
    await init();
    client = new ArdexaClient(options);
    return client;
  },
  show: (next) => components.set(next),
  text: (name) => document.getElementById(name)?.textContent,
};
