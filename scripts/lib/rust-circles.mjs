// Finds circular dependencies between the source files of a crate.
import { codeOnly } from "./rust-source.mjs";

/** @typedef {{ file: string, path: string[], code: string, reexports: Map<string, string[]> }} Module */

/**
 * The cycles of files that name each other's items, each as a list of files. A `mod.rs` that re-exports an item does
 * not count as a user of it: code that uses the re-export depends on the file that defines the item.
 * @param {Record<string, string>} sources by path relative to src/, with forward slashes
 * @returns {string[][]}
 */
export function fileCircles(sources) {
  const modules = new Map();
  for (const [file, source] of Object.entries(sources)) {
    const path = modulePath(file);
    const code = withoutTests(codeOnly(source));
    modules.set(path.join("::"), { file, path, code, reexports: new Map() });
  }
  for (const module of modules.values()) {
    for (const [, names] of module.code.matchAll(/\bpub(?:\([^)]*\))?\s+use\s+([^;]+);/g))
      for (const { name, path } of leaves(names)) module.reexports.set(name, path);
  }
  const edges = new Map();
  for (const module of modules.values()) {
    const used = usedPaths(module.code).flatMap((path) => fileOf(path, module, modules) ?? []);
    edges.set(module.file, new Set(used.filter((file) => file !== module.file)));
  }
  return circles(edges);
}

/** @param {string} file */
function modulePath(file) {
  const parts = file.replace(/\.rs$/, "").split("/");
  if (parts.at(-1) === "mod" || file === "lib.rs") parts.pop();
  return parts;
}

/** Removes the tests at a file's end, which may use anything. @param {string} code */
const withoutTests = (code) => code.replace(/#\[cfg\(test\)\]\s*mod\s+\w+\s*\{[\s\S]*$/, "");

/** Every path in the code: in `use`, except re-exports, and elsewhere. @param {string} code @returns {string[][]} */
function usedPaths(code) {
  const rest = code.replace(/\bpub(?:\([^)]*\))?\s+use\s+[^;]+;/g, "").replace(/\bpub\([^)]*\)/g, "pub");
  const imports = [...rest.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => leaves(tree).map(({ path }) => path));
  const inline = rest.replace(/\buse\s+[^;]+;/g, "").matchAll(/(?<![\w:])(?:crate|self|super|[a-z_]\w*)(?:::\w+)+/g);
  return [...imports, ...[...inline].map(([path]) => path.split("::"))];
}

/**
 * The paths of a `use` tree, with the names that they are imported under.
 * @param {string} tree
 * @param {string[]} [before]
 * @returns {{ name: string, path: string[] }[]}
 */
function leaves(tree, before = []) {
  const text = tree.trim();
  const open = text.indexOf("{");
  if (open < 0) {
    const [path, alias] = text.split(/\s+as\s+/);
    const parts = [...before, ...path.split("::").map((part) => part.trim())];
    if (parts.at(-1) === "self") parts.pop();
    return [{ name: alias?.trim() ?? parts.at(-1) ?? "", path: parts }];
  }
  const head = text
    .slice(0, open)
    .split("::")
    .map((part) => part.trim())
    .filter(Boolean);
  const inside = text.slice(open + 1, text.lastIndexOf("}"));
  return splitTop(inside).flatMap((part) => leaves(part, [...before, ...head]));
}

/** Splits at the commas outside braces. @param {string} text */
function splitTop(text) {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim());
}

/**
 * The file that defines the item at a path, if it is in the crate.
 * @param {string[]} written
 * @param {Module} from
 * @param {Map<string, Module>} modules
 * @returns {string | undefined}
 */
function fileOf(written, from, modules) {
  let path = absolute(written, from, modules);
  // A re-export may refer to another one.
  for (let hops = 0; path && hops < 10; hops++) {
    let length = path.length;
    while (length > 0 && !modules.has(path.slice(0, length).join("::"))) length -= 1;
    const module = /** @type {Module} */ (modules.get(path.slice(0, length).join("::")));
    const target = module.reexports.get(path[length] ?? "");
    if (!target) return module.file;
    path = absolute(target, module, modules);
  }
  return undefined;
}

/** @param {string[]} written @param {Module} from @param {Map<string, Module>} modules @returns {string[] | undefined} */
function absolute(written, from, modules) {
  let rest = written;
  let base;
  if (rest[0] === "crate") [base, rest] = [[], rest.slice(1)];
  else if (rest[0] === "self") [base, rest] = [from.path, rest.slice(1)];
  else if (rest[0] === "super") base = from.path;
  // A child of the file's own module; otherwise another crate.
  else if (modules.has([...from.path, rest[0]].join("::"))) base = from.path;
  if (!base) return undefined;
  while (rest[0] === "super") [base, rest] = [base.slice(0, -1), rest.slice(1)];
  return [...base, ...rest];
}

/** Strongly connected components of more than one file (Tarjan). @param {Map<string, Set<string>>} edges */
function circles(edges) {
  /** @type {Map<string, { index: number, low: number, open: boolean }>} */
  const seen = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const found = [];
  /** @param {string} file */
  const visit = (file) => {
    const mark = { index: seen.size, low: seen.size, open: true };
    seen.set(file, mark);
    stack.push(file);
    for (const used of edges.get(file) ?? []) {
      const other = seen.get(used) ?? visit(used);
      if (other.open) mark.low = Math.min(mark.low, other.low);
    }
    if (mark.low === mark.index) {
      const circle = stack.splice(stack.indexOf(file));
      for (const member of circle) /** @type {{ open: boolean }} */ (seen.get(member)).open = false;
      if (circle.length > 1) found.push(circle.sort());
    }
    return mark;
  };
  for (const file of edges.keys()) if (!seen.has(file)) visit(file);
  return found;
}
