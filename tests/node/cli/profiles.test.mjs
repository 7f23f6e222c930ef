/** `ardexa.json`: clouds and devices by name, what overrides them, and what is refused in it. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { received } from "../lib/cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, files, parsed, run, says, start } from "./support.mjs";

/** A folder with `ardexa.json`, and an empty folder for the user's configuration. */
function configured(t, object, more = {}) {
  const cwd = files(t, { "ardexa.json": typeof object === "string" ? object : JSON.stringify(object), ...more });
  return { cwd, env: { XDG_CONFIG_HOME: files(t), HOME: files(t) } };
}

/** A cloud, and a profile for it. */
async function withProfile(t, change = {}) {
  const { sim, env, ids, offline } = await cloud(t);
  const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } = env;
  const plant = { url, workgroup, tokenFile: "plant.token", devices: { roof: ids[0], cellar: ids[1] }, ...change };
  const { cwd, env: bare } = configured(
    t,
    { profiles: { plant, other: { url: "http://127.0.0.1:9" } } },
    { "plant.token": token },
  );
  return { sim, ids, offline, url, workgroup, token, plant, cwd, env: bare };
}

test("--profile and ARDEXA_PROFILE select a cloud and its device names", LIMIT, async (t) => {
  const { sim, ids, cwd, env } = await withProfile(t);
  const one = await run(t, ["cmd", "roof", "--profile", "plant", "--", "echo hi"], { cwd, env });
  assert.deepEqual([one.code, one.stdout, one.stderr], [0, "hi\n", ""]);
  const named = { ...env, ARDEXA_PROFILE: "plant" };
  const two = await run(t, ["cmd", "cellar", ids[0], "roof", ids[2], "--", "echo hi"], { cwd, env: named });
  assert.deepEqual(two.stdout.split("\n").sort(), ["", "cellar: hi", "roof: hi", `${ids[2]}: hi`].sort());
  assert.deepEqual(
    received(sim, "device:cmd").map(({ deviceId }) => deviceId),
    [ids[0], ids[1], ids[0], ids[2]],
  );
  const json = await run(t, ["cmd", "roof", "--json", "--", "echo hi"], { cwd, env: named });
  assert.equal(parsed(json.stdout)[0].device, ids[0]);
  const csv = await run(t, ["feed", "roof", "-t", "system", "-s", "cpu_usage", "--count", "1"], { cwd, env: named });
  assert.equal(parsed(csv.stdout)[0].device, ids[0]);
  const refused = await run(t, ["feed", "roof", "-t", "system", "-s", "nope", "cellar"], { cwd, env: named });
  assert.match(refused.stderr, /^ardexa: roof: Unknown source/m);
});

test("watch prints device names", LIMIT, async (t) => {
  const { sim, ids, cwd, env } = await withProfile(t);
  const watch = start(t, ["watch", "--count", "1"], { cwd, env: { ...env, ARDEXA_PROFILE: "plant" } });
  await until(() => sim.stats().connected === 1);
  sim.setOnline(ids[0], false);
  assert.match((await watch.ended).stdout, /^\S+\troof\toffline\n$/);
});

test("ardexa.json in the user's configuration folder, with paths relative to it", LIMIT, async (t) => {
  const { ids, plant, token, env } = await withProfile(t);
  const folder = join(env.XDG_CONFIG_HOME, "ardexa");
  mkdirSync(join(folder, "secret"), { recursive: true });
  writeFileSync(
    join(folder, "ardexa.json"),
    `\ufeff${JSON.stringify({ profiles: { home: { ...plant, tokenFile: "secret/token" } } })}`,
  );
  writeFileSync(join(folder, "secret", "token"), token);
  const { code, stdout } = await run(t, ["cmd", ids[0], "--profile", "home", "--", "echo hi"], { cwd: files(t), env });
  assert.deepEqual([code, stdout], [0, "hi\n"]);
  mkdirSync(join(env.HOME, ".config", "ardexa"), { recursive: true });
  writeFileSync(
    join(env.HOME, ".config", "ardexa", "ardexa.json"),
    JSON.stringify({ profiles: { home: { ...plant, tokenFile: "~/token" } } }),
  );
  writeFileSync(join(env.HOME, "token"), token);
  const { XDG_CONFIG_HOME: _, ...rest } = env;
  assert.equal(
    (await run(t, ["cmd", ids[0], "--profile", "home", "--", "echo hi"], { cwd: files(t), env: rest })).code,
    0,
  );
});

test(
  "the command line and the environment override the profile, and overriding a --profile is reported",
  LIMIT,
  async (t) => {
    const { url, workgroup, token, cwd, env } = await withProfile(t, {
      url: "http://127.0.0.1:9",
      workgroup: "nowhere",
      tokenFile: "none",
    });
    const all = { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token };
    const cmd = ["cmd", "roof", "--", "echo hi"];
    const quiet = await run(t, cmd, { cwd, env: { ...env, ...all, ARDEXA_PROFILE: "plant" } });
    assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
    const told = await run(t, ["cmd", "roof", "--profile", "plant", "--", "echo hi"], { cwd, env: { ...env, ...all } });
    assert.deepEqual(
      [told.code, told.stderr],
      [0, "ardexa: ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN in the environment override the profile plant\n"],
    );
    const flags = await run(
      t,
      [
        "cmd",
        "roof",
        "--profile",
        "plant",
        "--url",
        url,
        "--workgroup",
        workgroup,
        "--token-file",
        join(files(t, { token }), "token"),
        "--",
        "echo hi",
      ],
      { cwd, env },
    );
    assert.deepEqual([flags.code, flags.stderr], [0, ""]);
  },
);

