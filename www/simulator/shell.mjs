/**
 * A simulated POSIX shell. It splits a command line into words, looks up the output in tables, and runs nothing
 * on the host.
 * Grammar: quotes, `\`, `$NAME`, `;`, `&&`, `||`, `|`, `>&2`, `2>&1`, `> /dev/null`, `2> /dev/null`.
 */
import { COMMANDS } from "./commands.mjs";
import { runOnWindows } from "./windows.mjs";

/** Maximum output of a command line, in characters; a real shell has no such limit. */
const OUTPUT_LIMIT = 8 * 1024 * 1024;
/** Maximum number of parts of a command line. */
const STEP_LIMIT = 10_000;

/**
 * @typedef {object} Result
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} returnCode
 * @property {number} delayMs  how long the command would have taken
 */
/**
 * @typedef {object} Shell
 * @property {import("./fleet.mjs").Device} device
 * @property {Record<string, string>} env
 * @property {number} nowMs
 * @property {number} slowCommandMs
 * @property {number} plantOffsetMs
 * @property {number} delayMs
 * @property {boolean} exited
 */
/** @typedef {{op: string} | {word: string}} Token */

/**
 * @param {import("./fleet.mjs").Device} device
 * @param {string} line
 * @param {{nowMs: number, slowCommandMs: number, plantOffsetMs: number}} options  plantOffsetMs: from the
 *   wall clock to the plant's clock
 * @returns {Result}
 */
export function runCommand(device, line, { nowMs, slowCommandMs, plantOffsetMs }) {
  if (device.agentFiles === "windows") return runOnWindows(device, line);
  /** @type {Shell} */
  const shell = {
    device,
    nowMs,
    slowCommandMs,
    plantOffsetMs,
    delayMs: 0,
    exited: false,
    env: Object.assign(Object.create(null), {
      HOSTNAME: device.hostname,
      HOME: "/root",
      USER: "root",
      PWD: "/root",
      SHELL: "/bin/sh",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      "?": "0",
    }),
  };
  const out = { stdout: "", stderr: "", returnCode: 0 };
  const { tokens, error } = tokenize(line);
  if (error) return { stdout: "", stderr: `sh: 1: Syntax error: ${error}\n`, returnCode: 2, delayMs: 0 };

  let skip = false;
  let steps = 0;
  for (const { pipeline, op } of split(tokens, [";", "&&", "||", "&"])) {
    if (shell.exited) break;
    if (pipeline.length === 0 && (op === "&&" || op === "||")) {
      return {
        ...out,
        stderr: `${out.stderr}sh: 1: Syntax error: "${op}" unexpected\n`,
        returnCode: 2,
        delayMs: shell.delayMs,
      };
    }
    if (!skip && pipeline.length > 0) {
      if (++steps > STEP_LIMIT || out.stdout.length + out.stderr.length > OUTPUT_LIMIT) {
        out.stderr += "sh: 1: the simulator stops here: too much output\n";
        out.returnCode = 141;
        break;
      }
      const result = runPipeline(shell, pipeline);
      out.stdout += result.stdout;
      out.stderr += result.stderr;
      out.returnCode = result.returnCode;
      shell.env["?"] = String(result.returnCode);
    }
    if (op === "&&") skip = out.returnCode !== 0;
    else if (op === "||") skip = out.returnCode === 0;
    else skip = false;
  }
  return { ...out, delayMs: shell.delayMs };
}

/** @param {Shell} shell @param {Token[]} tokens */
function runPipeline(shell, tokens) {
  let stdin = "";
  let stderr = "";
  let returnCode = 0;
  for (const { pipeline } of split(tokens, ["|"])) {
    const result = runOne(shell, pipeline, stdin);
    stdin = result.stdout;
    stderr += result.stderr;
    returnCode = result.returnCode;
  }
  return { stdout: stdin, stderr, returnCode };
}

