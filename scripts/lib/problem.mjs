// Failures that the user can fix, described in one sentence.
import { isShared, output } from "./output.mjs";

/** An expected failure: what is missing or wrong, and how to fix it. Printed without a stack trace. */
export class Problem extends Error {
  /**
   * @param {string} message one sentence that names the remedy
   * @param {{ details?: string }} [options] `details`: the last lines of a tool's own output
   */
  constructor(message, { details } = {}) {
    super(message);
    this.name = "Problem";
    this.details = details;
  }
}

/** @param {unknown} error */
export function report(error) {
  const write = isShared() ? output() : (/** @type {string} */ text) => process.stderr.write(text);
  if (error instanceof Problem) {
    if (error.details) write(`\n${error.details.trimEnd()}\n\n`);
    write(`✗ ${error.message}\n`);
  } else {
    write(`✗ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}

/**
 * Runs a script's main function and turns its failure into exit code 1.
 * @param {() => Promise<number | void>} main may return an exit code
 */
export async function runMain(main) {
  try {
    const code = await main();
    if (code) process.exitCode = code;
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}
