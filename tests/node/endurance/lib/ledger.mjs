/**
 * The invariants of a client whose connection is lost again and again, checked as things happen:
 *
 * - each call settles, and a command reaches the server once at most: once where it was answered, never where its
 *   caller was told that nothing was sent;
 * - the samples of a connection's feed are delivered once each and in order, with none left out before the last: a
 *   prefix of what the server sent, and all of it where the server ended the connection in order;
 * - each break is told as a gap before the next sample, and the gap names the last sample before it. A connection that
 *   is lost before it has brought the feed back makes no break of its own.
 *
 * What is wrong goes into `violations`, in words. Nothing here grows with time.
 */

/** Codes of calls of which nothing was sent. */
const UNSENT = new Set(["not-connected", "closed"]);
/** Codes that leave open what has happened. */
const UNKNOWN = new Set(["disconnected", "aborted"]);
/** As many as anyone reads. */
const MOST_VIOLATIONS = 20;
const MOST_COMMANDS = 1 << 20;
const SENT = 1,
  REFUSED = 2;

export class Ledger {
  violations = [];
  calls = { made: 0, open: 0, answered: 0, failed: {} };
  samples = 0;
  gaps = 0;
  /** Connections that the server ended in order, and whose samples were all there. */
  complete = 0;
  /** What is known of each command, by its number. */
  #commands = new Uint8Array(MOST_COMMANDS);

  /** @param {{sameProcess?: boolean}} [options] whether the server's side is told of before an answer can come */
  constructor({ sameProcess = true } = {}) {
    this.sameProcess = sameProcess;
  }

  wrong(what) {
    if (this.violations.length < MOST_VIOLATIONS) this.violations.push(what);
  }

  /**
   * A call: counted when made and when settled.
   * @param {() => Promise<any>} make @param {{command?: number, expect?: (value: any) => boolean}} [options]
   */
  async call(make, { command, expect = () => true } = {}) {
    this.calls.made++;
    this.calls.open++;
    const name = command === undefined ? "a call" : `command ${command}`;
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
        if (known & SENT) this.wrong(`${name}: ${code}, though it was sent`);
        if (command !== undefined) this.#commands[command] |= REFUSED;
      } else if (!UNKNOWN.has(code)) this.wrong(`${name} ended with ${code}: ${message}`);
    } else {
      this.calls.answered++;
      if (!expect(outcome.value)) this.wrong(`${name} has the answer of another: ${JSON.stringify(outcome.value)}`);
      if (command !== undefined && this.sameProcess && !(known & SENT))
        this.wrong(`${name} was answered, and the server never saw it`);
    }
  }

  /** The server has got the command `echo <number>`. @param {string} text */
  commandSeen(text) {
    const number = Number(text.slice(5));
    const known = this.#commands[number];
    if (known & SENT) this.wrong(`command ${number} was sent twice`);
    if (known & REFUSED) this.wrong(`command ${number} was sent, though its caller was told that nothing was`);
    this.#commands[number] |= SENT;
  }
}

/** The order of one subscription's samples and gaps. */
export class Subscription {
  received = 0;
  gaps = 0;
  /** A connection was lost, and no gap has told of it yet. */
  #broken = false;
  #feedId;
  #last;
  /** Samples of the feed that it has now. */
  count = 0;

  /**
   * @param {Ledger} ledger @param {string} name
   * @param {{joins?: boolean}} [options] `joins`: it shares a feed that is open already, and so begins in its middle
   */
  constructor(ledger, name, { joins = false } = {}) {
    Object.assign(this, { ledger, name, joins });
    /** What `feed()` or `series()` gave. @type {any} */
    this.feed = undefined;
  }

  /** Whether the last break has been told. */
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
    if (this.#broken) this.ledger.wrong(`${this.name}: a sample after a break that no gap has told of`);
    if (this.#feedId !== undefined && this.#feedId !== feedId)
      this.ledger.wrong(`${this.name}: a sample of feed ${feedId} in ${this.#feedId}`);
    this.#feedId = feedId;
    this.count++;
    this.#last = messageId;
  }

  onGap = ({ fromMs, toMs, lastMessageId }) => {
    this.gaps++;
    this.ledger.gaps++;
    if (!this.#broken) this.ledger.wrong(`${this.name}: a gap without a break`);
    if (this.feed && this.#feedId !== undefined && this.feed.id === this.#feedId)
      this.ledger.wrong(`${this.name}: a gap, and the feed's id is the old one`);
    if (this.#last !== undefined && lastMessageId !== this.#last)
      this.ledger.wrong(`${this.name}: a gap after ${lastMessageId}, where the last sample was ${this.#last}`);
    if ((fromMs === undefined) !== (lastMessageId === undefined) || fromMs > toMs)
      this.ledger.wrong(`${this.name}: a gap from ${fromMs} to ${toMs}`);
    this.#broken = false;
    this.#feedId = undefined;
    this.count = 0;
  };
}

/** An iterator must give what a listener of the same feed has heard. */
export class Echo {
  #heard = [];
  #begun = false;

  /** @param {Ledger} ledger */
  constructor(ledger) {
    this.ledger = ledger;
  }

  hear(messageId) {
    this.#heard.push(messageId);
  }

  /** @param {AsyncIterable<{messageId: string}>} feed */
  async follow(feed) {
    try {
      for await (const { messageId } of feed) {
        // It may have begun after the listener.
        if (!this.#begun) this.#heard.splice(0, this.#heard.indexOf(messageId));
        this.#begun = true;
        const expected = this.#heard.shift();
        if (messageId !== expected) this.ledger.wrong(`the iterator gave ${messageId}, the listener heard ${expected}`);
      }
    } catch (error) {
      if (error.code !== "closed") this.ledger.wrong(`the iterator ended with ${error.message}`);
    }
    if (!this.#begun) this.ledger.wrong("the iterator gave nothing");
    if (this.#heard.length > 0)
      this.ledger.wrong(`the iterator lacks ${this.#heard.length} samples that the listener heard`);
  }
}

/** @param {Record<string, number>} counts */
export const list = (counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none";
