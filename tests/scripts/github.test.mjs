// The GitHub workflows and issue forms are well-formed and run existing scripts.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDocument } from "yaml";
import { repository } from "../../scripts/check-documents.mjs";
import { parse, unknownCommands } from "../../scripts/lib/document-rules.mjs";
import { inRoot } from "../../scripts/lib/paths.mjs";

const about = repository();
const files = [...about.files].filter((file) => /^\.github\/.*\.ya?ml$/.test(file));
const yaml = (/** @type {string} */ file) => parseDocument(readFileSync(inRoot(file), "utf8"));

/** @param {string} file @returns {{ run?: string, uses?: string, if?: string }[]} */
const stepsOf = (file) =>
  Object.values(yaml(file).toJS().jobs).flatMap((/** @type {{ steps: object[] }} */ job) => job.steps);

test("each file is valid YAML", () => {
  assert.ok(files.length >= 5);
  for (const file of files) assert.deepEqual([yaml(file).errors, yaml(file).warnings], [[], []], file);
});

test("the npm scripts they run exist", () => {
  for (const file of files)
    assert.deepEqual(unknownCommands(parse(file, readFileSync(inRoot(file), "utf8")), about), [], file);
});

test("CI runs .ci/run and nothing else", () => {
  const runs = stepsOf(".github/workflows/ci.yml").flatMap(({ run }) => run ?? []);
  assert.equal(runs.at(-1), "bash .ci/run");
  assert.ok(existsSync(inRoot(".ci", "run")));
  assert.ok(runs.every((run) => !/\bnpm\b/.test(run)));
});

test("a release is published only on manual request", () => {
  for (const step of stepsOf(".github/workflows/release.yml"))
    if (/\b(npm|cargo) publish\b/.test(step.run ?? "") && !/--dry-run/.test(step.run ?? ""))
      assert.equal(step.if, "inputs.publish");
});

test("an issue form has questions, each with a unique id", () => {
  const forms = files.filter((file) => file.startsWith(".github/ISSUE_TEMPLATE/"));
  assert.ok(forms.length >= 3);
  for (const form of forms) {
    const { name, description, body } = yaml(form).toJS();
    assert.ok(name && description, form);
    const ids = body.flatMap((/** @type {{ type: string, id: string }} */ { type, id }) =>
      type === "markdown" ? [] : [id],
    );
    assert.ok(ids.length > 0 && ids.every(Boolean) && new Set(ids).size === ids.length, form);
  }
});
