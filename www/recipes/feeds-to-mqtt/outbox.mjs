// Messages on their way to the broker. What it holds is bounded, whatever the broker does.

/** Handed to the MQTT client and not acknowledged yet, at most; it keeps these over a lost connection. */
const UNANSWERED = 100;

export class Outbox {
  /** @type {import("mqtt").MqttClient} */
  #broker;
  /** @type {0 | 1 | 2} */
  #qos;
  /** A ring: the oldest message at `#first`. @type {({ topic: string, payload: string } | undefined)[]} */
  #ring;
  #first = 0;
  #length = 0;
  #unanswered = 0;
  /** The connection that QoS 0 messages were written to; what is said of an earlier one counts no more. */
  #connection = 0;
  #sending = false;
  /** @type {(() => void)[]} */
  #waiting = [];

  published = 0;
  dropped = 0;

  /**
   * @param {import("mqtt").MqttClient} broker
   * @param {{ qos: 0 | 1 | 2, capacity: number }} options
   */
  constructor(broker, { qos, capacity }) {
    this.#broker = broker;
    this.#qos = qos;
    this.#ring = new Array(capacity);
    broker.on("connect", () => this.#send());
    broker.on("close", () => {
      // With QoS 1 and 2 the MQTT client sends them again by itself. With QoS 0 nobody knows what arrived.
      if (qos > 0) return;
      this.dropped += this.#unanswered;
      this.#unanswered = 0;
      this.#connection++;
    });
  }

  get waiting() {
    return this.#length + this.#unanswered;
  }

  /** Where there is no room the oldest message goes, and is counted. @param {string} topic @param {string} payload */
  push(topic, payload) {
    const { length: capacity } = this.#ring;
    if (this.#length === capacity) {
      this.#take();
      this.dropped++;
    }
    this.#ring[(this.#first + this.#length++) % capacity] = { topic, payload };
    this.#send();
  }

  /** Resolves when nothing waits any more. */
  async drained() {
    if (this.waiting > 0) await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
  }

  #take() {
    const message = this.#ring[this.#first];
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#ring.length;
    this.#length--;
    return /** @type {{ topic: string, payload: string }} */ (message);
  }

  #send() {
    if (this.#sending) return; // a QoS 0 message may be answered within `publish`
    this.#sending = true;
    while (this.#broker.connected && this.#length > 0 && this.#unanswered < UNANSWERED) {
      const { topic, payload } = this.#take();
      const connection = this.#connection;
      this.#unanswered++;
      this.#broker.publish(topic, payload, { qos: this.#qos }, (error) => {
        if (connection !== this.#connection) return;
        this.#unanswered--;
        if (error) this.dropped++;
        else this.published++;
        this.#send();
      });
    }
    this.#sending = false;
    if (this.waiting === 0) for (const done of this.#waiting.splice(0)) done();
  }
}
