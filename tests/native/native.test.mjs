/** The crate: native programs against the simulator, and the contents of the published package. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { startSimulator } from "../../www/simulator/index.mjs";
import { closedAddress } from "../node/lib/refusing.mjs";
import { transports } from "../node/lib/transports.mjs";
import { until } from "../node/lib/until.mjs";

const LIMIT = { timeout: 60_000 };
const LOCKED = process.env.CI ? ["--locked"] : [];

/** The examples, which do the same with the async API and with the core in their own loop. */
const EXAMPLES = {
  native: ["--features=native"],
  // A folder of its own: cargo gives the library of a package with a `cdylib` one file name for all sets of features,
  // and takes what another set left there for fresh.
  sans_io: ["--no-default-features", "--target-dir", inRoot("target", "core")],
};
/** @type {Record<string, string>} */
const programs = {};

const cargo = (...args) =>
  execFileSync("cargo", args, {
    cwd: inRoot(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 26,
  });

before(
  () => {
    for (const [name, features] of Object.entries(EXAMPLES)) {
      // The profile of `cargo test`, which has built the library for it.
      const how = ["--profile", "test", "--message-format=json"];
      const lines = cargo("build", ...LOCKED, "--example", name, ...features, ...how)
        .trimEnd()
        .split("\n");
      programs[name] = lines
        .map((line) => JSON.parse(line))
        .find(({ target, executable }) => target?.name === name && executable).executable;
    }
  },
  { timeout: 600_000 },
);

/** @param {import("node:test").TestContext} t @param {import("../../www/simulator/options.mjs").SimulatorOptions} [options] */
async function simulator(t, options) {
  const sim = await startSimulator({ samplesPerSecond: 50, commandMs: 0, ...options });
  t.after(() => sim.close());
  return sim;
}

/** Starts an example for a device of the simulator. */
function start(t, name, { url, workgroup, token }, device, env = {}) {
  const child = spawn(programs[name], [], {
    env: {
      ARDEXA_URL: url,
      ARDEXA_WORKGROUP: workgroup,
      ARDEXA_TOKEN: token,
      ARDEXA_DEVICE: device,
      ARDEXA_TABLE: "solar",
      ARDEXA_SOURCE: "inverter-01",
      ARDEXA_FIELD: "AC Power",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (output.stderr += chunk));
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  t.after(async () => {
    child.kill("SIGKILL");
    await ended.catch(() => {});
  });
  return { output, ended };
}

/** Parses the command's output and the samples that an example prints. */
function read(stdout) {
  const [uptime, ...lines] = stdout.trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("gap: "));
  return { uptime, samples: samples.map((line) => line.split(" ")) };
}

for (const name of Object.keys(EXAMPLES)) {
  for (const generation of /** @type {const} */ ([2, 3, 4])) {
    test(`${name}: a command and five samples, from a server of generation ${generation}`, LIMIT, async (t) => {
      const sim = await simulator(t, { generation });
      const sockets = transports(sim);
      const { code, signal, stdout, stderr } = await start(t, name, sim, sim.devices[0].id).ended;
      assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
      const { uptime, samples } = read(stdout);
      assert.match(uptime, /^\d\d:\d\d:\d\d up \d+ days, .* load average: /);
      assert.equal(samples.length, 5);
      for (const [time, value] of samples) {
        assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
        assert.ok(value === "null" || Number(value) > 0, value);
      }
      assert.deepEqual(
        samples.map(([time]) => time),
        samples.map(([time]) => time).sort(),
      );
      await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0, "the connection and the feed to close");
      assert.equal(sockets.opened, 1);
    });
  }

  test(`${name}: after a lost connection the feed is restored, and the command is not sent again`, LIMIT, async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 0 });
    const { output, ended } = start(t, name, sim, sim.devices[0].id);
    const feed = async () => (await until(() => sim.feeds()[0], "the feed")).feedId;
    const send = (feedId, n) =>
      sim.broadcast("device:feed:reply", {
        feedId,
        event_time: "2026-01-01T00:00:00.000Z",
        messageId: String(n),
        value: n,
      });
    const first = await feed();
    send(first, 1);
    await until(() => output.stdout.split("\n").length >= 3, "a sample");
    sim.dropAll();
    await until(() => sim.stats().feeds === 0, "the loss");
    const second = await feed();
    assert.notEqual(second, first);
    for (const n of [2, 3, 4, 5]) send(second, n);
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 0, stderr);
    if (name === "sans_io")
      assert.match(stderr, /^disconnected: transport (close|error)\ngap: \d+ ms without samples\n$/);
    else assert.match(stdout, /^gap: \d+ ms without samples$/m);
    assert.equal(read(stdout).samples.length, 5);
    const { "device:cmd": commands, "device:feed": feeds } = sim.stats().received;
    assert.deepEqual({ commands, feeds }, { commands: 1, feeds: 2 });
  });

  test(
    `${name}: refusals and an unreachable cloud are reported in one sentence, without the token`,
    LIMIT,
    async (t) => {
      const sim = await simulator(t);
      const { url, workgroup } = sim;
      const refused = await start(t, name, { url, workgroup, token: "secret-token" }, sim.devices[0].id).ended;
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /^the cloud refused the connection: .*\n$/);
      assert.ok(!refused.stderr.includes("secret-token"));

      const closed = (await closedAddress(t)).url;
      const unreachable = await start(t, name, { url: closed, workgroup, token: "secret-token" }, "d").ended;
      assert.equal(unreachable.code, 1);
      assert.equal(unreachable.stderr.split("\n").length, 2, unreachable.stderr);
      assert.ok(!unreachable.stderr.includes("secret-token"));

      const wrong = await start(t, name, { url: "http://example.com", workgroup, token: "secret-token" }, "d").ended;
      assert.match(wrong.stderr, /^url: is not encrypted/);
      const tls = await start(t, name, { url: "https://127.0.0.1:1", workgroup, token: "secret-token" }, "d").ended;
      assert.match(tls.stderr, name === "sans_io" ? /supports only ws:/ : /^cannot reach 127\.0\.0\.1:1 /);
      const unset = await start(t, name, { url, workgroup, token: "secret-token" }, "d", { ARDEXA_TABLE: undefined })
        .ended;
      assert.match(unset.stderr, /^set ARDEXA_TABLE\b/);
    },
  );
}

