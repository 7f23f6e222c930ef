// The rules for documents. Each compares a document with the repository's contents and returns the mismatches.
import { posix } from "node:path";

/**
 * @typedef {object} Line
 * @property {number} number from 1
 * @property {string} text
 * @property {boolean} isCode whether it is in a fenced block
 *
 * @typedef {object} Document
 * @property {string} path
 * @property {Line[]} lines
 *
 * @typedef {object} Repository
 * @property {Set<string>} files all files, by path from the root
 * @property {Set<string>} folders the folders that contain them
 * @property {Set<string>} words the words of the code and of the paths
 * @property {(path: string) => Set<string>} anchors the anchors of a document's headings
 * @property {(document: string) => Set<string>} npmScripts the scripts of the manifests that apply to a document
 * @property {string[]} steps the steps of `npm test`
 * @property {Set<string>} crates the dependencies of the repository's manifests, including those for tests
 * @property {string[]} moduleCrates those of them that the npm package's module contains
 * @property {{ metric: string, most?: number, least?: number, aim: number }[]} budgets
 * @property {{ node: string, typescript: string, rust: string }} versions the oldest supported versions
 * @property {{ vectors: number, cases: number }} vectors how many elements `tests/vectors/` has, and with their revisions
 *
 * @typedef {{ line: number, message: string }} Finding
 */

const GENERATED = /^(pkg|build|target|node_modules|www\/dist)(\/|$)/;
const CRATES = /\bcrates?(?: [a-z ]+:)? (`[\w-]+`(?:(?:, | and | or |, and )`[\w-]+`)*)/g;
const WORD = /[A-Za-z_$][\w$]*/g;
const SOURCE = /\.(rs|[mc]?js|[mc]?tsx?|md|json|toml|svg|svelte|vue|html|css|py|sh|yml)$/;

/** @param {string} path @param {string} text @returns {Document} */
export function parse(path, text) {
  let fence = "";
  const lines = text.split("\n").map((line, index) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    const isCode = Boolean(fence) || Boolean(mark);
    if (!fence) fence = mark;
    else if (mark.startsWith(fence)) fence = "";
    return { number: index + 1, text: line, isCode };
  });
  return { path, lines };
}

/** @param {string} text @returns {string[]} */
const spans = (text) => [...text.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map((match) => match[1]);

/** @param {string} text @returns {string[]} */
export const words = (text) => text.match(WORD) ?? [];

/** @param {Document} document @returns {Line[]} */
const prose = (document) => document.lines.filter((line) => !line.isCode);

/**
 * A path in backticks must exist below the root, the document's folder, `src/` or `tests/`; tests may omit their
 * extension. A span is a path if it starts with a folder in one of these or has a source file's extension. A Rust file
 * may be named without its folder.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function missingPaths(document, repository) {
  const here = posix.dirname(document.path);
  const bases = [...new Set([".", here, posix.join(here, "src"), "src", "tests"])];
  const found = [];
  for (const line of prose(document)) {
    for (const span of spans(line.text)) {
      const path = span.replace(/^\.\//, "");
      if (/^\w+\.rs$/.test(path) && ![...repository.files].some((file) => file.endsWith(`/${path}`)))
        found.push({ line: line.number, message: `no file is called \`${span}\`` });
      if (!path.includes("/") || !/^[\w.][\w.*/{},-]*$/.test(path) || path.startsWith("ardexa-client/")) continue;
      const first = path.split("/")[0];
      const isOurs = bases.some((base) => repository.folders.has(posix.join(base, first))) && /[a-z]/.test(first);
      if (!path.startsWith("../") && !isOurs && !SOURCE.test(path)) continue;
      if (GENERATED.test(path) || bases.some((base) => holds(repository, posix.join(base, path)))) continue;
      found.push({ line: line.number, message: `there is no \`${span}\`` });
    }
  }
  return found;
}

/** @param {Repository} repository @param {string} path a glob must match something; `folder/` must be a folder */
function holds({ files, folders }, path) {
  if (path.includes("*") || path.includes("{")) {
    const pattern = path
      .replace(/[.+^$()|[\]\\]/g, "\\$&")
      .replace(/\{([^}]*)\}/g, (_, names) => `(${names.replaceAll(",", "|")})`)
      .replace(/\*\*\/?|\*/g, (stars) => (stars === "*" ? "[^/]*" : ".*"));
    const glob = new RegExp(`^${pattern}$`);
    return [...files, ...folders].some((file) => glob.test(file));
  }
  if (path.endsWith("/")) return folders.has(path.slice(0, -1));
  return files.has(path) || folders.has(path) || files.has(`${path}.test.mjs`);
}

