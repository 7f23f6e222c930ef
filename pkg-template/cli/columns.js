// Prints rows of text: in columns with headings on a terminal, separated by tabs for programs.
import { plain } from "./exit.js";

/**
 * @param {import("./output.js").Output} output @param {string[]} headings @param {string[][]} rows
 */
export async function printRows(output, headings, rows) {
  const clean = rows.map((row) => row.map((cell) => plain(cell).replace(/\s+/g, " ")));
  if (!output.canDraw(output.stdout)) {
    await output.data(clean.map((row) => `${row.join("\t")}\n`).join(""));
    return;
  }
  const all = [headings, ...clean];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => [...row[column]].length)));
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, column) => cell + " ".repeat(widths[column] - [...cell].length))
      .join("  ")
      .trimEnd();
  await output.data(all.map((row) => `${line(row)}\n`).join(""));
}

/** Prints some issues. @param {import("./output.js").Output} output @param {{ message: string, deviceId?: string }[]} issues */
export function sayIssues(output, issues) {
  const shown = issues.slice(0, 10);
  for (const { message, deviceId } of shown)
    output.say(plain(deviceId === undefined ? message : `${deviceId}: ${message}`));
  if (issues.length > shown.length) output.say(`${issues.length - shown.length} more; use --json to see all`);
}
