// Parses YAML with the package "yaml", imported when first needed: a program that queries no device does not load it.

/**
 * @param {string} text @param {((text: string) => unknown) | undefined} parse the caller's own parser
 * @returns {Promise<unknown>} rejects with a readable message
 */
export async function parseYaml(text, parse) {
  if (parse) return parse(text);
  /** @type {typeof import("yaml")} */
  let yaml;
  try {
    yaml = await import("yaml");
  } catch {
    throw new Error(
      'no YAML parser is available; pass a function as parseYaml, or map "yaml" to a module in an import map',
    );
  }
  const lines = new yaml.LineCounter();
  // `<<` merges as in YAML 1.1, which defines it.
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new Error(
      `it is not valid YAML (line ${line}, column ${col}): ${error.message.split("\n")[0].replace(/\.$/, "")}`,
    );
  }
  return document.toJS();
}
