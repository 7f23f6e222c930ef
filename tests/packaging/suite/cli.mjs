/** The command line as npm links it, on each Node: output, messages and exit codes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { CA_FILE } from "../../node/lib/refusing.mjs";
import { cloud, installed, project } from "../lib/consumer.mjs";
import { behindTls, proxy } from "../lib/networks.mjs";
import { NODES } from "../lib/runtimes.mjs";

const PATIENCE_MS = 60_000;

/** Runs `ardexa` to its end, with any exit code. */
async function ardexa(t, { file }, cwd, args, env) {
  const program = installed("..", ".bin", "ardexa");
  const environment = { PATH: process.env.PATH, HOME: cwd, XDG_CACHE_HOME: cwd, ...env };
  const child = spawn(file(), [program, ...args], {
    cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE_MS,
  });
  t.after(() => child.kill("SIGKILL"));
  // Decoding each chunk would drop the byte-order mark.
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, "close"),
  ]);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** A cloud, and the environment variables for it. */
async function named(t) {
  const { sim, given } = await cloud(t);
  const { url, workgroup, token } = given.options;
  const [one, other] = sim.devices.filter(({ online }) => online);
  return { sim, ids: [one.id, other.id], env: { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } };
}

const FEED = ["-t", "solar", "-s", "inverter-01"];

/** Failures: arguments (DEVICE is a placeholder), exit code and message. @type {[string[], number, string][]} */
const FAILURES = [
  [
    ["cmd", "DEVICE", "--timeout", "soon", "--", "x"],
    2,
    "option '--timeout <time>' argument 'soon' is invalid. Must be a time of up to 24 days, for example 500ms, 30s, 5m or 2h; see ardexa cmd --help",
  ],
  [
    ["feed", "DEVICE", ...FEED, "--field", ""],
    2,
    "option '-f, --field <name>' argument '' is invalid. Must not be empty; check the shell variable; see ardexa feed --help",
  ],
  [["feed", "DEVICE", ...FEED, "--field", "Nope"], 1, "Unknown field; check the device ID, table, source and field"],
  [
    ["test-config", "DEVICE", "nofile.yaml"],
    2,
    "cannot read nofile.yaml: no such file; pass the path of a JSON or YAML file, or - for standard input",
  ],
  [
    ["watch", "--url", "http://127.0.0.1:9/path"],
    2,
    "the URL (--url, ARDEXA_URL or the profile) must not contain a path; pass it as --path",
  ],
  [
    ["cmd", "DEVICE", "--timeout", "50ms", "--", "sleep 30"],
    5,
    "no reply within 50 ms; --timeout sets how long to wait",
  ],
];

export function cliTests() {
  for (const runtime of NODES) {
    project(
      `ardexa on ${runtime.name}: commands, feeds, exit codes`,
      [],
      async (t, folder) => {
        const { sim, ids, env } = await named(t);
        const run = (args, more = {}) => ardexa(t, runtime, folder, args, { ...env, ...more });
        assert.deepEqual(await run(["cmd", ids[0], "--", "echo hi"]), { code: 0, stdout: "hi\n", stderr: "" });
        // A device list with Windows line endings.
        const many = await run(["cmd", `${ids[0]}\r`, `${ids[1]}\r`, "--json", "--", "echo hi"]);
        assert.deepEqual(
          many.stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line).device)
            .sort(),
          [...ids].sort(),
        );
        const csv = await run(["feed", ids[0], ...FEED, "--format", "csv", "--bom", "--count", "1"]);
        assert.ok(csv.code === 0 && csv.stdout.startsWith("\ufeffevent_time,device,"), csv.stderr);
        const wrong = await run(["feed", ids[0], "-t", "nope", "-s", "nope", "--json"]);
        assert.deepEqual(
          [wrong.code, Object.keys(JSON.parse(wrong.stdout)), JSON.parse(wrong.stdout).device],
          [1, ["device", "error"], ids[0]],
        );
        const refused = await run(["cmd", ids[0], "--json", "--", "x"], { ARDEXA_TOKEN: "wrong" });
        assert.deepEqual([refused.code, JSON.parse(refused.stdout).device], [3, ids[0]]);
        const absent = await run(["watch"], { ARDEXA_URL: "http://127.0.0.1:9" });
        assert.equal(absent.code, 4);
        assert.match(absent.stderr, /^ardexa: cannot reach 127\.0\.0\.1:9 [^\n]*ECONNREFUSED[^\n]*\n$/);
        await writeFile(join(folder, "token"), Buffer.from("\ufeffs3cret", "utf16le"));
        const encoded = await run(["watch", "--token-file", "token"]);
        assert.equal(encoded.code, 2);
        assert.match(encoded.stderr, /^ardexa: the token file token [^\n]*UTF-16[^\n]*\n$/);
        const { ARDEXA_TOKEN: token, ...bare } = env;
        await writeFile(join(folder, "good"), token);
        const profile = {
          url: bare.ARDEXA_URL,
          workgroup: bare.ARDEXA_WORKGROUP,
          tokenFile: "good",
          devices: { roof: ids[0] },
        };
        await writeFile(join(folder, "ardexa.json"), JSON.stringify({ profiles: { plant: profile } }));
        assert.deepEqual(
          await ardexa(t, runtime, folder, ["cmd", "roof", "--", "echo hi"], { ARDEXA_PROFILE: "plant" }),
          { code: 0, stdout: "hi\n", stderr: "" },
        );
        for (const shell of ["bash", "zsh", "fish"]) assert.match((await run(["completion", shell])).stdout, /ardexa/);
        assert.equal(sim.stats().connected, 0);
      },
      runtime,
    );

    project(
      `ardexa on ${runtime.name}: each failure is one message that names flags`,
      [],
      async (t, folder) => {
        const { ids, env } = await named(t);
        for (const [args, code, message] of FAILURES) {
          const given = args.map((arg) => (arg === "DEVICE" ? ids[0] : arg));
          assert.deepEqual(await ardexa(t, runtime, folder, given, env), {
            code,
            stdout: "",
            stderr: `ardexa: ${message}\n`,
          });
        }
      },
      runtime,
    );

    project(
      `ardexa on ${runtime.name}: through a proxy, and bypassing it`,
      [],
      async (t, folder) => {
        const { sim, ids, env } = await named(t);
        const port = await behindTls(t, Number(new URL(sim.url).port));
        const { url, asked } = await proxy(t);
        const secure = {
          ...env,
          ARDEXA_URL: `https://127.0.0.1:${port}`,
          NODE_EXTRA_CA_CERTS: CA_FILE,
          HTTPS_PROXY: url,
        };
        const run = (args, more = {}) => ardexa(t, runtime, folder, args, { ...secure, ...more });
        for (const args of [["cmd", ids[0], "--", "echo hi"], ["devices"]]) {
          const { code, stdout, stderr } = await run(args);
          assert.deepEqual([code, stderr], [0, ""]);
          const before = asked.length;
          assert.deepEqual(await run(args, { NO_PROXY: "127.0.0.1" }), { code, stdout, stderr });
          assert.equal(asked.length, before);
        }
        assert.deepEqual(asked, [`127.0.0.1:${port}`, `127.0.0.1:${port}`]);
        const socks = await run(["devices"], { HTTPS_PROXY: "", ALL_PROXY: "socks5://127.0.0.1:1080" });
        assert.equal(socks.code, 2);
        assert.match(socks.stderr, /^ardexa: ALL_PROXY is a socks5:\/\/ proxy, but only http[^\n]*\n$/);
      },
      runtime,
    );
  }
}