/** Names of other programs that documents use and no code does. */
const FOREIGN = new Set([
  ...["max_fails", "proxy_read_timeout"], // nginx
  ...["ackTimeout", "autoConnect", "extraHeaders", "randomizationFactor"], // socket.io-client
  ...["reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax"],
  "markRaw", // Vue
]);

/**
 * A name in backticks that has an inner capital or an underscore must occur in the code, or begin a word there if `…`
 * follows. The changelog may name what is gone.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function unknownNames(document, repository) {
  if (document.path === "CHANGELOG.md") return [];
  const found = [];
  for (const line of prose(document)) {
    for (const span of spans(line.text)) {
      for (const name of words(span)) {
        const isOurs = /[a-z\d][A-Z]|_/.test(name) && !FOREIGN.has(name);
        if (!isOurs || repository.words.has(name)) continue;
        const isBegun = span.includes(`${name}…`) && [...repository.words].some((word) => word.startsWith(name));
        if (!isBegun) found.push({ line: line.number, message: `the code has no \`${name}\`` });
      }
    }
  }
  return found;
}

/**
 * The anchors that GitHub gives to a document's headings.
 * @param {Document} document
 */
export function anchors(document) {
  const headings = prose(document).flatMap((line) => /^#{1,6} (.+)$/.exec(line.text)?.[1] ?? []);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/**
 * A link into the repository must point to an existing file or folder, and its anchor to a heading.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function brokenLinks(document, repository) {
  const found = [];
  for (const line of prose(document)) {
    const text = line.text.replace(/(?<!`)`[^`]+`(?!`)/g, "``");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)].map(
      (match) => match[1] ?? match[2],
    );
    for (const link of links) {
      if (/^[a-z]+:/.test(link)) continue;
      const [to, anchor] = link.split("#");
      const path = to ? posix.join(posix.dirname(document.path), to) : document.path;
      const isThere = path === "." || GENERATED.test(path) || holds(repository, path);
      const isToHeading = isThere && anchor && path.endsWith(".md");
      const headings = isToHeading && (to ? repository.anchors(path) : anchors(document));
      if (!isThere || (headings && !headings.has(anchor)))
        found.push({ line: line.number, message: `the link to ${link} leads nowhere` });
    }
  }
  return found;
}

/**
 * `npm run x` must name a script, and `npm test -- x` a step.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function unknownCommands(document, repository) {
  const scripts = repository.npmScripts(document.path);
  const found = [];
  for (const line of document.lines) {
    for (const [, name] of line.text.matchAll(/\bnpm run ([a-z][\w:-]*)/g))
      if (!scripts.has(name)) found.push({ line: line.number, message: `package.json has no script \`${name}\`` });
    for (const [, names] of line.text.matchAll(/\bnpm test -- ((?:[a-z][a-z-]* ?)+)/g))
      for (const name of names.trim().split(" "))
        if (!repository.steps.includes(name))
          found.push({ line: line.number, message: `\`npm test\` has no step \`${name}\`` });
  }
  return found;
}

/**
 * The steps in brackets under "What CI checks" must be those of `npm test`, each once.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function wrongSteps(document, repository) {
  const found = [];
  const seen = new Set();
  let isInside = false;
  if (document.path === "CONTRIBUTING.md" && !anchors(document).has("what-ci-checks"))
    found.push({ line: 1, message: "the section of the steps is missing" });
  for (const line of prose(document)) {
    if (line.text.startsWith("## ")) isInside = line.text === "## What CI checks";
    const names = isInside && /^- \*\*[^*]+\*\* \(([^)]+)\)/.exec(line.text)?.[1];
    for (const name of names ? spans(names) : []) {
      if (!repository.steps.includes(name))
        found.push({ line: line.number, message: `\`npm test\` has no step \`${name}\`` });
      else if (seen.has(name)) found.push({ line: line.number, message: `the step \`${name}\` is there twice` });
      seen.add(name);
    }
  }
  return found;
}

/**
 * A name after "crate" or "crates" must be a dependency in a Cargo.toml; "contains these crates" must list exactly the
 * npm package's crates.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function wrongCrates(document, repository) {
  const found = [];
  for (const line of prose(document)) {
    for (const match of line.text.matchAll(CRATES)) {
      const names = spans(match[1]);
      const isWhole = line.text.slice(0, match.index).endsWith("contains these ");
      for (const name of names)
        if (isWhole ? !repository.moduleCrates.includes(name) : !repository.crates.has(name))
          found.push({ line: line.number, message: `no Cargo.toml has such a dependency: \`${name}\`` });
      for (const name of repository.moduleCrates)
        if (isWhole && !names.includes(name))
          found.push({ line: line.number, message: `\`${name}\` of Cargo.toml is missing` });
    }
  }
  return found;
}

/**
 * Rows of a table with the columns metric, limit and aim must have the figures of `benches/budgets.json`.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function wrongBudgets(document, repository) {
  const found = [];
  /** @type {string[] | undefined} */
  let columns;
  for (const line of prose(document)) {
    const cells = cellsOf(line.text);
    if (!cells) columns = undefined;
    else if (["metric", "limit", "aim"].every((name) => cells.includes(name))) columns = cells;
    else if (columns && !/^[-:]+$/.test(cells[0])) {
      const [metric, limit, aim] = ["metric", "limit", "aim"].map((name) => cells[columns?.indexOf(name) ?? 0] ?? "");
      const budget = repository.budgets.find((one) => one.metric === metric);
      if (!budget) found.push({ line: line.number, message: `benches/budgets.json has no metric "${metric}"` });
      else
        for (const [name, said, is] of /** @type {const} */ ([
          ["limit", limit, budget.most ?? budget.least],
          ["aim", aim, budget.aim],
        ]))
          if (figure(said) !== is)
            found.push({ line: line.number, message: `the ${name} of "${metric}" is ${is}, not ${said}` });
    }
  }
  return found;
}

/** @param {string} text @returns {string[] | undefined} */
function cellsOf(text) {
  if (!/^\|.*\|$/.test(text.trim())) return undefined;
  const cells = text
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim());
}

/** @param {string} text */
const figure = (text) => (/^[\d.,]+$/.test(text) ? Number(text.replaceAll(",", "")) : NaN);

/**
 * A limit in KB must be in `benches/budgets.json`, and "Node, TypeScript or Rust … or later" must match the manifests.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function wrongFigures(document, repository) {
  const { node, typescript, rust } = repository.versions;
  const limits = repository.budgets.filter(({ metric }) => /\bKB\b/.test(metric)).map(({ most }) => most);
  const found = [];
  for (const line of prose(document)) {
    for (const match of line.text.matchAll(/\blimit(?: is| of|:)? ([\d.]+) KB|([\d.]+) KB limit/g)) {
      const said = match[1] ?? match[2];
      if (!limits.includes(Number(said)))
        found.push({ line: line.number, message: `benches/budgets.json has no limit of ${said} KB` });
    }
    for (const [, name, said] of line.text.matchAll(/\b(Node|TypeScript|Rust) (\d+(?:\.\d+)*) or (?:later|newer)/g)) {
      const is = { Node: node, TypeScript: typescript, Rust: rust }[name];
      if (said !== is) found.push({ line: line.number, message: `${name} ${is} is the oldest, not ${said}` });
    }
  }
  return found;
}

/**
 * "N vectors, with their revisions M cases" must match `tests/vectors/`.
 * @param {Document} document
 * @param {Repository} repository
 * @returns {Finding[]}
 */
export function wrongVectors(document, { vectors: { vectors, cases } }) {
  const found = [];
  for (const line of prose(document)) {
    const said = /\b(\d+) vectors, with their revisions (\d+) cases/.exec(line.text);
    if (said && (Number(said[1]) !== vectors || Number(said[2]) !== cases))
      found.push({
        line: line.number,
        message: `tests/vectors has ${vectors} vectors, with their revisions ${cases} cases`,
      });
  }
  return found;
}

/**
 * A list or table must not repeat an item, nor an enumeration a name in backticks.
 * @param {Document} document
 * @returns {Finding[]}
 */
export function repeatedItems(document) {
  const found = [];
  /** @type {Map<number, Map<string, number>>} the items so far, by their indentation */
  let lists = new Map();
  for (const line of document.lines) {
    if (line.isCode) continue;
    const item = /^(\s*)(?:[-*+]|\d+[.)]|(?=\|)) ?(.*)$/.exec(line.text);
    if (item && !/^[|\s:-]*$/.test(item[2])) {
      const depth = item[1].length;
      for (const other of lists.keys()) if (other > depth) lists.delete(other);
      const items = lists.get(depth) ?? new Map();
      lists.set(depth, items);
      const name = item[2].trim();
      if (items.has(name)) found.push({ line: line.number, message: `the item of line ${items.get(name)} once more` });
      else items.set(name, line.number);
    } else if (!item && line.text.trim() && !/^\s/.test(line.text)) lists = new Map();
    for (const [list] of line.text.matchAll(/`[^`]+`(?:(?:, | and |, and )`[^`]+`){2,}/g)) {
      const names = spans(list);
      for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index)))
        found.push({ line: line.number, message: `\`${name}\` is twice in one enumeration` });
    }
  }
  return found;
}

export const RULES = [
  missingPaths,
  unknownNames,
  brokenLinks,
  unknownCommands,
  wrongSteps,
  wrongCrates,
  wrongBudgets,
  wrongFigures,
  wrongVectors,
  repeatedItems,
];
