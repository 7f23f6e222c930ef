// Parses just enough Rust to find the paths that a source file uses.

/**
 * The source with comments and the contents of literals blanked out and line breaks preserved.
 * @param {string} source
 */
export function codeOnly(source) {
  const token =
    /\/\/[^\n]*|\/\*|\bb?c?r(#*)"|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.))'/g;
  let code = "";
  let at = 0;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    let end = token.lastIndex;
    if (match[0] === "/*") end = blockCommentEnd(source, match.index);
    else if (match[1] !== undefined) {
      const close = source.indexOf(`"${match[1]}`, end);
      end = close < 0 ? source.length : close + 1 + match[1].length;
    }
    code += source.slice(at, match.index) + source.slice(match.index, end).replace(/[^\n]/g, " ");
    at = end;
    token.lastIndex = end;
  }
  return code + source.slice(at);
}

/** Rust's block comments nest. @param {string} source @param {number} start */
function blockCommentEnd(source, start) {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(source); match; match = edge.exec(source)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return source.length;
}

/**
 * The crate's top-level modules that a file names, by `crate::…` or by enough `super::`s.
 * @param {string} code the result of `codeOnly`
 * @param {string[]} modulePath the file's own module, for example ["engine", "packet"]
 * @returns {{ module: string, line: number }[]}
 */
export function cratePaths(code, modulePath) {
  const found = [];
  const start = /(?<![\w:])(crate|ardexa_client|(?:super\s*::\s*)*super)\s*::\s*/g;
  for (let match = start.exec(code); match; match = start.exec(code)) {
    const line = code.slice(0, match.index).split("\n").length;
    const ups = match[1].match(/super/g)?.length ?? 0;
    const here = modulePath.length + (ups ? inlineModules(code, match.index) : 0);
    const depth = ups === 0 ? 0 : Math.max(0, here - ups);
    if (depth > 0) continue;
    for (const name of heads(code, start.lastIndex)) found.push({ module: name, line });
  }
  return found;
}

/** The first names after `crate::`: one, or those of a group. @param {string} code @param {number} at */
function heads(code, at) {
  const rest = code.slice(at);
  if (!rest.startsWith("{")) return /^(?:r#)?(\w+)/.exec(rest)?.slice(1, 2) ?? [];
  const names = [];
  let depth = 0;
  let atHead = true;
  for (const [word] of rest.matchAll(/[{},]|\w+|\S/g)) {
    if (word === "{") depth += 1;
    else if (word === "}") depth -= 1;
    else if (word === ",") atHead = depth === 1;
    else if (depth === 1 && atHead && /^\w/.test(word)) {
      names.push(word);
      atHead = false;
    }
    if (depth === 0) break;
  }
  return names;
}

/** How many `mod name { … }`, such as `mod tests`, enclose a position. @param {string} code @param {number} at */
function inlineModules(code, at) {
  /** @type {boolean[]} whether each open brace belongs to a module */
  const open = [];
  for (const [word] of code.slice(0, at).matchAll(/\bmod\s+\w+\s*\{|[{}]/g)) {
    if (word === "}") open.pop();
    else open.push(word !== "{");
  }
  return open.filter(Boolean).length;
}
