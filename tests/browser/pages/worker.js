// A module worker with its own client, controlled by messages.
import "/helpers.js";
import { ArdexaError, connect } from "/pkg/index.js";

const samples = [];
let client;

const acts = {
  connect: async (options) => {
    client = await connect(options);
    return client.state;
  },
  uptime: ({ deviceId }) => client.cmd(deviceId, "uptime"),
  feed: async ({ request, count }) => {
    const feed = await client.feed(request, (sample) => samples.push(sample.messageId));
    await until(() => samples.length >= count);
    await feed.stop();
    return samples;
  },
  refusal: async (options) => {
    const error = await connect(options).catch((thrown) => thrown);
    return { ...plain(error), ours: error instanceof ArdexaError };
  },
  close: async () => {
    await client.close();
    return client.state;
  },
};

addEventListener("message", async ({ data: { number, act, with: given } }) => {
  postMessage({ number, ...(await settled(acts[act](given))), violations });
});
