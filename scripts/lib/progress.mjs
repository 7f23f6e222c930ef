// A progress line with the current step and its duration: rewritten on a terminal, repeated now and then in a log.
import { isShared, output } from "./output.mjs";

const LOG_EVERY_MS = 15_000;

/** Whether to colour and rewrite. NO_COLOR and CI are respected. */
export const isTerminal = Boolean(process.stdout.isTTY) && !process.env.CI;
const coloured = isTerminal && !process.env.NO_COLOR;

/** @param {string} code @returns {(text: string) => string} */
const colour = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = colour("1");
export const dim = colour("2");
export const red = colour("31");
export const green = colour("32");
export const yellow = colour("33");
export const cyan = colour("36");

/** @param {number} ms */
export function span(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** @param {string} text */
export const say = (text) => output()(`${text}\n`);

/** @typedef {{ label: string, started: number, detail: string }} Progress */

/** Steps that share the terminal's last line. @type {Set<Progress>} */
const rewritten = new Set();

/** @param {Progress} progress */
const briefly = ({ label, started }) => `  ${label} … ${span(Date.now() - started)}`;

/** @param {Progress} progress */
const lineOf = (progress) => briefly(progress) + (progress.detail ? `  ${dim(progress.detail)}` : "");

function rewrite() {
  const columns = process.stdout.columns || 80;
  const [first] = rewritten;
  const bare = [...rewritten].map(briefly).join("");
  const fits = rewritten.size === 1 && bare.length + first.detail.length + 2 < columns;
  process.stdout.write(`\r\u001b[2K${fits ? lineOf(first) : bare.slice(0, columns - 1)}`);
}

/**
 * Starts a progress line for a step that may take long.
 * @param {string} label for example "wasm-pack 0.15.1"
 */
export function progress(label) {
  const own = { label, started: Date.now(), detail: "" };
  const rewrites = isTerminal && !isShared();
  const draw = () => (rewrites ? rewrite() : say(lineOf(own)));
  const timer = setInterval(draw, rewrites ? 250 : LOG_EVERY_MS);
  timer.unref();
  if (rewrites) {
    rewritten.add(own);
    rewrite();
  } else say(`  ${label} …`);

  /** @param {string} text */
  const end = (text) => {
    clearInterval(timer);
    if (rewritten.delete(own)) process.stdout.write("\r\u001b[2K");
    if (text) say(text);
  };
  return {
    /** @param {string} text the current activity */
    update(text) {
      own.detail = text;
    },
    /** @param {string} [text] */
    done(text = label) {
      end(`  ${green("✓")} ${text} ${dim(`(${span(Date.now() - own.started)})`)}`);
    },
    fail() {
      end(`  ${red("✗")} ${label} ${dim(`(${span(Date.now() - own.started)})`)}`);
    },
  };
}
