/** `ardexa completion`: the suggestions, and completion in bash, zsh and fish on a terminal. */
import assert from "node:assert/strict";
import test from "node:test";
import { ensureShell } from "../../../scripts/lib/shells.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, COMMANDS, files, noTerminal, onTerminal, run, says } from "./support.mjs";

const SHELLS = /** @type {const} */ (["bash", "zsh", "fish"]);
const CONFIG = {
  profiles: {
    plant: { url: "https://plant.example", devices: { roof: "id-1", "north hall": "id-2", "a:b": "id-3" } },
    other: { url: "https://other.example", devices: { cellar: "id-4" } },
  },
};

/** A folder with profiles and a configuration, and an environment that selects a profile. */
function there(t) {
  const cwd = files(t, { "ardexa.json": JSON.stringify(CONFIG), "plant.yaml": "a: 1\n" });
  const home = files(t);
  return { cwd, env: { ARDEXA_PROFILE: "plant", HOME: home, XDG_CONFIG_HOME: home } };
}

/** The suggestions for words, the last of which is incomplete. */
async function suggested(t, words, { cwd, env }, shell = "fish") {
  const { code, stdout, stderr } = await run(t, ["__complete", shell, "--", ...words], { cwd, env });
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t")[0]);
}

for (const [words, expected] of [
  [["wa"], ["watch"]],
  [["help", "up"], ["upgrade"]],
  [["--v"], ["--version"]],
  [
    ["feed", "--fo"],
    ["--for", "--format"],
  ],
  [
    ["feed", "--format", ""],
    ["ndjson", "csv", "live"],
  ],
  [["feed", "--format=c"], ["--format=csv"]],
  [["feed", "--json", "--js"], []],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["completion", "bash", ""], []],
  [
    ["cmd", ""],
    ["roof", "north hall", "a:b"],
  ],
  [
    ["cmd", "roof", "--parallel", "3", ""],
    ["north hall", "a:b"],
  ],
  [["cmd", "--profile", "other", ""], ["cellar"]],
  [["cmd", "--profile=other", ""], ["cellar"]],
  [["cmd", "roof", "--", ""], []],
  [
    ["watch", "--profile", ""],
    ["plant", "other"],
  ],
  [["watch", "--profile=o"], ["--profile=other"]],
  [["watch", "--token-file", ""], [":files"]],
  [["watch", "--token-file="], [":files"]],
  [["test-config", "ro"], ["roof"]],
  [["apply-config", "roof", ""], [":files"]],
  [["apply-config", "roof", "x", ""], []],
  [["watch", "--for", ""], []],
  [["nope", ""], []],
  [["watch", "--nope="], []],
]) {
  test(`suggested: ardexa ${words.join(" ")}`, LIMIT, async (t) => {
    const got = await suggested(t, words, there(t));
    assert.deepEqual([...got].sort(), [...expected].sort());
  });
}

test("every command and all of its flags are suggested", LIMIT, async (t) => {
  const place = there(t);
  assert.deepEqual((await suggested(t, [""], place)).sort(), [...COMMANDS, "completion", "help"].sort());
  for (const command of COMMANDS) {
    const { stdout } = await run(t, [command, "--help"]);
    const flags = [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag);
    assert.deepEqual(new Set(await suggested(t, [command, "-"], place)), new Set(flags), command);
  }
});

for (const [line, expected] of [
  ["ardexa fe", ["feed"]],
  ["A=b /opt/bin/ardexa-client fe", ["feed"]],
  ["ardexa feed --format=c", ["csv"]],
  ["ardexa cmd a:", ["b"]],
  ["ardexa cmd no", ["north\\ hall"]],
  ['ardexa cmd "no', ["north hall"]],
  ["ardexa cmd 'nor'th\\ h", ["north\\ hall"]],
  ["ardexa cmd '' ro", ["roof"]],
]) {
  test(`suggested to bash: ${line}`, LIMIT, async (t) => {
    assert.deepEqual(await suggested(t, [line], there(t), "bash"), expected);
  });
}

