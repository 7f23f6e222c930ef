// The interface between the test and each framework's page.
import { ArdexaClient, init } from "ardexa-client";

/** Counts of mounts and renders, and by name what each component shows. */
export const record = {
  mounts: 0,
  renders: 0,
  /** @type {Record<string, import("../../../www/recipes/follow-feed.js").FeedState>} */
  shown: {},
};
/** The page's client, once the test has created it. @type {{ client?: ArdexaClient }} */
export const held = {};

/**
 * @typedef {{ name: string, request: import("ardexa-client").FeedRequest }} ComponentProps
 * @typedef {object} RecipePage
 * @property {typeof record} record
 * @property {(options: import("ardexa-client").ClientOptions) => Promise<ArdexaClient>} make
 * @property {(components: ComponentProps[]) => void} show mounts these and unmounts the others
 * @property {(name: string) => string | undefined} text
 */

/** @param {RecipePage["show"]} show */
export function offer(show) {
  globalThis.page = {
    record,
    async make(options) {
      await init();
      held.client = new ArdexaClient(options);
      return held.client;
    },
    show,
    text: (name) => document.getElementById(name)?.textContent,
  };
}
