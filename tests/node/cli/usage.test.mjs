/** What needs no cloud: help, version, and invalid usage, which prints one line to stderr and exits with code 2. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { folder } from "../lib/consumer.mjs";
import { LIMIT } from "../lib/until.mjs";
import { COMMANDS, files, NAMES, run, VERSION } from "./support.mjs";

/** Nothing listens there: a command that gets as far as connecting exits with code 4. */
const NOWHERE = { ARDEXA_URL: "http://127.0.0.1:9", ARDEXA_WORKGROUP: "demo", ARDEXA_TOKEN: "s3cret" };

/**
 * Asserts that a command printed a single message, to stderr.
 * @param {import("./support.mjs").Result} result @param {number} expected exit code @param {RegExp} pattern
 */
function assertMessage({ code, stdout, stderr }, expected, pattern) {
  assert.equal(code, expected, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^ardexa: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /undefined|\[object|\bat .*:\d+:\d+/);
  assert.match(stderr, pattern);
}

test("both command names print the version and the help", LIMIT, async (t) => {
  assert.deepEqual(Object.keys(NAMES).sort(), ["ardexa", "ardexa-client"]);
  for (const bin of Object.keys(NAMES)) {
    assert.deepEqual(await run(t, ["--version"], { bin }), {
      code: 0,
      signal: null,
      stdout: `${VERSION}\n`,
      stderr: "",
    });
    const { code, stdout, stderr } = await run(t, ["--help"], { bin });
    assert.deepEqual([code, stderr], [0, ""]);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, "m"));
    for (const exitCode of [0, 1, 2, 3, 4, 5, 130]) assert.match(stdout, new RegExp(`^  ${exitCode} `, "m"));
    for (const name of ["ARDEXA_URL", "ARDEXA_WORKGROUP", "ARDEXA_TOKEN", "NO_COLOR"])
      assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
});

test("the files that npm links are executable", () => {
  for (const file of Object.values(NAMES))
    assert.ok(statSync(join(folder, "node_modules", "ardexa-client", file)).mode & 0o111);
});

