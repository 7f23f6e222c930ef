// Text widths in terminal columns: East Asian characters and emoji take two.

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NONE = /\p{Mn}|\p{Me}|[\u200b-\u200d]|\ufe0f/u;

/** @param {string} character */
const columnsOf = (character) => (WIDE.test(character) ? 2 : NONE.test(character) ? 0 : 1);

/** @param {string} text */
export const widthOf = (text) => [...text].reduce((sum, character) => sum + columnsOf(character), 0);

/** Cuts text to a width, with … in place of the rest. @param {string} text @param {number} width */
export function cut(text, width) {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let left = width - 1;
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** @param {string} text @param {number} width */
export const padEnd = (text, width) => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** @param {string} text @param {number} width */
export const padStart = (text, width) => " ".repeat(Math.max(0, width - widthOf(text))) + text;
