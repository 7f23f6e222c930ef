// Feeds that any number of subscribers share: each is open at the cloud while it has a subscriber, and each sample is
// serialised once.

/**
 * @typedef {object} Subscriber
 * @property {() => void} begin called when the feed is open
 * @property {(event: string) => void} send sends one event, as text
 * @property {(error?: Error) => void} end called when the feed ends, with the reason
 */

export class Feeds {
  #client;
  /** @type {Map<string, Channel>} */
  #channels = new Map();

  /** @param {import("ardexa-client").ArdexaClient} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * @param {import("ardexa-client").FeedRequest} request
   * @param {Subscriber} subscriber
   * @returns {() => void} unsubscribes
   */
  subscribe(request, subscriber) {
    const { deviceId, table, source, field } = request;
    const key = JSON.stringify([deviceId, table, source, field]);
    let channel = this.#channels.get(key);
    if (!channel) {
      channel = new Channel(
        (/** @type {Channel} */ over) => this.#channels.get(key) === over && this.#channels.delete(key),
      );
      this.#channels.set(key, channel);
      void channel.follow(this.#client, request);
    }
    const shared = channel;
    shared.add(subscriber);
    return () => shared.remove(subscriber);
  }
}

class Channel {
  /** @type {Set<Subscriber>} */
  #subscribers = new Set();
  #unused = new AbortController();
  #forget;
  #open = false;
  /** The newest sample, for late subscribers. */
  #last = "";

  /** @param {(channel: Channel) => void} forget removes it from the list: later subscribers get a new channel */
  constructor(forget) {
    this.#forget = forget;
  }

  /** @param {import("ardexa-client").ArdexaClient} client @param {import("ardexa-client").FeedRequest} request */
  async follow(client, request) {
    const { signal } = this.#unused;
    let problem;
    try {
      const feed = await client.feed(request, {
        signal,
        onGap: (gap) => this.#send(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`),
      });
      if (signal.aborted) return feed.stop();
      signal.addEventListener("abort", () => feed.stop());
      this.#open = true;
      for (const subscriber of this.#subscribers) subscriber.begin();
      for await (const { event_time, value, messageId } of feed) {
        this.#last = `data: ${JSON.stringify({ event_time, value, messageId })}\n\n`;
        this.#send(this.#last);
      }
    } catch (error) {
      problem = error;
    } finally {
      this.#forget(this);
    }
    for (const subscriber of this.#subscribers) subscriber.end(problem);
  }

  /** @param {Subscriber} subscriber */
  add(subscriber) {
    this.#subscribers.add(subscriber);
    if (!this.#open) return;
    subscriber.begin();
    if (this.#last) subscriber.send(this.#last);
  }

  /** @param {Subscriber} subscriber */
  remove(subscriber) {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    this.#forget(this);
    this.#unused.abort();
  }

  /** @param {string} event */
  #send(event) {
    for (const subscriber of this.#subscribers) subscriber.send(event);
  }
}
