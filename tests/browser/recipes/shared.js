// A tab that uses the recipe's shared connection, as the test says.
import { connectShared } from "../../../www/recipes/shared-connection/client.js";

const told = { samples: {}, events: [], ends: [], gaps: [], tokensAsked: 0 };
let cloud;

globalThis.tab = {
  told,
  async connect({ url, workgroup, token, failing = false }) {
    cloud = await connectShared({
      url,
      workgroup,
      token: () => {
        told.tokensAsked++;
        if (failing) throw new Error("this tab has none");
        return token;
      },
      onEvent: (event, payload) => told.events.push({ event, payload }),
    });
  },
  call: (...args) => cloud.call(...args),
  async feed(name, request) {
    told.samples[name] = [];
    tab[name] = await cloud.feed(request, (sample) => told.samples[name].push(sample.messageId), {
      onGap: (gap) => told.gaps.push(gap),
      onEnd: (error) => told.ends.push({ name, code: error?.code }),
    });
  },
  stop: (name) => tab[name].stop(),
  close: () => cloud.close(),
};
