// Command-line options and arguments shared by several commands.
import { InvalidArgumentError, Option } from "commander";
import { plain, UsageError } from "./exit.js";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest delay that a timer supports. */
const LONGEST_MS = 2 ** 31 - 1;

/** Parses a duration such as `30s` into milliseconds. @param {string} text */
export function duration(text) {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * UNITS[unit]);
  if (!(ms > 0 && ms <= LONGEST_MS))
    throw new InvalidArgumentError("It must be a time up to 24 days, for example 500ms, 30s, 5m or 2h.");
  return ms;
}

/** Parses an integer of at least one. @param {string} text */
export function count(text) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || !Number.isSafeInteger(number))
    throw new InvalidArgumentError("It must be a whole number of at least 1.");
  return number;
}

/** Rejects an empty name. @param {string} word */
export function name(word) {
  if (word.trim() === "")
    throw new InvalidArgumentError("It must not be empty; check the variable that should hold it.");
  return word;
}

/** The devices without duplicates, in order. @param {string[]} words */
export const distinct = (words) => [...new Set(words.map(trimmed))];

/** With a file written on Windows, `$(cat devices.txt)` leaves a carriage return on each word. @param {string} word */
function trimmed(word) {
  const device = word.trim();
  if (device === "")
    throw new UsageError("a device is empty: give the IDs of devices, and check the variable that should hold one");
  if (/[\u0000-\u001f\u007f\ufffd]/.test(device))
    throw new UsageError(
      `the device ${JSON.stringify(plain(device))} has characters that no ID has; save the list of devices as UTF-8, one ID a line`,
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
    .addOption(connection("--profile <name>", "a cloud of ardexa.json (default: ARDEXA_PROFILE)"))
    .addOption(connection("--url <url>", "the cloud, for example https://app.ardexa.com (default: ARDEXA_URL)"))
    .addOption(connection("--workgroup <id>", "workgroup ID (default: ARDEXA_WORKGROUP)"))
    .addOption(
      connection(
        "--token-file <file>",
        "file with the API token, read for every attempt to connect (default: the token in ARDEXA_TOKEN)",
      ),
    )
    .addOption(connection("--path <path>", "path of the socket endpoint (default: /socket.io-client)"))
    .addOption(connection("--connect-timeout <time>", "for one attempt to connect (default: 20s)", duration))
    .addOption(
      connection("--allow-insecure", "permit http: to another machine, where the token can be read on the way"),
    )
    .option("--json", "one line of JSON on stdout for each result");
}

/** @param {import("commander").Command} command @param {string} otherwise */
export const withTimeout = (command, otherwise) =>
  command.option("--timeout <time>", `how long to wait for an answer (default: ${otherwise})`, duration);

/** @param {import("commander").Command} command */
export const withParallel = (command) => command.option("--parallel <n>", "at most so many devices at once", count, 16);

/** @param {import("commander").Command} command @param {string} what */
export function withEnd(command, what) {
  return command
    .option("--count <n>", `end after so many ${what}`, count)
    .option("--for <time>", "end after a time, for example 30s", duration);
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
      "there is no --token, since other users of this machine and the shell's history see the command line: put the token into ARDEXA_TOKEN or into a file for --token-file, and replace the one that stood here",
    );
  }
}
