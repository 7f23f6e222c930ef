// What the check of the documents reports, and what it ignores.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crateNames, moduleCrates, problems, repository } from "../../scripts/check-documents.mjs";

/** @type {import("../../scripts/lib/document-rules.mjs").Repository} */
const ABOUT = {
  files: new Set([
    "README.md",
    "docs/guide.md",
    "docs/lib/a.mjs",
    "src/client/calls.rs",
    "tests/node/api/feed.test.mjs",
  ]),
  folders: new Set([".", "src", "src/client", "tests", "tests/node", "tests/node/api", "docs", "docs/lib"]),
  words: new Set(["handle_input", "pollOutput", "a_token_is_sent"]),
  anchors: () => new Set(["a-part"]),
  npmScripts: () => new Set(["build", "test:node"]),
  steps: ["fmt", "rust"],
  crates: new Set(["serde", "slab", "proptest"]),
  moduleCrates: ["serde", "slab"],
  budgets: [
    { metric: "KB for a browser", most: 112, aim: 95 },
    { metric: "samples a second", least: 100_000, aim: 200_000 },
  ],
  versions: { node: "20.19", typescript: "5.2", rust: "1.88" },
  vectors: { vectors: 3, cases: 5 },
};

/**
 * @param {string} text
 * @param {string[]} expected the problems, as "line: message"
 */
function finds(text, expected) {
  const found = problems("docs/guide.md", text, ABOUT);
  assert.deepEqual(
    found.map((problem) => problem.replace("docs/guide.md:", "")),
    expected,
  );
}

test("a path exists relative to the root, the document's folder, src or tests", () => {
  finds("`src/client/calls.rs`, `client/calls.rs`, `lib/a.mjs`, `../README.md`, `node/api/feed`, `tests/node/`", []);
  finds("text\n`src/client/map.rs`", ["2: there is no `src/client/map.rs`"]);
  finds("`src/js`", ["1: there is no `src/js`"]);
  finds("`elsewhere/map.rs`", ["1: there is no `elsewhere/map.rs`"]);
  finds("`src/client/calls.rs/`", ["1: there is no `src/client/calls.rs/`"]);
  finds("`calls.rs`, `package.json`", []);
  finds("`map.rs`", ["1: no file is called `map.rs`"]);
  finds("`../missing/`", ["1: there is no `../missing/`"]);
});

test("a glob matches something", () => {
  finds("`tests/node/*/*.test.mjs`, `src/client/{calls,feeds}.rs`, `tests/**/feed.test.mjs`", []);
  finds("`tests/node/*.test.mjs`", ["1: there is no `tests/node/*.test.mjs`"]);
});

test("text that is not a path of the repository is ignored", () => {
  finds("`application/wasm`, `/etc/hosts`, `~/x.sh`, `@a/b.js`, `a / b.rs`", []);
  finds("`ardexa-client/inline`, `pkg/index.js`", []);
  finds("```\n`src/js`\n```\n", []);
});

test("a name occurs in the code", () => {
  finds("`Client::handle_input`, `pollOutput()`, `tokens::a_token_…`, `max_fails=0`, `client`, an_unknown_one", []);
  finds("`Client::take_input`", ["1: the code has no `take_input`"]);
  finds("`handleInput({a})`", ["1: the code has no `handleInput`"]);
  finds("`a_token_`", ["1: the code has no `a_token_`"]);
  finds("`a_tokens_…`", ["1: the code has no `a_tokens_`"]);
});

test("the changelog may name what is gone", () => {
  assert.deepEqual(problems("CHANGELOG.md", "`take_input` is gone.", ABOUT), []);
});

test("a link points to a file or a folder", () => {
  finds("[a](../src/client/calls.rs) [b](lib) [c](https://example.org/x) [e](lib/a.mjs#L1)", []);
  finds("[a](gone.md)", ["1: the link to gone.md leads nowhere"]);
  finds('<img src="gone.png">', ["1: the link to gone.png leads nowhere"]);
});

test("an anchor is the slug of a heading", () => {
  finds("[a](../README.md#a-part) [b](#what-it-costs-a-kb)\n\n## What it costs (`a` KB)", []);
  finds("[a](../README.md#gone)", ["1: the link to ../README.md#gone leads nowhere"]);
  finds("[a](#part)\n\n```\n# Part\n```", ["1: the link to #part leads nowhere"]);
});

test("npm scripts and steps exist, in code blocks too", () => {
  finds("`npm run build -- --dev`, `npm test -- fmt rust`, `npm run test:node`", []);
  finds("```console\n$ npm run biuld\n```", ["2: package.json has no script `biuld`"]);
  finds("`npm test -- fmt size`", ["1: `npm test` has no step `size`"]);
});

