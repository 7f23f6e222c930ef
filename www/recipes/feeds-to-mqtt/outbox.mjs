// The queue of messages for the broker. It is bounded, whatever the broker does.

/** Most messages handed to the MQTT client and not yet acknowledged; it keeps them over a lost connection. */
const UNANSWERED = 100;

export class Outbox {
  /** @type {import("mqtt").MqttClient} */
  #broker;
  /** @type {0 | 1 | 2} */
  #qos;
  /** Ring buffer: the oldest message is at `#first`. @type {({ topic: string, payload: string } | undefined)[]} */
  #ring;
  #first = 0;
  #length = 0;
  #unanswered = 0;
  /** The connection that QoS 0 messages were written to; callbacks of an earlier one are ignored. */
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
      // With QoS 1 and 2 the MQTT client resends them itself. With QoS 0 delivery is unknown: they count as dropped.
      if (qos > 0) return;
      this.dropped += this.#unanswered;
      this.#unanswered = 0;
      this.#connection++;
    });
  }

  get waiting() {
    return this.#length + this.#unanswered;
  }

  /** Drops and counts the oldest message if the queue is full. @param {string} topic @param {string} payload */
  push(topic, payload) {
    const { length: capacity } = this.#ring;
    if (this.#length === capacity) {
      this.#take();
      this.dropped++;
    }
    this.#ring[(this.#first + this.#length++) % capacity] = { topic, payload };
    this.#send();
  }

  /** Resolves when the queue is empty and nothing is unacknowledged. */
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
    if (this.#sending) return; // `publish` may call back synchronously for QoS 0
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
