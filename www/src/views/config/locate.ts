/** Where in the text an error of the server is, where that can be known. */

export interface Mark { line: number; column?: number; message: string }

/**
 * The server counts lines of what it parsed. That is the text itself where YAML was applied; a configuration that was
 * sent as an object has other lines there, and only the key's name leads back.
 * @param isVerbatim whether the text itself was sent
 */
export function locate(message: string, text: string, isVerbatim: boolean): Mark[] {
  const clean = message.trim();
  const position = /line (\d+)(?:, column (\d+))?/i.exec(clean);
  const key = /'([\w.-]+)'/.exec(clean)?.[1];
  if (isVerbatim && position) {
    const line = Number(position[1]);
    if (line <= text.split("\n").length) return [{ line, ...(position[2] && { column: Number(position[2]) }), message: clean }];
  }
  return key === undefined ? [] : suspects(key, text).map((line) => ({ line, message: clean }));
}

/** Lines that hold the key; of several, those whose value cannot be right. */
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
