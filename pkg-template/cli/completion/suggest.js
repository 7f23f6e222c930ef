// Suggests completions at the cursor: commands, options, their values, names of devices and profiles. Derived from the
// program's own commands and options, so that nothing is listed twice.
import { chosenProfile, readProfiles } from "../profiles.js";
import { knownDevices, knownFields, knownSources, knownTables } from "./catalog.js";

/** Makes the shell complete a file name. */
export const FILES = "files";

/**
 * @typedef {{ value: string, about?: string }} Suggestion
 * @typedef {object} Line the command line before the cursor
 * @property {NodeJS.ProcessEnv} env
 * @property {Map<string, string | undefined>} given the values of options, by long flag
 * @property {string[]} args the positional arguments
 */

/**
 * Values known without a request to the cloud, by the name of an argument or the long flag of an option. Each entry
 * lists its sources, among them the cache of the cloud's last response.
 * @type {Record<string, typeof FILES | ((line: Line) => Suggestion[])[]>}
 */
const VALUES = {
  device: [devicesOfProfile, knownDevices],
  file: FILES,
  "--field": [knownFields],
  "--profile": [profiles],
  "--source": [knownSources],
  "--table": [knownTables],
  "--token-file": FILES,
};

/** @param {Line} line @returns {Suggestion[]} */
function devicesOfProfile({ env, given }) {
  return [...(chosenProfile({ profile: given.get("--profile") }, env)?.devices ?? [])].map(([value, about]) => ({
    value,
    about,
  }));
}

/** @param {Line} line @returns {Suggestion[]} */
function profiles({ env }) {
  return [...readProfiles(env).values()].map(({ name, url }) => ({ value: name, about: url }));
}

/**
 * @param {import("commander").Command} program
 * @param {string[]} words after the program's name; the last one is being typed
 * @param {NodeJS.ProcessEnv} env
 * @returns {Suggestion[] | typeof FILES}
 */
export function suggest(program, words, env) {
  const word = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const [name] = before;
  if (name === undefined || (name === "help" && before.length === 1)) {
    const commands = program.createHelp().visibleCommands(program);
    const all = commands.map((one) => ({ value: one.name(), about: one.summary() || one.description() }));
    return beginning(word, name === undefined && word.startsWith("-") ? optionsOf(program) : all);
  }
  const command = program.commands.find((one) => one.name() === name);
  // Words after -- are for the device.
  if (!command || before.includes("--")) return [];

  const { awaited, given, args } = read(command, before.slice(1));
  const line = { env, given, args };
  if (awaited) return values(awaited.long ?? "", awaited.argChoices, word, line);
  const [, flag, begun] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  if (flag !== undefined) {
    const option = command.options.find(({ long }) => long === flag);
    const found = option ? values(flag, option.argChoices, begun, line) : [];
    return found === FILES ? FILES : found.map(({ value, about }) => ({ value: `${flag}=${value}`, about }));
  }
  if (word.startsWith("-"))
    return beginning(
      word,
      optionsOf(command).filter(({ value }) => !given.has(value)),
    );
  const argument =
    command.registeredArguments[args.length] ?? command.registeredArguments.findLast((one) => one.variadic);
  if (!argument) return [];
  const found = values(argument.name() === "words" ? "device" : argument.name(), argument.argChoices, word, line);
  return found === FILES ? FILES : found.filter(({ value }) => !args.includes(value));
}

/**
 * Parses the line before the cursor: the option whose value comes next, the given options, the arguments.
 * @param {import("commander").Command} command @param {string[]} words
 */
function read(command, words) {
  /** @type {Map<string, string | undefined>} */
  const given = new Map();
  /** @type {string[]} */
  const args = [];
  let awaited = /** @type {import("commander").Option | undefined} */ (undefined);
  for (const word of words) {
    if (awaited) {
      if (awaited.long) given.set(awaited.long, word);
      awaited = undefined;
    } else if (word.startsWith("-") && word !== "-") {
      const [, flag, value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
      const option = command.options.find(({ long, short }) => long === flag || short === flag);
      if (option?.long) given.set(option.long, value);
      if (value === undefined && option?.required) awaited = option;
    } else args.push(word);
  }
  return { awaited, given, args };
}

/** @param {import("commander").Command} command @returns {Suggestion[]} */
const optionsOf = (command) =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? "", about: description }));

/** @param {string} name @param {string[] | undefined} choices @param {string} word @param {Line} line */
function values(name, choices, word, line) {
  if (choices)
    return beginning(
      word,
      choices.map((value) => ({ value })),
    );
  const known = Object.hasOwn(VALUES, name) ? VALUES[name] : [];
  return known === FILES
    ? FILES
    : beginning(
        word,
        known.flatMap((source) => source(line)),
      );
}

/** @param {string} word @param {Suggestion[]} suggestions */
const beginning = (word, suggestions) => suggestions.filter(({ value }) => value.startsWith(word));
