/** The panels' samples as CSV (RFC 4180): the time in UTC, then the values. */
import { download } from "../../dom";
import type { Fleet } from "../../model/fleet";
import type { Panel } from "./panel";
import type { Samples } from "./reduce";

/** Rows per string: a million samples in one string would take a gigabyte while it grows. */
const ROWS = 10_000;

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** Prevents a spreadsheet from reading text as a formula. */
const safe = (text: string) => quoted(/^[=+\-@\t]/.test(text) ? `'${text}` : text);
const timeOf = (ms: number) => (Number.isNaN(ms) ? "" : new Date(ms).toISOString());

/** One feed: a column per value. Several feeds: the format of `exportMany`. */
export function exportCsv(fleet: Fleet, panel: Panel): void {
  const { request, name, isComparison, feeds } = panel;
  if (isComparison) return exportMany(fleet, [panel], `${name} comparison`);
  save(
    `${fleet.nameOf(request.deviceId)} ${request.source} ${request.field ?? ""}`,
    wide(feeds[0]?.all ?? [], panel.names.peek()),
  );
}

/** Several panels in one file: one line per value, with its origin. */
export const exportMany = (fleet: Fleet, panels: readonly Panel[], name = "live") => save(name, long(fleet, panels));

function save(name: string, rows: Iterable<string>): void {
  download(
    `${name
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "")
      .toLowerCase()}.csv`,
    inParts(rows),
    "text/csv;charset=utf-8",
  );
}

function inParts(rows: Iterable<string>): string[] {
  const parts: string[] = [];
  let some: string[] = [];
  for (const row of rows) {
    if (some.push(`${row}\r\n`) < ROWS) continue;
    parts.push(some.join(""));
    some = [];
  }
  return [...parts, some.join("")];
}

function* wide(segments: readonly Samples[], names: readonly string[]): Generator<string> {
  yield ["time", ...names.map(safe)].join(",");
  for (const series of segments) {
    const columns = names.map((_, column) => (column < series.columns ? series.values(column) : undefined));
    const cell = (values: Float64Array | undefined, row: number) =>
      Number.isNaN(values?.[row] ?? NaN) ? "" : String(values?.[row]);
    for (const [row, time] of series.times().entries())
      yield `${timeOf(time)},${columns.map((values) => cell(values, row)).join(",")}`;
  }
}

function* long(fleet: Fleet, panels: readonly Panel[]): Generator<string> {
  yield "time,device,device_id,table,source,field,value";
  for (const panel of panels) {
    for (const {
      request: { deviceId, table, source, field },
      all,
    } of panel.feeds) {
      const names = field === undefined ? panel.names.peek() : [field];
      for (const series of all) {
        const times = series.times();
        for (const [column, name] of names.entries()) {
          if (column >= series.columns) continue;
          const where = [fleet.nameOf(deviceId), deviceId, table, source, name].map(safe).join(",");
          for (const [row, number] of series.values(column).entries()) {
            const time = times[row] ?? NaN;
            if (!Number.isNaN(number) && !Number.isNaN(time)) yield `${timeOf(time)},${where},${number}`;
          }
        }
      }
    }
  }
}
