/**
 * How deeply a payload nests. Recursion over a hostile one (in the YAML library, in socket.io's encoder) would exhaust the
 * stack, and a regular expression compiled there aborts the whole process: so it is turned away before anything recurses.
 */
const LIMIT = 500;

/** @param {unknown} value as JSON has it @returns {boolean} */
export function tooDeep(value) {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMIT) return true;
    level = level.flatMap((v) => (typeof v === "object" && v !== null && !ArrayBuffer.isView(v) ? Object.values(v) : []));
  }
  return false;
}

/** Counts brackets, quoted ones too, and the indicators that open levels at the start of a line. @param {string} text */
export function tooDeepYaml(text) {
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > LIMIT) return true;
  }
  return text.split("\n").some((line) => (/^[ \t?:-]*/.exec(line)?.[0].length ?? 0) > LIMIT);
}
