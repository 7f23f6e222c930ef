// Prints results as a table in the terminal.

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} head
 * @property {Array<{ name?: string, rows: string[][] }>} groups
 * @property {string[]} [notes]
 */

/** @param {Table} table */
export function render({ title, head, groups, notes = [] }) {
  const rows = groups.flatMap((group) =>
    group.rows.map((row) => (group.name ? [`  ${row[0]}`, ...row.slice(1)] : row)),
  );
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (/** @type {string[]} */ row) =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ")}`.trimEnd();
  const lines = groups.flatMap((group) => [
    ...(group.name ? [`  ${group.name}`] : []),
    ...group.rows.map((row) => line(group.name ? [`  ${row[0]}`, ...row.slice(1)] : row)),
  ]);
  return [title, line(head), ...lines, ...notes.map((note) => `  ${note}`)].join("\n");
}
