/** Explains in plain words why an agent refused a configuration, with the position in the text. */
import type { Mark, Problem } from "../../model/documents";

/** @param isVerbatim whether the text itself was sent, so that the agent's line numbers apply to it */
export function explain(message: string, text: string, isVerbatim: boolean): Problem {
  const raw = message.trim();
  const place = locate(raw, text, isVerbatim);
  const said = meaning(raw);
  const lines = place.map(({ line }) => line);
  const where = lines.length === 0 ? "" : ` (${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")})`;
  return {
    text: `The agent refused this configuration: ${said}${where}.`,
    raw,
    marks: place.map((mark) => ({ ...mark, message: said })),
  };
}

function meaning(raw: string): string {
  if (/Bad frequency/i.test(raw)) return "frequency must be a number above 0";
  const missing = /Missing '([\w.-]+)' in a '(\w+)' scenario/.exec(raw);
  if (missing) return `a ${missing[2]} scenario has no ${missing[1]}`;
  const reason = /Failed to parse '([\w.-]+)'(?:: (.*?))?(?: LC: \d+)?$/m.exec(raw);
  if (reason) return `${reason[1]} could not be read`;
  if (/yaml-cpp: error/.test(raw)) return "this is not valid YAML";
  return "see its message below";
}

/**
 * The agent counts lines of its input. For applied YAML that is the text itself. A configuration sent as an object has
 * different lines there, so only the key's name identifies the place.
 */
function locate(message: string, text: string, isVerbatim: boolean): Mark[] {
  const position = /line (\d+)(?:, column (\d+))?/i.exec(message);
  const key = /'([\w.-]+)'/.exec(message)?.[1];
  if (isVerbatim && position) {
    const line = Number(position[1]);
    if (line <= text.split("\n").length)
      return [{ line, ...(position[2] && { column: Number(position[2]) }), message }];
  }
  return key === undefined ? [] : suspects(key, text).map((line) => ({ line, message }));
}

/** Lines that contain the key; if there are several, those whose value cannot be right. */
function suspects(key: string, text: string): number[] {
  const pattern = new RegExp(`^[\\s{,-]*"?${key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}"?\\s*:\\s*(.*?),?\\s*$`);
  const found = text.split("\n").flatMap((content, at) => {
    const value = pattern.exec(content)?.[1];
    return value === undefined ? [] : [{ line: at + 1, value }];
  });
  if (found.length <= 1) return found.map(({ line }) => line);
  if (key !== "frequency") return [];
  return found.filter(({ value }) => !(Number(value) > 0)).map(({ line }) => line);
}
