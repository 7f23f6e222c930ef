// Where a feed's samples go, and which process takes them.
import { createHash } from "node:crypto";

/**
 * A name as one level of a topic. `/` would open another level, `+` and `#` are wildcards, which no one may publish to,
 * and a first `$` is kept for this bridge's own levels: those, `%` itself and control characters become %XX, as in a
 * URL. Everything else, blanks and letters of any script, stays as it is.
 * @param {string} name
 */
const level = (name) =>
  name.replace(/^\$|[%+#/\u0000-\u001f\u007f]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

/**
 * `ardexa/<workgroup>/<device>/<table>/<source>[/<field>]`
 * @param {string} workgroup
 * @param {import("ardexa-client").FeedRequest} request
 */
export const topicOf = (workgroup, { deviceId, table, source, field }) =>
  ["ardexa", workgroup, deviceId, table, source, ...(field === undefined ? [] : [field])].map(level).join("/");

/** Where it is told that samples of a topic are missing. @param {string} topic */
export const gapTopicOf = (topic) => `${topic}/$gap`;

/**
 * Where one process tells how it is; retained.
 * @param {string} workgroup
 * @param {{ number: number, of: number }} shard
 */
export const statusTopicOf = (workgroup, { number, of }) => `ardexa/${level(workgroup)}/$bridge/${number}-of-${of}`;

/** The names in a topic, as they were before. @param {string} topic */
export const namesOf = (topic) => topic.split("/").map(decodeURIComponent);

/**
 * The shard that a device belongs to, from 1: the same in every process, on every machine, at any time, since it depends
 * on the id alone. All feeds of a device go one way, so their order is kept.
 * @param {string} deviceId
 * @param {number} of how many shards there are
 */
export const shardOf = (deviceId, of) => 1 + (createHash("sha256").update(deviceId).digest().readUInt32BE() % of);