/** @param {Shell} shell @param {Token[]} tokens @param {string} stdin */
function runOne(shell, tokens, stdin) {
  /** @type {string[]} */
  const words = [];
  /** @type {string[]} */
  const redirects = [];
  for (const token of tokens) {
    if ("op" in token) redirects.push(token.op);
    else words.push(expand(shell, token.word));
  }
  const assignment = words.length === 1 ? /^([A-Za-z_]\w*)=(.*)$/s.exec(words[0]) : null;
  if (assignment) {
    shell.env[assignment[1]] = assignment[2];
    return { stdout: "", stderr: "", returnCode: 0 };
  }
  const [name = "", ...args] = words;
  const known = COMMANDS.get(name.replace(/^\/(usr\/)?s?bin\//, ""));
  let {
    stdout = "",
    stderr = "",
    returnCode = 0,
  } = name === ""
    ? {}
    : known
      ? known(args, shell, stdin)
      : { stderr: `sh: 1: ${name}: command not found\n`, returnCode: 127 };
  for (const redirect of redirects) {
    if (redirect === ">&2") [stdout, stderr] = ["", stderr + stdout];
    else if (redirect === "2>&1") [stdout, stderr] = [stdout + stderr, ""];
    else if (redirect === "2>/dev/null") stderr = "";
    else stdout = ""; // redirected to /dev/null or a file: discarded
  }
  return { stdout, stderr, returnCode };
}

/** @param {Token[]} tokens @param {string[]} operators @returns {{pipeline: Token[], op: string}[]} */
function split(tokens, operators) {
  /** @type {{pipeline: Token[], op: string}[]} */
  const parts = [];
  /** @type {Token[]} */
  let pipeline = [];
  for (const token of tokens) {
    if ("op" in token && operators.includes(token.op)) {
      parts.push({ pipeline, op: token.op });
      pipeline = [];
    } else pipeline.push(token);
  }
  if (pipeline.length > 0) parts.push({ pipeline, op: "" });
  return parts;
}

/** Stands for a quoted (literal) dollar sign until `expand`. */
const PLAIN_DOLLAR = "\u0000";

/** @param {Shell} shell @param {string} word */
function expand(shell, word) {
  return word
    .replace(/\$(\?|[A-Za-z_]\w*|\{[A-Za-z_]\w*\})/g, (_, name) => shell.env[name.replace(/[{}]/g, "")] ?? "")
    .replaceAll(PLAIN_DOLLAR, "$");
}

const OPERATOR = /2>&1|2>\s*\/dev\/null|1?>&2|&&|\|\||[;|&\n]|>>?\s*[^\s;&|]+/y;
const PLAIN = /[^\s'"\\$;&|>\n]+/y;

/** @param {string} line @returns {{tokens: Token[], error?: string}} */
function tokenize(line) {
  /** @type {Token[]} */
  const tokens = [];
  /** @type {string[] | undefined} */
  let word;
  const end = () => {
    if (word) tokens.push({ word: word.join("") });
    word = undefined;
  };
  let i = 0;
  while (i < line.length) {
    const c = line[i];
    OPERATOR.lastIndex = i;
    const operator = (c !== "2" && c !== "1") || !word ? OPERATOR.exec(line) : null;
    if (operator) {
      end();
      const text = operator[0].replace(/\s+/g, "");
      tokens.push({ op: operator[0] === "\n" ? ";" : text === "1>&2" ? ">&2" : text });
      i = OPERATOR.lastIndex;
    } else if (/\s/.test(c)) {
      end();
      i++;
    } else if (c === "#" && !word) {
      const next = line.indexOf("\n", i);
      i = next < 0 ? line.length : next;
    } else if (c === "'" || c === '"') {
      const close = closing(line, i);
      if (close < 0) return { tokens, error: "Unterminated quoted string" };
      const inside = line.slice(i + 1, close);
      (word ??= []).push(
        c === "'"
          ? inside.replaceAll("$", PLAIN_DOLLAR)
          : inside.replace(/\\(["\\$`])/g, (_, x) => (x === "$" ? PLAIN_DOLLAR : x)),
      );
      i = close + 1;
    } else if (c === "\\") {
      const next = line[i + 1] ?? "";
      (word ??= []).push(next === "$" ? PLAIN_DOLLAR : next === "\n" ? "" : next);
      i += 2;
    } else {
      PLAIN.lastIndex = i;
      const plain = PLAIN.exec(line)?.[0] ?? c;
      (word ??= []).push(plain);
      i += plain.length;
    }
  }
  end();
  return { tokens };
}

/** The index of the closing quote for the one at `start`, or -1. @param {string} line @param {number} start */
function closing(line, start) {
  const quote = line[start];
  if (quote === "'") return line.indexOf("'", start + 1);
  for (let i = start + 1; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (line[i] === '"') return i;
  }
  return -1;
}