test("suggests what devices and sources last found, for the cloud and the devices on the line", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const cwd = files(t, { "ardexa.json": JSON.stringify({ profiles: { plant: { devices: { roof: ids[0] } } } }) });
  const place = { cwd, env: { ...env, HOME: cwd, XDG_CACHE_HOME: files(t), ARDEXA_PROFILE: "plant" } };
  assert.equal((await run(t, ["devices"], place)).code, 0);
  assert.ok((await suggested(t, ["cmd", ""], place)).includes(ids[1]));
  assert.equal((await run(t, ["sources", ids[0]], place)).code, 0);
  for (const device of [ids[0], "roof"]) {
    assert.ok((await suggested(t, ["feed", device, "--table", ""], place)).includes("solar"));
    const sources = await suggested(t, ["feed", device, "-t", "solar", "-s", ""], place);
    assert.ok(sources.includes("inverter-01") && !sources.includes("cpu_usage"), sources.join());
    assert.ok(
      (await suggested(t, ["feed", device, "-t", "solar", "-s", "inverter-01", "-f", "AC"], place)).includes(
        "AC Power",
      ),
    );
  }
  assert.deepEqual(await suggested(t, ["cmd", "--workgroup", "other", "ea"], place), []);
});

test("completion ignores an invalid ardexa.json and a token on the line", LIMIT, async (t) => {
  const cwd = files(t, { "ardexa.json": "{" });
  assert.deepEqual(await suggested(t, ["cmd", ""], { cwd, env: { ARDEXA_PROFILE: "x" } }), []);
  assert.deepEqual(await suggested(t, ["watch", "--token", "s3cret", "--for"], { cwd, env: {} }), ["--for"]);
});

test("an unknown shell", LIMIT, async (t) => {
  const { code, stderr } = await run(t, ["completion", "tcsh"]);
  assert.equal(code, 2);
  assert.match(stderr, /^ardexa: [^\n]*Allowed choices are bash, zsh, fish[^\n]*\n$/);
});

/** The path of a shell, or why it cannot be tested here. @param {(typeof SHELLS)[number]} shell */
async function found(shell) {
  try {
    return { path: await ensureShell(shell), skip: noTerminal() };
  } catch (error) {
    return { path: "", skip: error.message };
  }
}

const START = {
  bash: {
    args: ["--norc", "--noprofile", "-i"],
    setup: "bind 'set bell-style none'; PS1='$ '; source <(ardexa completion bash)",
  },
  zsh: {
    args: ["-f", "-i"],
    setup:
      "PS1='$ '; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(ardexa completion zsh)",
  },
  fish: { args: ["--no-config", "-i"], setup: "ardexa completion fish | source" },
};
/** What is typed before the tab, and the words on the line afterwards. @type {[string, string[]][]} */
const TYPED = [
  ["ardexa wat", ["ardexa", "watch"]],
  ["ardexa feed --format=c", ["ardexa", "feed", "--format=csv"]],
  ["ardexa feed --tab", ["ardexa", "feed", "--table"]],
  ["ardexa cmd roo", ["ardexa", "cmd", "roof"]],
  ["ardexa cmd nort", ["ardexa", "cmd", "north hall"]],
  ["ardexa apply-config roof pla", ["ardexa", "apply-config", "roof", "plant.yaml"]],
  ["ardexa-client watch --profile ot", ["ardexa-client", "watch", "--profile", "other"]],
];

for (const shell of SHELLS) {
  const { path, skip } = await found(shell);
  test(`${shell} completes`, { timeout: 60_000, skip }, async (t) => {
    const { cwd, env } = there(t);
    const { args, setup } = START[shell];
    const terminal = onTerminal(t, args, { program: path, cwd, env, columns: 160 });
    terminal.child.stdin.write(`${setup}; echo re''ady\r`);
    await says(terminal, "stdout", /^\S*ready\r?$/m);
    for (const [typed, whole] of TYPED) {
      const from = terminal.stdout.length;
      const said = () => terminal.stdout.slice(from);
      // Then puts a command that prints the words at the start of the line: the screen may differ from the line itself.
      terminal.child.stdin.write(`${typed}\t\u0001printf '<%s>' \r`);
      const words = whole.map((word) => `<${word}>`).join("");
      await until(() => said().includes(words), `${words} of ${shell}`).catch((error) =>
        assert.fail(`${error.message}; it wrote ${JSON.stringify(said())}`),
      );
    }
    terminal.child.stdin.write("exit\r");
    await terminal.ended;
  });
}
