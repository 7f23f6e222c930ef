// Publishes the samples of many feeds to an MQTT broker.
//
//   node bridge.mjs feeds.json                 one process for all feeds
//   node bridge.mjs feeds.json --shard 2/8     the second of eight; start all eight, with the same file
//   node bridge.mjs feeds.json --shard 2/8 --list     prints the topics of this shard and exits
//
//   --qos 0|1|2    default 1: the broker acknowledges each message; unacknowledged ones are sent again
//   --queue N      messages held while the broker is away or slow, default 10000; beyond that the oldest are dropped
//
// feeds.json: [{"deviceId": "…", "table": "solar", "source": "inverter-01", "field": "AC Power"}, …]
// ARDEXA_URL, ARDEXA_WORKGROUP, ARDEXA_TOKEN select the cloud; MQTT_URL, MQTT_USERNAME, MQTT_PASSWORD the broker.
// SIGTERM and Ctrl-C stop it: it first sends what is queued, for five seconds at most. Exit code: 0 after a signal,
// 1 if the cloud ends the connection, 2 on a usage error, 3 if the cloud or the broker refuses the credentials.
import { ArdexaClient, ArdexaError } from "ardexa-client";
import mqtt from "mqtt";
import { readArguments, Wrong } from "./arguments.mjs";
import { Outbox } from "./outbox.mjs";
import { gapTopicOf, statusTopicOf } from "./topics.mjs";

const STATUS_EVERY_MS = 10_000;
const LAST_WORDS_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** CONNACK codes of MQTT 3 and 5 for wrong credentials: retrying is pointless. */
const REFUSED = [4, 5, 134, 135];

const settings = await readArguments().catch(refuse);
if (settings.list) {
  for (const { topic } of settings.feeds) console.log(topic);
  process.exit(0);
}

/** @param {unknown} error @returns {never} */
function refuse(error) {
  if (!(error instanceof Wrong || error instanceof ArdexaError)) throw error;
  console.error(error.message);
  process.exit(2);
}

/** @param {{ url: string, workgroup: string, token: string }} ardexa */
function made(ardexa) {
  try {
    return new ArdexaClient({ ...ardexa, reconnect: { firstConnect: true } });
  } catch (error) {
    refuse(error);
  }
}

/** Does not repeat the same line: an outage of the broker is logged once. */
let lastLine = "";
const say = (/** @type {string} */ line) => line !== lastLine && console.error((lastLine = line));

const ending = new AbortController();
/** @type {Set<import("ardexa-client").Feed>} */
const open = new Set();
let droppedByEnded = 0;
/** Checks the arguments and opens nothing. */
const client = made(settings.ardexa);

// --- the broker ----------------------------------------------------------------------------------------------------

const { workgroup } = settings.ardexa;
const statusTopic = statusTopicOf(workgroup, settings.shard);
const broker = mqtt.connect(settings.mqtt.url, {
  username: settings.mqtt.username,
  password: settings.mqtt.password,
  reconnectPeriod: 1_000,
  keepalive: 15, // a broker that disappears silently is noticed within 23 s
  queueQoSZero: false, // the outbox queues instead, within its bound
  will: { topic: statusTopic, payload: Buffer.from('{"state":"lost"}'), qos: 1, retain: true },
});
const outbox = new Outbox(broker, { qos: settings.qos, capacity: settings.queue });

function status(/** @type {string} */ state) {
  const dropped = outbox.dropped + droppedByEnded + [...open].reduce((sum, feed) => sum + feed.dropped, 0);
  return JSON.stringify({ state, feeds: open.size, published: outbox.published, waiting: outbox.waiting, dropped });
}
const publishStatus = () => broker.connected && broker.publish(statusTopic, status("up"), { qos: 1, retain: true });

broker.on("connect", () => {
  say("connected to the broker");
  publishStatus();
});
broker.on("close", () => say("no connection to the broker"));
broker.on("error", (error) => {
  say(`broker: ${error.message || /** @type {any} */ (error).code}`);
  if (REFUSED.includes(Number(/** @type {any} */ (error).code))) void end(3);
});
const beat = setInterval(publishStatus, STATUS_EVERY_MS);

// --- the cloud -----------------------------------------------------------------------------------------------------

client.on("connect", () => say("connected to the cloud"));
client.on("disconnect", ({ reason, willReconnect }) => {
  say(`no connection to the cloud: ${reason}`);
  if (!willReconnect) void end(1); // the cloud ended the connection; a supervisor may restart this program
});
client.on("connect_error", ({ error, willRetry }) => {
  say(`cloud: ${error.message}`);
  if (!willRetry) void end(3);
});

/**
 * Follows one feed for the life of the program. The client restores it after a lost connection; this loop handles a
 * feed that the cloud refused or ended.
 * @param {{ request: import("ardexa-client").FeedRequest, topic: string }} what
 */
async function follow({ request, topic }) {
  for (let pause = 1_000; !ending.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const feed = await client.feed(request, {
        queue: settings.queue,
        onGap: (gap) => outbox.push(gapTopicOf(topic), JSON.stringify(gap)),
      });
      open.add(feed);
      try {
        for await (const { event_time, value, messageId } of feed) {
          pause = 1_000;
          outbox.push(topic, JSON.stringify({ event_time, value, messageId }));
        }
      } finally {
        open.delete(feed);
        droppedByEnded += feed.dropped;
      }
    } catch (error) {
      if (ending.signal.aborted) return;
      say(`${topic}: ${/** @type {Error} */ (error).message}`);
    }
    await wait(pause);
  }
}

/** Waits for `ms`, the next connection or the end, whichever comes first. @param {number} ms */
function wait(ms) {
  return new Promise((/** @type {(_: void) => void} */ resolve) => {
    const timer = setTimeout(done, ms);
    const stop = client.once("connect", done);
    ending.signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      stop();
      ending.signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

// --- the end -------------------------------------------------------------------------------------------------------

/** @param {number} code */
async function end(code) {
  if (ending.signal.aborted) return;
  process.exitCode = code;
  ending.abort();
  clearInterval(beat);
  await client.close(); // stops the feeds
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, LAST_WORDS_MS, "too long")));
  const lastWords = outbox
    .drained()
    .then(() => broker.publishAsync(statusTopic, status("down"), { qos: 1, retain: true }));
  const outcome = broker.connected ? await Promise.race([lastWords, tooLong]).catch((error) => error) : "no broker";
  clearTimeout(timer);
  lastWords.catch(() => {});
  await broker.endAsync(typeof outcome === "string" || outcome instanceof Error); // forced if it does not respond
  say(`ended: ${status("down")}`);
}
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void end(0));

try {
  await client.connect();
  say(`shard ${settings.shard.number} of ${settings.shard.of}: ${settings.feeds.length} feeds`);
  await Promise.all(settings.feeds.map(follow));
} catch {
  // `connect_error` has logged the reason and ends the program.
}
