/** The vectors of tests/vectors, one entry per revision. The README there describes the format. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../vectors/", import.meta.url));

const toFrame = (value) => (typeof value === "string" ? value : Buffer.from(value.hex, "hex"));

/**
 * @typedef {object} Vector
 * @property {string} title
 * @property {3 | 4} revision
 * @property {string | Buffer} frame
 * @property {string | Buffer} canonical the frame as this client encodes it
 * @property {{ engine: string, payload?: string, hex?: string, socket?: Record<string, any> }} [expect]
 * @property {string} [error]
 * @property {boolean} fails
 * @property {boolean} referenceFails whether the official parser rejects it
 */

/** @returns {Vector[]} */
export function vectors() {
  const all = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap(read);
  if (all.length < 100) throw new Error(`only ${all.length} vectors in ${FOLDER}`);
  return all;
}

/** @param {string} file */
function read(file) {
  return JSON.parse(readFileSync(FOLDER + file, "utf8")).flatMap((vector) =>
    [vector.revision].flat().map((revision) => {
      const frame = toFrame(vector.frame);
      const fails = vector.error !== undefined;
      const reference = typeof vector.reference === "object" ? vector.reference[revision] : vector.reference;
      return {
        title: `${file}, revision ${revision}: ${JSON.stringify(vector.frame)}`,
        revision,
        frame,
        canonical: toFrame(vector.canonical ?? vector.frame),
        expect: vector.expect,
        error: vector.error,
        fails,
        referenceFails: typeof reference === "string" ? reference === "rejects" : fails,
      };
    }),
  );
}

/** Sample binary data, one Buffer per attachment. @param {number} count */
export const attachmentsOf = (count) => Array.from({ length: count }, (_, at) => Buffer.from([at, 0x1e, 255]));

/**
 * A packet's data with its placeholders replaced by the attachments.
 * @param {any} data @param {Buffer[]} attachments
 */
export function filled(data, attachments) {
  if (Array.isArray(data)) return data.map((item) => filled(item, attachments));
  if (data === null || typeof data !== "object") return data;
  if (attachments.length && data._placeholder === true) return attachments[data.num];
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, filled(value, attachments)]));
}
