/** `scripts/lib/package-mutants.mjs`: where a mutant changes the source. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mutated } from "../../scripts/lib/package-mutants.mjs";

const SOURCE = `/// A width in characters, not "µ" or "𝕏" bytes.
fn width(text: &str) -> usize {
    let wide = "𝕏"; text.len() + wide.len()
}
`;

test("an operator after characters of two and four bytes", () => {
  const span = { start: { line: 3, column: 32 }, end: { line: 3, column: 33 } };
  assert.equal(mutated(SOURCE, { replacement: "-", span }), SOURCE.replace("+", "-"));
});

test("a body of several lines", () => {
  const span = { start: { line: 2, column: 31 }, end: { line: 4, column: 2 } };
  const [comment, signature] = SOURCE.split("\n");
  assert.equal(mutated(SOURCE, { replacement: "{ 0 }", span }), `${comment}\n${signature.slice(0, -1)}{ 0 }\n`);
});