test(
  "the published package: sources, examples and licences, and nothing of the npm package",
  { timeout: 300_000 },
  (t) => {
    const files = cargo("package", ...LOCKED, "--list", "--allow-dirty")
      .trimEnd()
      .split("\n");
    const wanted = [
      "Cargo.toml",
      "Cargo.lock",
      "CHANGELOG.md",
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "README.md",
      "examples/native.rs",
      "examples/sans_io.rs",
      "examples/shared/watch.rs",
      "src/lib.rs",
      "src/bindings/js/frames.js",
    ];
    for (const file of wanted) assert.ok(files.includes(file), `${file} is missing`);
    const known =
      /^(src\/.*\.(rs|js)|examples\/.*\.rs|Cargo\.(toml|toml\.orig|lock)|CHANGELOG\.md|README\.md|LICENSE-(APACHE|MIT)|\.cargo_vcs_info\.json)$/;
    assert.deepEqual(
      files.filter((file) => !known.test(file)),
      [],
    );

    const target = mkdtempSync(join(tmpdir(), "ardexa-crate-"));
    t.after(() => rmSync(target, { recursive: true, force: true, maxRetries: 3 }));
    cargo("package", ...LOCKED, "--no-verify", "--allow-dirty", "--quiet", "--target-dir", target);
    assert.ok(readdirSync(join(target, "package")).some((name) => /^ardexa-client-.*\.crate$/.test(name)));
  },
);
