// Checks that everything named in the documents exists, and that their figures match the source files.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { anchors, parse, RULES, words } from "./lib/document-rules.mjs";
import { inRoot, isMain, root } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";
import { STEPS } from "./lib/steps.mjs";

/** @typedef {import("./lib/document-rules.mjs").Repository} Repository */

/** Documents that are skipped, and why. */
const HISTORIES = new Map([
  ["benches/HISTORY.md", "names files and limits of older commits"],
  ["tests/mutants.md", "names files as they were at the commits in its table"],
]);

/** Files whose words are the names that documents may use. The check's own rules and tests contain wrong names. */
const CODE = /\.(rs|[mc]?js|[mc]?tsx?|json|toml|svelte|vue|html|css|py|sh|yml)$/;
const NOT_CODE = /(^|\/)package-lock\.json$|^(scripts\/lib\/document-rules|tests\/scripts\/documents\.test)\.mjs$/;

/** @param {string} path */
const read = (path) => readFileSync(inRoot(path), "utf8");

/** @param {string} path */
const json = (path) => JSON.parse(read(path));

/**
 * The names in the tables of a Cargo.toml whose header ends with `kind`.
 * @param {string} text
 * @param {"dependencies" | "dev-dependencies"} kind
 */
export function crateNames(text, kind) {
  const names = [];
  let isInside = false;
  for (const line of text.split("\n")) {
    const header = /^\[(.+)\]/.exec(line)?.[1];
    if (header !== undefined) isInside = header.split(".").at(-1) === kind;
    const name = isInside && /^([\w-]+)\s*=/.exec(line)?.[1];
    if (name) names.push(name);
  }
  return names.sort();
}

/**
 * The direct dependencies of the npm package's module: the non-optional ones and those that its feature enables.
 * @param {string} text a Cargo.toml
 */
export function moduleCrates(text) {
  const optional = new Set([...text.matchAll(/^([\w-]+) = \{[^\n]*optional = true/gm)].map((match) => match[1]));
  const wanted = ["package"];
  for (const feature of wanted) {
    const list = new RegExp(`^${feature} = \\[([^\\]]*)\\]`, "m").exec(text)?.[1] ?? "";
    for (const [, name] of list.matchAll(/"([^"]+)"/g)) if (!wanted.includes(name)) wanted.push(name);
  }
  return crateNames(text, "dependencies").filter((name) => !optional.has(name) || wanted.includes(`dep:${name}`));
}

/** @returns {Repository} */
export function repository() {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = new Set(listed.split("\0").filter((file) => file && existsSync(inRoot(file))));
  const folders = new Set([".", ".."]);
  for (const file of files)
    for (let folder = posix.dirname(file); folder !== "."; folder = posix.dirname(folder)) folders.add(folder);

  const cargo = read("Cargo.toml");
  const manifests = [...files].filter((file) => posix.basename(file) === "Cargo.toml").map(read);
  const crates = manifests.flatMap((text) => [
    ...crateNames(text, "dependencies"),
    ...crateNames(text, "dev-dependencies"),
  ]);
  const node = /\d+(\.\d+)*/.exec(json("pkg-template/package.json").engines.node)?.[0] ?? "";
  const { dependencies, devDependencies } = json("tests/packaging/package.json");
  const typescripts = Object.keys({ ...dependencies, ...devDependencies })
    .flatMap((name) => /^typescript-(\d+(?:\.\d+)?)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  /** @type {{ revision: unknown }[]} */
  const vectors = [...files].filter((file) => /^tests\/vectors\/[^/]+\.json$/.test(file)).flatMap(json);
  const code = [...files].filter((file) => CODE.test(file) && !NOT_CODE.test(file));
  return {
    files,
    folders,
    words: new Set([...files, ...code.map(read)].flatMap(words)),
    anchors: (path) => anchors(parse(path, read(path))),
    npmScripts: (document) => {
      const names = new Set(Object.keys(json("package.json").scripts));
      const near = posix.join(posix.dirname(document), "package.json");
      if (files.has(near)) for (const name of Object.keys(json(near).scripts ?? {})) names.add(name);
      return names;
    },
    steps: STEPS.map((step) => step.name),
    crates: new Set(crates),
    moduleCrates: moduleCrates(cargo),
    budgets: json("benches/budgets.json"),
    versions: { node, typescript: typescripts[0] ?? "", rust: /^rust-version = "(.*)"/m.exec(cargo)?.[1] ?? "" },
    vectors: { vectors: vectors.length, cases: vectors.flatMap(({ revision }) => revision).length },
  };
}

/**
 * @param {string} path
 * @param {string} text
 * @param {Repository} about
 * @returns {string[]}
 */
export function problems(path, text, about) {
  const document = parse(path, text);
  return RULES.flatMap((rule) => rule(document, about))
    .sort((a, b) => a.line - b.line)
    .map(({ line, message }) => `${path}:${line}: ${message}`);
}

async function main() {
  const about = repository();
  const documents = [...about.files].filter((file) => file.endsWith(".md") && !HISTORIES.has(file));
  const wrong = documents.flatMap((path) => problems(path, read(path), about));
  if (wrong.length)
    throw new Problem("the documents differ from the repository: correct the documents.", {
      details: wrong.join("\n"),
    });
  say(`  ${documents.length} documents agree with the repository.`);
}

if (isMain(import.meta.url)) await runMain(main);
