/**
 * The invariants of a client that loses its connection repeatedly, checked continuously:
 *
 * - each call settles, and a command reaches the server at most once: exactly once if it was answered, never if it was
 *   rejected as not sent;
 * - the samples of a feed on one connection are delivered once each and in order, without holes: a prefix of what the
 *   server sent, and all of it if the server closed the connection cleanly;
 * - each break is reported as a gap before the next sample, and the gap names the last sample before it. A connection
 *   that is lost before it has resumed the feed adds no second gap.
 *
 * `violations` describes what is wrong. Memory use is constant.
 */

/** Error codes of calls that were not sent. */
const UNSENT = new Set(["not-connected", "closed"]);
/** Error codes that leave the outcome unknown. */
const UNKNOWN = new Set(["disconnected", "aborted"]);
/** Further violations are not recorded. */
const MOST_VIOLATIONS = 20;
const MOST_COMMANDS = 1 << 20;
const SENT = 1,
  REFUSED = 2;

export class Ledger {
  /** @type {string[]} */
  violations = [];
  calls = { made: 0, open: 0, answered: 0, failed: /** @type {Record<string, number>} */ ({}) };
  samples = 0;
  gaps = 0;
  /** Connections that the server closed cleanly and whose samples all arrived. */
  complete = 0;
  /** The known flags of each command, by its number. */
  #commands = new Uint8Array(MOST_COMMANDS);

  /** @param {{sameProcess?: boolean}} [options] `sameProcess`: the server reports a command before its reply */
  constructor({ sameProcess = true } = {}) {
    this.sameProcess = sameProcess;
  }

  /** Records a violation. @param {string} what */
  wrong(what) {
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(what);
  }

  /**
   * Makes a call and counts it when made and when settled.
   * @param {() => Promise<any>} make @param {{command?: number, expect?: (value: any) => boolean}} [options]
   */
  async call(make, { command, expect = () => true } = {}) {
    this.calls.made++;
    this.calls.open++;
    const name = command === undefined ? "a call" : `command ${command}`;
    /** @type {{value?: any, error?: any}} */
    const outcome = await make().then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
    this.calls.open--;
    const known = this.#commands[command] ?? 0;
    if (outcome.error) {
      const { code, message } = outcome.error;
      this.calls.failed[code] = (this.calls.failed[code] ?? 0) + 1;
      if (UNSENT.has(code)) {
        if (known & SENT) this.wrong(`${name}: ${code}, although it was sent`);
        if (command !== undefined) this.#commands[command] |= REFUSED;
      } else if (!UNKNOWN.has(code)) this.wrong(`${name} ended with ${code}: ${message}`);
    } else {
      this.calls.answered++;
      if (!expect(outcome.value)) this.wrong(`${name} got the reply of another: ${JSON.stringify(outcome.value)}`);
      if (command !== undefined && this.sameProcess && !(known & SENT))
        this.wrong(`${name} was answered, but the server never received it`);
    }
  }

  /** Records that the server has received a command. @param {string} line `echo <number>` */
  commandSeen(line) {
    const number = Number(line.slice(5));
    const known = this.#commands[number];
    if (known & SENT) this.wrong(`command ${number} was sent twice`);
    if (known & REFUSED) this.wrong(`command ${number} was sent, although it was rejected as not sent`);
    this.#commands[number] |= SENT;
  }
}

/** Checks the order of the samples and gaps of one subscription. */
export class Subscription {
  received = 0;
  gaps = 0;
  /** Set from the loss of a connection until its gap is reported. */
  #broken = false;
  #feedId;
  #last;
  /** Samples of its current feed. */
  count = 0;

  /**
   * @param {Ledger} ledger @param {string} name
   * @param {{joins?: boolean}} [options] `joins`: it shares a feed that is already open, so it starts in the middle
   */
  constructor(ledger, name, { joins = false } = {}) {
    this.ledger = ledger;
    this.name = name;
    this.joins = joins;
    /** @type {import("ardexa-client").Feed | undefined} */
    this.feed = undefined;
  }

  /** Whether the gap of the last break was reported. */
  get isWhole() {
    return !this.#broken;
  }

  lost() {
    this.#broken = true;
  }

  /** @param {{feedId: string, messageId: string}} sample */
  take({ feedId, messageId }) {
    this.received++;
    this.ledger.samples++;
    if (this.#broken) this.ledger.wrong(`${this.name}: a sample after a break without a gap`);
    if (this.#feedId !== undefined && this.#feedId !== feedId)
      this.ledger.wrong(`${this.name}: a sample of feed ${feedId} in ${this.#feedId}`);
    this.#feedId = feedId;
    this.count++;
    this.#last = messageId;
  }

  /** @param {import("ardexa-client").FeedGap} gap */
  onGap = ({ fromMs, toMs, lastMessageId }) => {
    this.gaps++;
    this.ledger.gaps++;
    if (!this.#broken) this.ledger.wrong(`${this.name}: a gap without a break`);
    if (this.feed && this.#feedId !== undefined && this.feed.id === this.#feedId)
      this.ledger.wrong(`${this.name}: a gap, but the feed still has its old id`);
    if (this.#last !== undefined && lastMessageId !== this.#last)
      this.ledger.wrong(`${this.name}: a gap after ${lastMessageId}, but the last sample was ${this.#last}`);
    if ((fromMs === undefined) !== (lastMessageId === undefined) || fromMs > toMs)
      this.ledger.wrong(`${this.name}: a gap from ${fromMs} to ${toMs}`);
    this.#broken = false;
    this.#feedId = undefined;
    this.count = 0;
  };
}

/** Checks that an iterator yields what a listener of the same feed receives. */
export class Echo {
  /** @type {string[]} */
  #heard = [];
  #begun = false;

  /** @param {Ledger} ledger */
  constructor(ledger) {
    this.ledger = ledger;
  }

  /** Records a sample of the listener. @param {string} messageId */
  hear(messageId) {
    this.#heard.push(messageId);
  }

  /** @param {AsyncIterable<{messageId: string}>} feed */
  async follow(feed) {
    try {
      for await (const { messageId } of feed) {
        // It may have started after the listener.
        if (!this.#begun) this.#heard.splice(0, this.#heard.indexOf(messageId));
        this.#begun = true;
        const expected = this.#heard.shift();
        if (messageId !== expected)
          this.ledger.wrong(`the iterator yielded ${messageId}, the listener received ${expected}`);
      }
    } catch (error) {
      if (error.code !== "closed") this.ledger.wrong(`the iterator ended with ${error.message}`);
    }
    if (!this.#begun) this.ledger.wrong("the iterator yielded nothing");
    if (this.#heard.length > 0)
      this.ledger.wrong(`the iterator lacks ${this.#heard.length} samples that the listener received`);
  }
}

/** @param {Record<string, number>} counts */
export const list = (counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none";
