// Finds what must not get into the repository: paths of a particular machine, download URLs in the lockfile, and files
// too long to read (a warning).
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { inRoot, isMain, root } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say, yellow } from "./lib/progress.mjs";

const LINES = 500;
const PROSE = /\.(md|txt|json|lock|svg)$|^LICENSE/;
/** Home folders and other machine-specific paths. Intended uses are marked `hygiene: allow`. */
const MACHINE_PATH = /(?<![\w.~$}/-])\/(?:root|home\/\w+|Users\/\w+|work|tmp\/wt)\/|\b[A-Z]:\\\\?Users\\/; // hygiene: allow
const LOCAL = [root, homedir()].filter((path) => path.length > 5);

/**
 * Returns the problems of one file.
 * @param {string} path
 * @param {string} text
 * @returns {string[]}
 */
export function problems(path, text) {
  const lines = text.split("\n");
  const isPortable = (/** @type {string} */ line) =>
    !MACHINE_PATH.test(line) && !LOCAL.some((local) => line.includes(local));
  const wrong = lines.flatMap((line, index) =>
    isPortable(line) || line.includes("hygiene: allow")
      ? []
      : [`${path}:${index + 1}: a path of one machine: ${line.trim().slice(0, 100)}`],
  );
  if (path.endsWith("package-lock.json") && /"resolved":/.test(text)) wrong.push(`${path}: holds "resolved" lines`);
  return wrong;
}

async function main() {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\0")
    .filter((file) => file && existsSync(inRoot(file)));
  const wrong = [];
  for (const file of files) {
    const bytes = readFileSync(inRoot(file));
    if (bytes.includes(0)) continue;
    const text = bytes.toString("utf8");
    wrong.push(...problems(file, text));
    const length = text.split("\n").length - 1;
    if (length > LINES && !PROSE.test(file))
      say(`  ${yellow("!")} ${file} has ${length} lines; more than ${LINES} are hard to read.`);
  }
  if (wrong.length) {
    throw new Problem(
      `${wrong.length} lines do not belong in the repository; the package-lock is put right by \`npm install\` here.`,
      {
        details: wrong.join("\n"),
      },
    );
  }
  say(`  ${files.length} files are clean.`);
}

if (isMain(import.meta.url)) await runMain(main);
