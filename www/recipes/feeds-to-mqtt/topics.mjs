// Topic names of feeds, and the shard that each device belongs to.
import { createHash } from "node:crypto";

/**
 * Encodes a name as one topic level. `/` would open another level, `+` and `#` are wildcards, which cannot be published
 * to, and a leading `$` is reserved for this bridge's own levels. Those, `%` itself and control characters become %XX,
 * as in a URL. Everything else, including spaces and letters of any script, is unchanged.
 * @param {string} name
 */
const level = (name) =>
  name.replace(
    /^\$|[%+#/\u0000-\u001f\u007f]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );

/**
 * `ardexa/<workgroup>/<device>/<table>/<source>[/<field>]`
 * @param {string} workgroup
 * @param {import("ardexa-client").FeedRequest} request
 */
export const topicOf = (workgroup, { deviceId, table, source, field }) =>
  ["ardexa", workgroup, deviceId, table, source, ...(field === undefined ? [] : [field])].map(level).join("/");

/** The topic on which gaps in `topic` are published. @param {string} topic */
export const gapTopicOf = (topic) => `${topic}/$gap`;

/**
 * The topic of one process's status; retained.
 * @param {string} workgroup
 * @param {{ number: number, of: number }} shard
 */
export const statusTopicOf = (workgroup, { number, of }) => `ardexa/${level(workgroup)}/$bridge/${number}-of-${of}`;

/** The names in a topic, decoded. @param {string} topic */
export const namesOf = (topic) => topic.split("/").map(decodeURIComponent);

/**
 * The shard of a device, from 1. It depends only on the device id, so it is the same in every process and on every
 * machine. All feeds of a device go through one shard, so their order is kept.
 * @param {string} deviceId
 * @param {number} of how many shards there are
 */
export const shardOf = (deviceId, of) => 1 + (createHash("sha256").update(deviceId).digest().readUInt32BE() % of);
