// Command-line options and arguments shared by several commands.
import { InvalidArgumentError, Option } from "commander";
import { plain, UsageError } from "./exit.js";

/** @type {Record<string, number>} */
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest delay that a timer supports. */
const LONGEST_MS = 2 ** 31 - 1;

/** Parses a duration such as `30s` into milliseconds. @param {string} text */
export function duration(text) {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * UNITS[unit]);
  if (!(ms > 0 && ms <= LONGEST_MS))
    throw new InvalidArgumentError("Must be a time of up to 24 days, for example 500ms, 30s, 5m or 2h.");
  return ms;
}

/** Parses an integer of at least one. @param {string} text */
export function count(text) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || !Number.isSafeInteger(number))
    throw new InvalidArgumentError("Must be a whole number of at least 1.");
  return number;
}

/** Rejects an empty name. @param {string} word */
export function name(word) {
  if (word.trim() === "") throw new InvalidArgumentError("Must not be empty; check the shell variable.");
  return word;
}

/** The devices without duplicates, in order. @param {string[]} words */
export const distinct = (words) => [...new Set(words.map(trimmed))];

/** With a file written on Windows, `$(cat devices.txt)` leaves a carriage return on each word. @param {string} word */
function trimmed(word) {
  const device = word.trim();
  if (device === "") throw new UsageError("a device ID is empty; check the shell variable");
  if (/[\u0000-\u001f\u007f\ufffd]/.test(device))
    throw new UsageError(
      `the device ID ${JSON.stringify(plain(device))} contains invalid characters; save the list of devices as UTF-8, one ID per line`,
    );
  return device;
}

/** @param {string} flags @param {string} text @param {(text: string) => unknown} [parse] */
const connection = (flags, text, parse) => {
  const option = new Option(flags, text).helpGroup("Connection:");
  return parse ? option.argParser(parse) : option;
};

/** The options that every command has. @param {import("commander").Command} command */
export function withConnection(command) {
  return command
    .addOption(connection("--profile <name>", "profile from ardexa.json (default: ARDEXA_PROFILE)"))
    .addOption(connection("--url <url>", "cloud URL, for example https://app.ardexa.com (default: ARDEXA_URL)"))
    .addOption(connection("--workgroup <id>", "workgroup ID (default: ARDEXA_WORKGROUP)"))
    .addOption(
      connection(
        "--token-file <file>",
        "file that contains the API token, read for every connection attempt (default: the token in ARDEXA_TOKEN)",
      ),
    )
    .addOption(connection("--path <path>", "path of the socket endpoint (default: /socket.io-client)"))
    .addOption(connection("--connect-timeout <time>", "time limit for a connection attempt (default: 20s)", duration))
    .addOption(connection("--allow-insecure", "allow http: to another machine, which sends the token unencrypted"))
    .option("--json", "print one line of JSON to stdout for each result");
}

/** @param {import("commander").Command} command @param {string} otherwise @param {string} [what] */
export const withTimeout = (command, otherwise, what = "a reply") =>
  command.option("--timeout <time>", `time limit for ${what} (default: ${otherwise})`, duration);

/** @param {import("commander").Command} command */
export const withParallel = (command) =>
  command.option("--parallel <n>", "maximum number of devices at a time", count, 16);

/** @param {import("commander").Command} command @param {string} what */
export function withEnd(command, what) {
  return command
    .option("--count <n>", `stop after this many ${what}`, count)
    .option("--for <time>", "stop after this time, for example 30s", duration);
}

/** Appends examples to the help. @param {import("commander").Command} command @param {...string} lines */
export const withExamples = (command, ...lines) =>
  command.addHelpText(
    "after",
    `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`,
  );

/**
 * Refuses a token given as an argument before anything else reads it, and does not echo it.
 * @param {string[]} argv
 */
export function refuseToken(argv) {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.some((word) => /^--token(=|$)/.test(word))) {
    throw new UsageError(
      "there is no --token option, because other users and the shell history can see the command line; set ARDEXA_TOKEN or use --token-file, and replace the token that you typed",
    );
  }
}
