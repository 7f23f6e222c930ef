// Parses the bridge's arguments. Every invalid one is reported in one sentence.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { shardOf, topicOf } from "./topics.mjs";

const LONGEST_TOPIC = 65_535 - "/$gap".length;
const FIELDS = ["deviceId", "table", "source"];

/** A usage error, as a sentence for the user. */
export class Wrong extends Error {}

export async function readArguments() {
  const { values, positionals } = parsed();
  const [file, ...more] = positionals;
  if (!file || more.length)
    throw new Wrong("expected one file of feeds, for example: node bridge.mjs feeds.json --shard 1/2");
  const { ARDEXA_WORKGROUP: workgroup = "", ARDEXA_URL: url = "", ARDEXA_TOKEN: token = "" } = process.env;
  if (!workgroup) throw new Wrong("set ARDEXA_WORKGROUP to the id of your workgroup");
  if (!values.list && !(url && token)) throw new Wrong("set ARDEXA_URL and ARDEXA_TOKEN");

  const shard = shardFrom(values.shard);
  const all = await feedsFrom(file);
  return {
    ardexa: { url, workgroup, token },
    mqtt: {
      url: brokerFrom(process.env.MQTT_URL ?? "mqtt://127.0.0.1:1883"),
      username: process.env.MQTT_USERNAME,
      password: process.env.MQTT_PASSWORD,
    },
    feeds: all
      .filter(({ deviceId }) => shardOf(deviceId, shard.of) === shard.number)
      .map((request) => ({ request, topic: checkedTopic(workgroup, request) })),
    shard,
    qos: /** @type {0 | 1 | 2} */ (wholeNumber("--qos", values.qos, 0, 2)),
    queue: wholeNumber("--queue", values.queue, 1, 10_000_000),
    list: Boolean(values.list),
  };
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        shard: { type: "string", default: "1/1" },
        qos: { type: "string", default: "1" },
        queue: { type: "string", default: "10000" },
        list: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new Wrong(/** @type {Error} */ (error).message);
  }
}

/** Leaves the value out of the message: it may contain a password. @param {string} text */
function brokerFrom(text) {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: "" };
  if (["mqtt:", "mqtts:", "ws:", "wss:"].includes(protocol)) return text;
  throw new Wrong("MQTT_URL: expected mqtt://host:1883 or mqtts://host:8883 (or ws:, wss:)");
}

/** @param {string} text */
function shardFrom(text) {
  const [, number, of] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  if (!(Number(number) >= 1 && Number(number) <= Number(of)))
    throw new Wrong(`--shard ${text}: expected NUMBER/COUNT, for example 1/8 to 8/8 for eight shards`);
  return { number: Number(number), of: Number(of) };
}

/** @param {string} name @param {string} text @param {number} least @param {number} most */
function wholeNumber(name, text, least, most) {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Wrong(`${name} ${text}: expected a whole number from ${least} to ${most}`);
}

/** @param {string} file @returns {Promise<import("ardexa-client").FeedRequest[]>} */
async function feedsFrom(file) {
  const text = await readFile(file, "utf8").catch((error) => {
    throw new Wrong(`${file} cannot be read (${error.code})`);
  });
  let list;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new Wrong(`${file} is not JSON: ${/** @type {Error} */ (error).message}`);
  }
  if (!Array.isArray(list)) throw new Wrong(`${file} must be a list of {"deviceId", "table", "source", "field"?}`);
  return list.map((entry, index) => {
    const wrong = FIELDS.find((name) => typeof entry?.[name] !== "string" || entry[name] === "");
    if (wrong) throw new Wrong(`${file}, entry ${index + 1}: ${wrong} must be a non-empty string`);
    const { deviceId, table, source, field } = entry;
    if (field !== undefined && (typeof field !== "string" || field === ""))
      throw new Wrong(`${file}, entry ${index + 1}: field must be a non-empty string, or absent`);
    return { deviceId, table, source, ...(field !== undefined && { field }) };
  });
}

/** @param {string} workgroup @param {import("ardexa-client").FeedRequest} request */
function checkedTopic(workgroup, request) {
  const topic = topicOf(workgroup, request);
  if (Buffer.byteLength(topic) > LONGEST_TOPIC)
    throw new Wrong(`the topic ${topic.slice(0, 60)}… is too long for MQTT`);
  return topic;
}
