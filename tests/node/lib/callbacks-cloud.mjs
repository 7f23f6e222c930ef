/** The scripted cloud of the callback tests: it replies immediately, late or never, and fails at random. */
import { eventFrame, scriptedCloud } from "./scripted-cloud.mjs";

/**
 * @typedef {import("./scripted-cloud.mjs").Socket} Socket
 * @typedef {{feedId: string, source: string, socket: Socket, requestId: string}} ServerFeed
 */

export const SOURCES = ["a", "b", "c"];

export class RandomCloud {
  /** Connections accepted. */
  accepted = 0;
  /** The values sent for each source, in order. @type {Map<string, number[]>} */
  sent = new Map(SOURCES.map((source) => [source, []]));
  /** Replies not sent yet. @type {(() => void)[]} */
  answers = [];
  /** Open feeds on the newest socket. @type {ServerFeed[]} */
  #feeds = [];
  #value = 0;
  #feedIds = 0;
  #cloud;

  /** @param {ReturnType<typeof import("./random.mjs").draw>} draws */
  constructor(draws) {
    this.draws = draws;
    this.#cloud = scriptedCloud({
      accept: (_socket, number) => this.#accept(number),
      onEvent: (socket, name, payload) => this.#serve(socket, name, payload),
    });
    this.url = this.#cloud.url;
    this.webSocket = this.#cloud.webSocket;
  }

  /**
   * Acts by a random number from 1 to 100, and returns whether it did.
   * @param {number} roll @param {string[]} trace
   */
  act(roll, trace) {
    const { socket } = this.#cloud;
    if (roll <= 35 && this.#feeds.length > 0) this.#sample(this.draws.pick(this.#feeds));
    else if (roll <= 55 && this.answers.length > 0) this.answers.shift()();
    else if (roll <= 65) socket?.event("device:stateChange", { cn: "CN=d,O=w", vhost: "w", online: true });
    else if (roll <= 68) socket?.event("device:metaChange", { id: "d" });
    else if (roll <= 71) socket?.event("device:cmd:rpc", { error: "stray" });
    else if (roll <= 74) socket?.event("anything", 1);
    else if (roll <= 79) {
      trace.push("the connection is lost");
      socket?.drop();
    } else if (roll <= 80) {
      trace.push("the server disconnects");
      socket?.give("41");
    } else if (roll <= 82) socket?.give(eventFrame("device:feed:reply", { feedId: "unknown", value: 1 }));
    else return false;
    return true;
  }

  #accept(number) {
    this.#feeds = [];
    this.answers = [];
    if (this.draws.yes(0.15)) return '44{"message":"no"}';
    this.accepted++;
    return `40{"sid":"socket-${number}"}`;
  }

  #serve(socket, name, payload) {
    const answer = this.#answerTo(socket, name, payload);
    if (!answer) return;
    if (this.draws.yes(0.5)) answer();
    else this.answers.push(answer);
  }

  #answerTo(socket, name, payload) {
    const { requestId } = payload ?? {};
    if (name === "device:feed") {
      const feed = { feedId: `feed-${++this.#feedIds}`, source: payload.source, socket, requestId };
      const early = this.draws.yes(0.3) ? this.draws.int(1, 3) : 0;
      return () => {
        for (let n = 0; n < early; n++) this.#sample(feed);
        if (this.draws.yes(0.1)) return socket.event("device:feed:rpc", { requestId, error: "no" });
        this.#feeds.push(feed);
        socket.event("device:feed:rpc", { requestId, feedId: feed.feedId });
      };
    }
    if (name === "device:feed:stop")
      return () => void (this.#feeds = this.#feeds.filter(({ feedId }) => feedId !== payload.feedId));
    if (name === "device:feed:stopAll") return () => void (this.#feeds = []);
    if (name === "device:doUpgrade")
      return () => {
        for (const complete of [false, true])
          socket.event("device:doUpgrade:reply", { requestId, status: "s", complete });
      };
    if (requestId === undefined) return undefined;
    return () =>
      socket.event(`${name}:reply`, {
        requestId,
        correlationId: "c",
        stdout: "",
        stderr: "",
        returnCode: 0,
        complete: true,
      });
  }

  /** @param {ServerFeed} feed */
  #sample({ feedId, source, socket, requestId }) {
    const value = ++this.#value;
    this.sent.get(source).push(value);
    socket.give(this.#cloud.sample(feedId, value, requestId));
  }
}
