// The worked example of CONTRIBUTING.md copies `device:sendArdpkg`, so its code must be what that request has now.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";

/** @param {string} path */
const read = (path) => readFileSync(inRoot(path), "utf8");

/** The added lines of code, each with the files that it belongs in. @param {string} diff */
function addedLines(diff) {
  /** @type {string[]} */
  let files = [];
  return diff.split("\n").flatMap((line) => {
    const header = /^--- (.*)$/.exec(line);
    if (header) files = header[1].split(", ");
    const isCode = line.startsWith("+") && !line.includes("///");
    return isCode ? files.map((file) => ({ file, code: line.slice(1).trim() })) : [];
  });
}

test("the example of a new request consists of the lines of its neighbour", () => {
  const diff = /```diff\n([^]*?)```/.exec(read("CONTRIBUTING.md"))?.[1] ?? "";
  const added = addedLines(diff);
  assert.deepEqual(
    [...new Set(added.map(({ file }) => file))],
    [
      "src/device/request.rs",
      "src/bindings/requests.rs",
      "src/api/requests.rs",
      "pkg-template/index.d.ts",
      "tests/types/contract.d.ts",
      "www/simulator/requests.mjs",
    ],
  );
  for (const { file, code } of added) {
    const present = read(file)
      .split("\n")
      .map((line) => line.trim());
    const ofNeighbour = ["sendArdpkg", "send_ardpkg"].map((name) => code.replaceAll(/\brestart\b/g, name));
    assert.ok(
      ofNeighbour.some((line) => present.includes(line)),
      `${file} has no line ${ofNeighbour[0]}, so the example in CONTRIBUTING.md is wrong`,
    );
  }
});