test("an incomplete profile is reported with its name", LIMIT, async (t) => {
  const { cwd, env } = await withProfile(t);
  const { code, stderr } = await run(t, ["watch", "--profile", "other"], { cwd, env });
  assert.deepEqual(
    [code, stderr],
    [
      2,
      "ardexa: no workgroup and token in the profile other of ardexa.json; set ARDEXA_WORKGROUP (or --workgroup) and ARDEXA_TOKEN (or --token-file), or add them to the profile\n",
    ],
  );
});

test("a profile that is unknown or in both files", LIMIT, async (t) => {
  const { cwd, env } = await withProfile(t);
  const unknown = await run(t, ["watch", "--profile", "plnt"], { cwd, env });
  assert.deepEqual(
    [unknown.code, unknown.stderr],
    [2, "ardexa: unknown profile plnt: the profiles are plant, other; check --profile or ARDEXA_PROFILE\n"],
  );
  const none = await run(t, ["watch", "--profile", "plant"], { cwd: files(t), env });
  assert.match(
    none.stderr,
    /^ardexa: unknown profile plant: there are no profiles in ardexa\.json or \S+ardexa\.json; check/,
  );
  const folder = join(env.XDG_CONFIG_HOME, "ardexa");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "ardexa.json"),
    JSON.stringify({ profiles: { plant: { url: "https://app.ardexa.com" } } }),
  );
  const both = await run(t, ["watch", "--profile", "plant"], { cwd, env });
  assert.equal(both.code, 2);
  assert.match(
    both.stderr,
    /^ardexa: the profile plant is in both ardexa\.json and \S+ardexa\.json; rename one of them\n$/,
  );
});

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.s3cret.s3cret";
const plant = (change) => ({ profiles: { plant: { url: "https://app.ardexa.com", ...change } } });
/** @type {[unknown, RegExp][]} */
const WRONG = [
  [
    plant({ token: "s3cret" }),
    /^ardexa: ardexa\.json contains a token \(profiles\.plant\.token\), .*; replace the token, keep it in a separate file, and set tokenFile to that file\n$/,
  ],
  [{ ARDEXA_TOKEN: "s3cret" }, /contains a token \(ARDEXA_TOKEN\)/],
  [plant({ tokenFile: TOKEN }), /profiles\.plant\.tokenFile in ardexa\.json is a token, not a path/],
  [`{"profiles": {"plant": {\n"token": s3cret}}}`, /ardexa\.json is not valid JSON \(line 2, column \d+\); fix it/],
  ["[]", /ardexa\.json is invalid: it must be an object, such as/],
  [{ profile: {} }, /unknown key profile; the only top-level key is "profiles"/],
  [{ profiles: [] }, /profiles must be an object/],
  [{ profiles: { plant: "https://app.ardexa.com" } }, /profiles\.plant must be an object/],
  [plant({ URL: "x" }), /unknown key profiles\.plant\.URL; a profile can have url, workgroup, tokenFile/],
  [plant({ url: "app.ardexa.com" }), /profiles\.plant\.url must be the cloud's base URL, for example/],
  [plant({ workgroup: 5 }), /profiles\.plant\.workgroup must be a non-empty string/],
  [plant({ allowInsecure: "yes" }), /profiles\.plant\.allowInsecure must be true or false/],
  [plant({ devices: ["a"] }), /profiles\.plant\.devices must be an object that maps names to device IDs/],
  [plant({ devices: { roof: 5 } }), /profiles\.plant\.devices must map each name to a device ID; check "roof"/],
];
for (const [object, pattern] of WRONG) {
  test(`refused: ${JSON.stringify(object).slice(0, 60)}`, LIMIT, async (t) => {
    const { cwd, env } = configured(t, object);
    const { code, stdout, stderr } = await run(t, ["cmd", "roof", "--profile", "plant", "--", "x"], { cwd, env });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^ardexa: [^\n]+\n$/);
    assert.match(stderr, pattern);
    assert.doesNotMatch(stderr, /s3cret/);
  });
}

test("without a profile the file is not read", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const { cwd } = configured(t, "not JSON");
  assert.equal((await run(t, ["cmd", ids[0], "--", "echo hi"], { cwd, env })).code, 0);
});

test("a device can be named token", LIMIT, async (t) => {
  const { ids, cwd, env, plant } = await withProfile(t);
  writeFileSync(
    join(cwd, "ardexa.json"),
    JSON.stringify({ profiles: { plant: { ...plant, devices: { token: ids[2] } } } }),
  );
  const { code, stdout } = await run(t, ["cmd", "token", "--json", "--profile", "plant", "--", "echo hi"], {
    cwd,
    env,
  });
  assert.deepEqual([code, parsed(stdout)[0].device], [0, ids[2]]);
});

test("the token file of a profile is read for every attempt", LIMIT, async (t) => {
  const { sim, cwd, env } = await withProfile(t);
  const feed = start(t, ["feed", "roof", "-t", "system", "-s", "cpu_usage", "--profile", "plant"], { cwd, env });
  await says(feed, "stdout", /\n/);
  sim.setToken("the-next-one");
  writeFileSync(join(cwd, "plant.token"), "the-next-one\n");
  sim.dropAll();
  await says(feed, "stderr", /reconnected/);
  await says(feed, "stderr", /^ardexa: roof: samples from/m);
});