test("the list of CI checks names existing steps, each once", () => {
  const list = "## What CI checks\n\n- **A** (`fmt`): x\n- **B** (`rust`, `fmt`, `gone`): y";
  finds(`${list}\n\n## Next\n\n- **C** (\`gone\`)`, [
    "4: the step `fmt` is there twice",
    "4: `npm test` has no step `gone`",
  ]);
});

test("CONTRIBUTING has that list", () => {
  const found = problems("CONTRIBUTING.md", "## Something else", ABOUT);
  assert.deepEqual(found, ["CONTRIBUTING.md:1: the section of the steps is missing"]);
});

test("crates are dependencies, and the module's list is complete", () => {
  finds("the crate `slab`, the crates `serde` and `proptest`", []);
  finds("the crate `foldhash`", ["1: no Cargo.toml has such a dependency: `foldhash`"]);
  finds("It contains these crates and what they need: `serde`, `proptest`.", [
    "1: no Cargo.toml has such a dependency: `proptest`",
    "1: `slab` of Cargo.toml is missing",
  ]);
});

test("limits and aims match the budgets", () => {
  const table = (/** @type {string} */ row) => `| metric | measured | limit | aim |\n|---|---|---|---|\n${row}`;
  finds(table("| KB for a browser | 1 | 112.0 | 95 |\n| samples a second | 1 | 100,000 | 200,000 |"), []);
  finds(table("| KB for a browser | 1 | 88 | 90 |"), [
    '3: the limit of "KB for a browser" is 112, not 88',
    '3: the aim of "KB for a browser" is 95, not 90',
  ]);
  finds(table("| weight | 1 | 2 | 3 |"), ['3: benches/budgets.json has no metric "weight"']);
  finds("| metric | limit |\n|---|---|\n| weight | 2 |", []);
  finds("the limit of 112 KB, the limit is 60 KB", ["1: benches/budgets.json has no limit of 60 KB"]);
});

test("versions are the oldest of the manifests", () => {
  finds("Node 20.19 or later, TypeScript 5.2 or later, Rust 1.88 or newer; in Node 22.21 and later", []);
  finds("Node 18 or later", ["1: Node 20.19 is the oldest, not 18"]);
  finds("TypeScript 5.0 or later", ["1: TypeScript 5.2 is the oldest, not 5.0"]);
});

test("the vectors are counted", () => {
  finds("3 vectors, with their revisions 5 cases", []);
  finds("3 vectors, with their revisions 4 cases", ["1: tests/vectors has 3 vectors, with their revisions 5 cases"]);
});

test("an item appears once in its list", () => {
  finds("- a\n- b\n\ntext\n\n- a", []);
  finds("- a\n  - x\n- b\n  - x", []);
  finds("- a\n- b\n- a", ["3: the item of line 1 once more"]);
  finds("| a | b |\n|---|---|\n| c | d |\n| c | d |", ["4: the item of line 3 once more"]);
  finds("`a`, `b`, `a`", ["1: `a` is twice in one enumeration"]);
});

const CARGO = `
[features]
package = ["web", "dep:talc"]
web = [
    "dep:js-sys",
]
native = ["dep:async-io"]

[dependencies]
serde = "1" # [x]
[target.'cfg(not(target_arch = "wasm32"))'.dependencies]
async-io = { version = "2", optional = true }
[target.'cfg(target_arch = "wasm32")'.dependencies]
js-sys = { version = "0.3", optional = true }
talc = { version = "5", optional = true }
[target.'cfg(not(target_arch = "wasm32"))'.dev-dependencies]
proptest = "1"
`;

test("the crates of a manifest are read, for all targets and for the module", () => {
  assert.deepEqual(crateNames(CARGO, "dependencies"), ["async-io", "js-sys", "serde", "talc"]);
  assert.deepEqual(crateNames(CARGO, "dev-dependencies"), ["proptest"]);
  assert.deepEqual(moduleCrates(CARGO), ["js-sys", "serde", "talc"]);
});

test("the repository provides the facts that the rules check against", () => {
  const about = repository();
  assert.ok(about.files.has("CONTRIBUTING.md") && about.folders.has("src/client"));
  assert.ok(about.words.has("handle_input") && !about.words.has("take_input"));
  assert.match(about.versions.node, /^\d+\.\d+$/);
  assert.match(about.versions.typescript, /^\d+\.\d+$/);
  assert.match(about.versions.rust, /^\d+\.\d+/);
  assert.ok(about.moduleCrates.includes("wasm-bindgen") && !about.moduleCrates.includes("async-io"));
  assert.ok(about.vectors.cases > about.vectors.vectors && about.vectors.vectors > 0);
  assert.ok(about.steps.includes("documents") && about.npmScripts("README.md").has("build"));
});