for (const command of COMMANDS) {
  test(`the help of ${command} has an example, and --json and --token-file`, LIMIT, async (t) => {
    const { code, stdout } = await run(t, [command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Examples?:\n  \\$ .*ardexa ${command}`));
    assert.match(stdout, /--json /);
    assert.match(stdout, /--token-file /);
    assert.doesNotMatch(stdout, /--token[ =]/);
  });
}

/** @type {[string[], RegExp][]} */
const WRONG = [
  [[], /no command given; see ardexa --help/],
  [["nope"], /unknown command 'nope'.*; see ardexa --help/],
  [["wach"], /Did you mean watch\?/],
  [["--url", "x", "watch"], /'--url' before the command \(options must follow it\)/],
  [["cmd", "d", "--jsn", "--", "x"], /unknown option '--jsn' \(Did you mean --json\?\); see ardexa cmd --help/],
  [["cmd"], /must follow --; usage: ardexa cmd <device>… -- <command>/],
  [["cmd", "d", "uptime"], /must follow --/],
  [["cmd", "--", "uptime"], /no device before --/],
  [["cmd", "d", "--"], /no command after --/],
  [["cmd", "d", "--", " "], /no command after --/],
  [["cmd", "", "--", "uptime"], /a device ID is empty/],
  [["cmd", "d", "--parallel", "0", "--", "x"], /'--parallel <n>' argument '0' is invalid.*at least 1/],
  [["cmd", "d", "--timeout", "soon", "--", "x"], /'--timeout <time>' argument 'soon' is invalid.*for example/],
  [["feed", "d"], /'-t, --table <name>' not specified; see ardexa feed --help/],
  [["feed", "-t", "a", "-s", "b"], /missing required argument 'device'/],
  [["feed", "d", "-t", "a", "-s", "b", "--format", "xml"], /Allowed choices are ndjson, csv, live/],
  [["feed", "d", "-t", "a", "-s", "b", "--format", "live"], /--format live requires a terminal/],
  [["feed", "d", "-t", "a", "-s", "b", "--format", "csv", "--json"], /--json and --format csv cannot be combined/],
  [["feed", "d", "-t", "a", "-s", "b", "--bom"], /--bom requires --format csv/],
  [["feed", "d", "-t", "a", "-s", "b", "--json", "--bom"], /--bom requires --format csv/],
  [["feed", "d", "-t", "", "-s", "b"], /'-t, --table <name>' argument '' is invalid\. Must not be empty/],
  [["feed", "d", "-t", "a", "-s", "b", "-f", ""], /'-f, --field <name>' argument '' is invalid/],
  [["feed", "d", "-t", "a", "-s", "b", "--count", "1.5"], /'--count <n>' argument '1.5' is invalid/],
  [["watch", "--for", "0s"], /'--for <time>' argument '0s' is invalid/],
  [["watch", "--for", "25d"], /up to 24 days/],
  [["watch", "extra"], /too many arguments/],
  [["upgrade"], /missing required argument 'device'/],
  [["test-config", "d"], /missing required argument 'file'/],
  [["test-config", "d", "nofile.yaml"], /cannot read nofile\.yaml: no such file; pass the path/],
  [["test-config", "d", "."], /cannot read \.: it is a directory/],
  [["apply-config", "d", "nofile.yaml"], /standard input is not a terminal.*--yes/],
  [["apply-config", "d", "-"], /is read from standard input.*--yes/],
  [["apply-config", "d", "nofile.yaml", "--yes"], /cannot read nofile\.yaml/],
  [["refresh-meta", "d", "--token-file", "no.token"], /cannot read the token file no\.token \(ENOENT\); check/],
  [["send-ardpkg", "d", "--url", "nonsense"], /the URL \(--url, ARDEXA_URL or the profile\) must be/],
  [["send-ardpkg", "d", "--url", "http://192.0.2.1"], /is not encrypted.*--allow-insecure/],
  [["watch", "--url", "http://127.0.0.1:9/path"], /must not contain a path; pass it as --path/],
];
for (const [args, pattern] of WRONG) {
  test(`invalid usage: ardexa ${args.join(" ")}`, LIMIT, async (t) => {
    const cwd = files(t);
    assertMessage(await run(t, args, { env: NOWHERE, cwd }), 2, pattern);
  });
}

for (const missing of Object.keys(NOWHERE)) {
  test(`${missing} is missing or empty`, LIMIT, async (t) => {
    const { [missing]: _, ...rest } = NOWHERE;
    for (const env of [rest, { ...rest, [missing]: "" }]) {
      for (const args of [["watch"], ["apply-config", "d", "-", "--yes"]])
        assertMessage(await run(t, args, { env }), 2, new RegExp(`set ${missing} \\(or`));
    }
  });
}

test("one message names all three missing settings", LIMIT, async (t) => {
  assertMessage(
    await run(t, ["watch"]),
    2,
    /no cloud URL, workgroup and token; set ARDEXA_URL .* ARDEXA_WORKGROUP .* ARDEXA_TOKEN/,
  );
});

test("a token as an argument is refused anywhere on the command line, and not printed", LIMIT, async (t) => {
  for (const args of [
    ["--token", "s3cret", "watch"],
    ["watch", "--token", "s3cret"],
    ["watch", "--token=s3cret", "--nonsense"],
    ["cmd", "d", "--token", "s3cret", "--", "uptime"],
    ["watch", "--token"],
  ]) {
    const result = await run(t, args, { env: NOWHERE });
    assertMessage(result, 2, /there is no --token option, because other users .* ARDEXA_TOKEN .* --token-file/);
    assert.doesNotMatch(result.stderr, /s3cret/);
  }
});

test("a --token after -- is passed to the device", LIMIT, async (t) => {
  const { code, stderr } = await run(t, ["cmd", "d", "--", "login", "--token", "x"], { env: NOWHERE });
  assert.equal(code, 4, stderr);
});

test("token files without a valid token", LIMIT, async (t) => {
  const cwd = files(t, { empty: "\n", two: "one two\n" });
  const env = { ARDEXA_URL: NOWHERE.ARDEXA_URL, ARDEXA_WORKGROUP: "demo" };
  assertMessage(
    await run(t, ["watch", "--token-file", "empty"], { env, cwd }),
    2,
    /token file empty is empty; it must contain/,
  );
  assertMessage(await run(t, ["watch", "--token-file", "two"], { env, cwd }), 2, /more than one word/);
  assertMessage(
    await run(t, ["watch", "--token-file", "."], { env, cwd }),
    2,
    /cannot read the token file \. \(EISDIR\)/,
  );
});

/** @type {[string, string | Buffer, RegExp][]} */
const NO_TOKENS = [
  ["UTF-16", Buffer.from("\ufeffs3cret\r\n", "utf16le"), /UTF-16, as written by > in PowerShell; save it as UTF-8/],
  ["UTF-16 without a byte-order mark", Buffer.from("s3cret", "utf16le"), /UTF-16/],
  ["double quotes", '"s3cret"\n', /in quotes; remove the quotes/],
  ["single quotes", "'s3cret'", /in quotes/],
  ["an assignment", "ARDEXA_TOKEN=s3cret\n", /contains an assignment \(NAME=…\); keep only what follows the =/],
  ["an export", 'export ARDEXA_TOKEN="s3cret"\n', /assignment/],
  ["PowerShell's assignment", "$env:ARDEXA_TOKEN = 's3cret'", /assignment/],
  ["JSON", '{"token": "s3cret"}', /contains JSON/],
  ["a header", "Bearer s3cret", /begins with "Bearer"/],
  ["invalid characters", "s3cret…", /characters that are invalid in a token/],
];
for (const [name, text, pattern] of NO_TOKENS) {
  test(`a token file or variable that contains ${name}`, LIMIT, async (t) => {
    const cwd = files(t, { token: text });
    const { ARDEXA_TOKEN: _, ...env } = NOWHERE;
    const results = [await run(t, ["watch", "--token-file", "token"], { env, cwd })];
    if (typeof text === "string") results.push(await run(t, ["watch"], { env: { ...env, ARDEXA_TOKEN: text } }));
    for (const result of results) {
      assertMessage(result, 2, pattern);
      assert.doesNotMatch(result.stderr, /s3cret/);
    }
    assert.match(results[0].stderr, /^ardexa: the token file token /);
    if (results[1]) assert.match(results[1].stderr, /^ardexa: ARDEXA_TOKEN /);
  });
}

test("a token in place of its path is not printed", LIMIT, async (t) => {
  const result = await run(t, ["watch", "--token-file", "eyJhbGciOiJIUzI1NiJ9.s3cret.s3cret"], { env: NOWHERE });
  assertMessage(result, 2, /--token-file is a token, not a path; save the token in a file/);
  assert.doesNotMatch(result.stderr, /s3cret/);
});

test("a list of devices in another encoding is reported", LIMIT, async (t) => {
  assertMessage(
    await run(t, ["cmd", "\ufffd\ufffdd", "--", "x"], { env: NOWHERE }),
    2,
    /contains invalid characters; save the list of devices as UTF-8/,
  );
});

test(
  "stdout that cannot be written to",
  { ...LIMIT, skip: existsSync("/dev/full") ? false : "/dev/full is missing" },
  async (t) => {
    const full = openSync("/dev/full", "w");
    t.after(() => closeSync(full));
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(folder, "node_modules", "ardexa-client", NAMES.ardexa), "--version"],
      { stdio: ["ignore", full, "pipe"], encoding: "utf8" },
    );
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^ardexa: cannot write to standard output: ENOSPC[^\n]*; free some space, or write elsewhere\n$/,
    );
  },
);
