// Generates what the server sends: whole text frames with feed samples as the API page shows them.

/** The payload of the scalar sample, in bytes. */
export const SAMPLE_BYTES = 290;
/** Values in a sample of a CSV source. */
export const CSV_VALUES = 40;
/** The text before a sample in its frame; `]` follows the sample. */
export const PREFIX = '42["device:feed:reply",';

const START_MS = Date.UTC(2026, 0, 1);

/** The id that the server assigns to feed `n`. @param {number} n */
export const feedId = (n) => `4cbe686d-303a-4081-84aa-${n.toString(16).padStart(12, "0")}`;

/** The request for feed `n`. @param {number} n */
export const feedRequest = (n) => ({
  deviceId: `666170e2-d3b2-49b7-88fc-${n.toString(16).padStart(12, "0")}`,
  table: "solar",
  source: "inverter-01",
  field: "power",
});

/**
 * Frames of `feeds` feeds in shuffled order. Their number does not depend on `feeds`, so loading them into the
 * processor's cache always costs the same.
 * @param {{ feeds: number, count: number, csv?: boolean }} wanted
 * @returns {string[]}
 */
export function makeFrames({ feeds, count, csv = false }) {
  const chance = randomNumbers(feeds + count);
  /** @type {number[]} */
  const order = [];
  for (let n = 0; n < count; n++) order.push(n % feeds);
  for (let n = count - 1; n > 0; n--) {
    const other = Math.floor(chance() * (n + 1));
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order.map((feed, n) => flat(PREFIX + JSON.stringify(sample(feed, n, csv, chance)) + "]"));
}

/** @param {number} feed @param {number} n @param {boolean} csv @param {() => number} chance */
function sample(feed, n, csv, chance) {
  const value = csv
    ? Array.from({ length: CSV_VALUES }, () => Math.round(chance() * 1e5) / 100)
    : Math.round(chance() * 90_000) + 10_000;
  const { deviceId, table, source } = feedRequest(feed);
  const made = {
    feedId: feedId(feed),
    event_time: new Date(START_MS + n * 1000).toISOString(),
    table,
    source,
    device: deviceId,
    messageId: String(1_000_000 + n),
    value,
    requestId: `b329c143-46fe-4654-a970-${feed.toString(16).padStart(12, "0")}`,
  };
  // The source's name is padded to give the sample its size.
  if (!csv) made.source += "-".padEnd(SAMPLE_BYTES - JSON.stringify(made).length, "roof-east");
  return made;
}

/**
 * The string as a socket delivers it: contiguous, one byte per character. A concatenated string is a rope of its parts
 * until it is first read.
 * @param {string} text
 */
const flat = (text) => new TextDecoder().decode(new TextEncoder().encode(text));

/** Random numbers from 0 to 1, reproducible by seed (mulberry32). @param {number} seed */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
