/** The samples that a panel holds, as CSV by RFC 4180: the time in UTC, then a column for each value. */
import type { Series } from "ardexa-client";
import { download } from "../../dom";

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** Text that a spreadsheet would take for a formula stays text. */
const safe = (text: string) => quoted(/^[=+\-@\t]/.test(text) ? `'${text}` : text);

/** In pieces of some rows each: a million samples in one string would be a gigabyte while it grows. */
export function csvParts(segments: readonly Series[], names: readonly string[]): string[] {
  const parts = [`${["time", ...names.map(safe)].join(",")}\r\n`];
  for (const series of segments) {
    const times = series.times();
    const columns = names.map((_, column) => (column < series.columns ? series.values(column) : undefined));
    let rows: string[] = [];
    times.forEach((time, row) => {
      const cells = columns.map((values) => {
        const number = values?.[row];
        return number === undefined || Number.isNaN(number) ? "" : String(number);
      });
      rows.push(`${Number.isNaN(time) ? "" : new Date(time).toISOString()},${cells.join(",")}\r\n`);
      if (rows.length === 10_000) {
        parts.push(rows.join(""));
        rows = [];
      }
    });
    parts.push(rows.join(""));
  }
  return parts;
}

export function saveCsv(name: string, parts: string[]): void {
  download(`${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").toLowerCase()}.csv`, parts, "text/csv;charset=utf-8");
}
