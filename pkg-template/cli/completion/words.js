// Splits a command line from bash, the text before the cursor, the way the shell does.

/** The part of a word that bash splits off by itself (COMP_WORDBREAKS); a completion must not repeat it. */
const BREAKS = /^.*[=:]/s;
const PROGRAM = /(?:^|\/)ardexa(?:-client)?$/;

/**
 * The words after the program's name, the last one unfinished.
 * @param {string} line up to the cursor
 */
export function wordsOf(line) {
  const words = [""];
  let quote = "";
  let open = false; // whether the last word has begun, even if only by an empty pair of quotes
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (quote) {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && /["\\$`]/.test(line[at + 1] ?? ""))
        words.push(words.pop() + line[++at]);
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
  // The program may be preceded by assignments.
  const program = words.findIndex((word) => PROGRAM.test(word));
  return { words: words.slice(program + 1), quoted: quote !== "" };
}

/**
 * A candidate as bash expects it: only the part after the word's last break, quoted unless the word already is.
 * @param {string} value @param {string} word the part typed so far @param {boolean} quoted
 */
export function forBash(value, word, quoted) {
  const before = BREAKS.exec(word)?.[0].length ?? 0;
  const rest = value.slice(quoted ? 0 : before);
  return quoted ? rest : rest.replace(/[^\p{L}\p{N}_@%+=:,./-]/gu, "\\$&");
}
