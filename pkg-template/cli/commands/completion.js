// `ardexa completion bash|zsh|fish`, and the command that its scripts call: `ardexa __complete SHELL -- WORDS`.
import { Argument } from "commander";
import { SHELLS } from "../completion/shells.js";
import { FILES, suggest } from "../completion/suggest.js";
import { forBash, wordsOf } from "../completion/words.js";
import { EXIT, plain } from "../exit.js";

/** @param {import("commander").Command} program @param {import("../context.js").Action} action */
export function addCompletion(program, action) {
  const shells = Object.keys(SHELLS);
  return program
    .command("completion")
    .summary("print a shell completion script")
    .description(
      "Prints a completion script for commands, options, the profiles and devices in ardexa.json, and the devices and sources last found by the devices and sources commands.",
    )
    .addArgument(new Argument("<shell>", "shell").choices(shells))
    .addHelpText("after", `\nExamples:\n${shells.map((shell) => `  $ ${SHELLS[shell].install}`).join("\n")}`)
    .action(
      action(async (context, shell) => {
        await context.output.data(SHELLS[shell].script);
        return EXIT.ok;
      }),
    );
}

/** Whether a completion script made the call. @param {string[]} argv */
export const asksForCompletion = ([name]) => name === "__complete";

/**
 * Prints the candidates at the cursor. Errors, for example in ardexa.json, are left for the actual command to report.
 * @param {import("commander").Command} program @param {string[]} argv @param {import("../context.js").Context} context
 */
export async function complete(program, [, shell, , ...given], { output, env }) {
  const { words, quoted } = shell === "bash" ? wordsOf(given[0] ?? "") : { words: given, quoted: false };
  let suggestions;
  try {
    suggestions = suggest(program, words, env);
  } catch {
    return;
  }
  if (suggestions === FILES) return output.data(":files\n");
  const word = words.at(-1) ?? "";
  const lines = suggestions.map(({ value, about = "" }) => {
    const shown = shell === "bash" ? forBash(value, word, quoted) : value;
    return `${plain(shown)}\t${plain(about).replace(/\s+/g, " ")}\n`;
  });
  await output.data(lines.join(""));
}
