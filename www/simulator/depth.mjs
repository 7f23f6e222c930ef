/**
 * The nesting depth of a payload. Deep payloads are rejected first: recursion over them (in the YAML library, in
 * socket.io's encoder) would exhaust the stack, and compiling a regular expression there aborts the whole process.
 */
const LIMIT = 500;

/** @param {unknown} value parsed JSON @returns {boolean} */
export function tooDeep(value) {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMIT) return true;
    level = level.flatMap((v) =>
      typeof v === "object" && v !== null && !ArrayBuffer.isView(v) ? Object.values(v) : [],
    );
  }
  return false;
}

/** Counts brackets, even quoted ones, and the indicators that open levels at a line's start. @param {string} text */
export function tooDeepYaml(text) {
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > LIMIT) return true;
  }
  return text.split("\n").some((line) => (/^[ \t?:-]*/.exec(line)?.[0].length ?? 0) > LIMIT);
}
