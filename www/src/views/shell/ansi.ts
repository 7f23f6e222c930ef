/** Terminal formatting for the text around a command's output. Uses palette colours, which the theme defines. */

const ESC = "\x1b[";
export const dim = (text: string) => `${ESC}90m${text}${ESC}0m`;
export const red = (text: string) => `${ESC}31m${text}${ESC}0m`;
export const green = (text: string) => `${ESC}32m${text}${ESC}0m`;
export const bold = (text: string) => `${ESC}1m${text}${ESC}0m`;

/**
 * Prepares output for the terminal: converts line breaks to `\r\n` and removes all escapes except palette colours. A
 * device must not retitle, query or clear this page's terminal.
 */
export function printable(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replace(/\x1b\[([0-9;]*)m/g, (_, codes: string) => (/(?:38|48);2/.test(codes) ? "" : `\u0001${codes}m`))
      .replace(/\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[PX^_][^\x1b]*\x1b\\|.)/g, "")
      .replace(/[\x00\x02-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]/g, "")
      .replaceAll("\u0001", ESC)
      .replace(/\r?\n/g, "\r\n")
  );
}

/** Standard error: red, with a bar before each line, so that it does not depend on colour only. */
export function asError(text: string): string {
  const lines = printable(text).replace(/\r\n$/, "").split("\r\n");
  return lines.map((line) => `${red(`│ ${line}`)}\r\n`).join("");
}

/** Ensures a trailing line break, so that the next prompt starts on a new line. */
export const ended = (text: string) => (text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`);
