// What the test finds in each framework's page.
import { ArdexaClient, init } from "ardexa-client";

export const told = { mounts: 0, renders: 0, shown: {} };
/** The page's client, once the test has made it. @type {{ client?: ArdexaClient }} */
export const held = {};

/** @param {(components: { name: string, request: import("ardexa-client").FeedRequest }[]) => void} show puts up these, and takes down the others */
export function offer(show) {
  globalThis.page = {
    told,
    async make(options) {
      await init();
      held.client = new ArdexaClient(options);
      return held.client;
    },
    show,
    text: (name) => document.getElementById(name)?.textContent,
  };
}
