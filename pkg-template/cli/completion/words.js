// A command line as bash gives it: the text before the cursor, taken apart as the shell does.

/** What bash ends a word at by itself (COMP_WORDBREAKS), and a completion must not repeat. */
const BREAKS = /^.*[=:]/s;
const PROGRAM = /(?:^|\/)ardexa(?:-client)?$/;

/**
 * The words after the program's name, the last one unfinished.
 * @param {string} line up to the cursor
 */
export function wordsOf(line) {
  const words = [""];
  let quote = "";
  let open = false; // whether the last word has begun, be it by an empty pair of quotes
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (quote) {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && /["\\$`]/.test(line[at + 1] ?? "")) words.push(words.pop() + line[++at]);
      else words.push(words.pop() + character);
    } else if (/\s/.test(character)) {
      if (open) words.push("");
      open = false;
    } else {
      open = true;
      if (character === "'" || character === '"') quote = character;
      else words.push(words.pop() + (character === "\\" ? (line[++at] ?? "") : character));
    }
  }
  // Before the program there may be assignments.
  const program = words.findIndex((word) => PROGRAM.test(word));
  return { words: words.slice(program + 1), quoted: quote !== "" };
}

/**
 * A candidate as bash wants it: only what follows the last break of the word, quoted unless the word is.
 * @param {string} value @param {string} word what is there of it @param {boolean} quoted
 */
export function forBash(value, word, quoted) {
  const before = BREAKS.exec(word)?.[0].length ?? 0;
  const rest = value.slice(quoted ? 0 : before);
  return quoted ? rest : rest.replace(/[^\p{L}\p{N}_@%+=:,./-]/gu, "\\$&");
}
