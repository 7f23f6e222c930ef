// One connection for all tabs of a site: the SharedWorker's half. See client.js.
import { ArdexaClient, init } from "ardexa-client";

const METHODS = [
  "cmd",
  "testConfig",
  "applyConfig",
  "applyYamlConfig",
  "refreshMeta",
  "doUpgrade",
  "sendArdexactl",
  "sendArdpkg",
  "request",
];
const EVENTS = /** @type {const} */ ([
  "connect",
  "disconnect",
  "reconnecting",
  "connect_error",
  "warning",
  "device:stateChange",
  "device:new",
  "device:metaChange",
]);

/** Errors lose their `code` when posted between threads. */
const plain = ({ message, code, data, event, requestId }) => ({ message, code, data, event, requestId });

const workerLock = `ardexa-worker-${crypto.randomUUID()}`;
const alive = new Promise((held) => {
  void navigator.locks.request(workerLock, () => (held(undefined), new Promise(() => {})));
});

/** One workgroup of a cloud, and the tabs that use it. */
class Cloud {
  /** @type {Set<Tab>} */
  tabs = new Set();
  /** @type {ArdexaClient | undefined} */
  client;

  constructor(/** @type {string} */ url, /** @type {string} */ workgroup) {
    this.url = url;
    this.workgroup = workgroup;
  }

  /** Returns the client, connected or reconnecting; every call retries a refused connection. */
  async ready() {
    await init();
    if (!this.client) {
      this.client = new ArdexaClient({ url: this.url, workgroup: this.workgroup, token: () => this.#token() });
      for (const event of EVENTS) {
        this.client.on(event, (/** @type {any} */ payload) => {
          const sent = payload.error ? { ...payload, error: plain(payload.error) } : payload;
          for (const tab of this.tabs) tab.send({ what: "event", event, payload: sent });
        });
      }
    }
    const { client } = this;
    if (client.state !== "connected" && client.state !== "reconnecting") await client.connect();
    return client;
  }

  /** Asks the longest-open tab for a token; the next one if that tab has gone or has none. */
  async #token() {
    let why = "no tab is left to provide a token";
    for (const tab of this.tabs) {
      const answer = await tab.token();
      if ("value" in answer) return answer.value;
      why = answer.error;
    }
    throw new Error(why);
  }
}

/** @type {Map<string, Cloud>} */
const clouds = new Map();

class Tab {
  #port;
  #gone = new AbortController();
  /** @type {Cloud | undefined} */
  #cloud;
  /** @type {Map<number, import("ardexa-client").Feed>} */
  #feeds = new Map();
  /** @type {Map<number, (answer: any) => void>} */
  #questions = new Map();
  #last = 0;

  constructor(/** @type {MessagePort} */ port) {
    this.#port = port;
    port.onmessage = async ({ data: { id, act, args } }) => {
      try {
        this.send({ what: "answer", id, value: await this.#acts[act](...args) });
      } catch (error) {
        this.send({ what: "answer", id, error: plain(error) });
      }
    };
  }

  send(/** @type {unknown} */ message) {
    if (!this.#gone.signal.aborted) this.#port.postMessage(message);
  }

  /** The tab's token, or the reason that it has none. @returns {Promise<{ value: string } | { error: string }>} */
  token() {
    const question = ++this.#last;
    return new Promise((resolve) => {
      this.#questions.set(question, resolve);
      this.send({ what: "token", question });
    });
  }

  #acts = {
    hello: async ({ lock, url, workgroup }) => {
      const key = JSON.stringify([url, workgroup]);
      if (!clouds.has(key)) clouds.set(key, new Cloud(url, workgroup));
      this.#cloud = clouds.get(key);
      this.#cloud?.tabs.add(this);
      void navigator.locks.request(lock, () => this.#release(key));
      await alive;
      return { workerLock };
    },
    ready: async () => void (await this.#cloud?.ready()),
    call: async (/** @type {string} */ method, /** @type {unknown[]} */ args) => {
      if (!METHODS.includes(method)) throw new Error(`no method ${method} for tabs`);
      if (!this.#cloud) throw new Error("the tab has not said hello");
      return /** @type {any} */ (await this.#cloud.ready())[method](...args);
    },
    feed: async (/** @type {number} */ number, /** @type {import("ardexa-client").FeedRequest} */ request) => {
      const { signal } = this.#gone;
      const client = /** @type {ArdexaClient} */ (await this.#cloud?.ready());
      const feed = await client.feed(request, {
        signal,
        onGap: (gap) => this.send({ what: "gap", feed: number, gap }),
      });
      if (signal.aborted) return void feed.stop();
      this.#feeds.set(number, feed);
      void this.#forward(number, feed);
    },
    stop: async (/** @type {number} */ number) => {
      const feed = this.#feeds.get(number);
      this.#feeds.delete(number);
      await feed?.stop();
    },
    token: async (/** @type {number} */ question, /** @type {any} */ answer) => {
      this.#questions.get(question)?.(answer);
      this.#questions.delete(question);
    },
  };

  /** @param {number} number @param {import("ardexa-client").Feed} feed */
  async #forward(number, feed) {
    let error;
    try {
      for await (const sample of feed) this.send({ what: "sample", feed: number, sample });
    } catch (thrown) {
      error = plain(thrown);
    }
    // A feed that the tab stopped is already gone from the map.
    if (this.#feeds.delete(number)) this.send({ what: "end", feed: number, error });
  }

  /** The tab has closed, crashed, navigated away, or called `close()`. */
  #release(/** @type {string} */ key) {
    this.#gone.abort();
    this.#port.close();
    for (const feed of this.#feeds.values()) void feed.stop();
    this.#feeds.clear();
    for (const answer of this.#questions.values()) answer({ error: "the tab has gone" });
    const cloud = this.#cloud;
    cloud?.tabs.delete(this);
    if (cloud?.tabs.size === 0) {
      clouds.delete(key);
      void cloud.client?.close();
    }
  }
}

/** @type {any} */ (globalThis).onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => new Tab(port);
