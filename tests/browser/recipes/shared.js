// A tab that uses the recipe's shared connection, controlled by the test.
import { connectShared } from "../../../www/recipes/shared-connection/client.js";

/** What the tab was notified of; `samples` by the name of their feed. */
const record = {
  /** @type {Record<string, string[]>} */
  samples: {},
  /** @type {{ event: string, payload: any }[]} */
  events: [],
  /** @type {{ name: string, code?: string }[]} */
  ends: [],
  /** @type {import("ardexa-client").FeedGap[]} */
  gaps: [],
  tokensAsked: 0,
};
/** @type {Record<string, Awaited<ReturnType<Shared["feed"]>>>} */
const feeds = {};
/** @typedef {Awaited<ReturnType<typeof connectShared>>} Shared */
/** @type {Shared} */
let cloud;

export const tab = {
  record,
  /** @param {import("../support.mjs").Cloud & { failing?: boolean }} options `failing`: this tab has no token */
  async connect({ url, workgroup, token, failing = false }) {
    cloud = await connectShared({
      url,
      workgroup,
      token: () => {
        record.tokensAsked++;
        if (failing) throw new Error("this tab has none");
        return token;
      },
      onEvent: (event, payload) => record.events.push({ event, payload }),
    });
  },
  /** @type {Shared["call"]} */
  call: (...args) => cloud.call(...args),
  /** @param {string} name @param {import("ardexa-client").FeedRequest} request */
  async feed(name, request) {
    record.samples[name] = [];
    feeds[name] = await cloud.feed(request, (sample) => record.samples[name].push(sample.messageId), {
      onGap: (gap) => record.gaps.push(gap),
      onEnd: (error) => record.ends.push({ name, code: error?.code }),
    });
  },
  /** @param {string} name */
  stop: (name) => feeds[name].stop(),
  close: () => cloud.close(),
};
globalThis.tab = tab;
