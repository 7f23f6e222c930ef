/** `ardexa devices`, `ardexa sources`, and the names that they cache for completion. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "node:test";
import { folder } from "../lib/consumer.mjs";
import { connectProxy } from "../lib/connect-proxy.mjs";
import { received, simulator } from "../lib/cloud.mjs";
import { closedAddress } from "../lib/refusing.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { cloud, environment, files, noTerminal, onTerminal, parsed, run, start } from "./support.mjs";

const CACHE = join(folder, "node_modules", "ardexa-client", "cli", "catalog-cache.js");
const { catalogFile, readCatalog, rememberDevices, rememberSources } = await import(pathToFileURL(CACHE).href);

/** A simulated cloud, and an empty cache folder. */
async function setting(t, options) {
  const given = await cloud(t, options);
  const cache = files(t);
  const env = { ...given.env, XDG_CACHE_HOME: cache };
  const known = () => readCatalog({ env, url: given.sim.url, workgroup: "demo" });
  return {
    ...given,
    env,
    cache,
    known,
    all: () => readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  };
}

test("devices: a line for each, separated by tabs, and the names are cached", LIMIT, async (t) => {
  const { sim, env, known } = await setting(t);
  const { code, stdout, stderr } = await run(t, ["devices"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const count = (device) => device.tables.flatMap(({ sources }) => sources).length;
  const lines = sim.devices.map((device) =>
    [device.id, device.online ? "online" : "offline", device.name, count(device)].join("\t"),
  );
  assert.deepEqual(stdout.trimEnd().split("\n"), lines);
  assert.equal(sim.stats().connections, 0, "no connection is needed");
  assert.deepEqual(
    known().devices.map(({ id, name, sources }) => [id, name, sources.length]),
    sim.devices.map((device) => [device.id, device.name, count(device)]),
  );
});

test("devices --json: everything except the raw scenarios", LIMIT, async (t) => {
  const { sim, env } = await setting(t);
  const { code, stdout } = await run(t, ["devices", "--json"], { env });
  const lines = parsed(stdout);
  assert.deepEqual([code, lines.length], [0, 12]);
  const { sources, ...device } = lines[0];
  const { id, name } = sim.devices[0];
  assert.deepEqual(device, { id, name, cn: `CN=${id},O=demo`, online: true });
  assert.deepEqual(sources[0], { table: "system", source: "cpu_usage", kind: "run", type: "decimal", fields: [] });
  assert.doesNotMatch(stdout, /"raw"/);
});

test("devices on a terminal: columns with headings", { ...LIMIT, skip: noTerminal() }, async (t) => {
  const { env, ids } = await setting(t);
  const { stdout } = await onTerminal(t, ["devices"], { env }).ended;
  assert.match(
    stdout,
    new RegExp(`^device {32}state    name {23,}sources\\r\\n${ids[0]}  online   Redgum Plain Solar Plant  .*12\\r\\n`),
  );
});

for (const [directory, code, sentence] of /** @type {[string, number, RegExp][]} */ ([
  ["none", 1, /^ardexa: .* status 404: no such list; check (`url`|--url) and (`workgroup`|--workgroup)/],
  ["html", 1, /^ardexa: .* returned HTML instead of JSON/],
  [
    "unauthorized",
    3,
    /status 401 \(Unauthorized\): the token was refused; check the workgroup, and put a new token in ARDEXA_TOKEN/,
  ],
  [
    "forbidden",
    3,
    /status 403 \(Forbidden\): the token is not permitted to list the devices of this workgroup; check the workgroup, and put/,
  ],
  ["error", 1, /status 500: the request failed; try again later/],
  ["hang", 5, /no response within 100 ms; --timeout sets how long to wait/],
])) {
  test(`devices: the cloud fails with ${directory}`, LIMIT, async (t) => {
    const { env, sim, all } = await setting(t, { directory });
    const {
      code: ended,
      stdout,
      stderr,
    } = await run(t, ["devices", "--timeout", directory === "hang" ? "100ms" : "20s"], { env });
    assert.deepEqual([ended, stdout], [code, ""]);
    assert.match(stderr, sentence);
    assert.match(stderr, /^[^\n]*\n$/);
    assert.ok(!stderr.includes(sim.token));
    assert.deepEqual(all(), []);
  });
}

test("devices: an interrupt, and no server", LIMIT, async (t) => {
  const { env, sim } = await setting(t, { directory: "hang" });
  const waiting = start(t, ["devices"], { env });
  await until(() => sim.stats().listed === 1, "the request to arrive");
  waiting.child.kill("SIGINT");
  assert.deepEqual(await waiting.ended, { code: 130, signal: null, stdout: "", stderr: "" });
  const { url } = await closedAddress(t);
  const { code, stderr } = await run(t, ["devices"], { env: { ...env, ARDEXA_URL: url } });
  assert.equal(code, 4);
  assert.match(stderr, /^ardexa: .* could not be fetched: connect ECONNREFUSED [^;]*; check the network and --url\n$/);
});

test("devices through a proxy, and one that refuses", LIMIT, async (t) => {
  const { env, sim } = await setting(t);
  const [open, shut] = [await connectProxy(t), await connectProxy(t, { refuse: 403 })];
  const through = ({ host }) => run(t, ["devices"], { env: { ...env, HTTP_PROXY: `http://${host}` } });
  const good = await through(open);
  assert.deepEqual([good.code, good.stdout.trimEnd().split("\n").length, good.stderr], [0, 12, ""]);
  assert.deepEqual(open.targets, [new URL(sim.url).host]);
  const refused = await through(shut);
  assert.deepEqual([refused.code, refused.stdout], [4, ""]);
  assert.match(refused.stderr, /^ardexa: the proxy [^\n]* refused to connect to [^\n]* \(403 No\)[^\n]*\n$/);
});

test("with --json a failure is a line too", LIMIT, async (t) => {
  const { env } = await setting(t, { directory: "forbidden" });
  const { code, stdout } = await run(t, ["devices", "--json"], { env });
  const [{ error, ...rest }] = parsed(stdout);
  assert.deepEqual([code, error.code, rest], [3, "unauthorized", {}]);
  const nowhere = await run(t, ["sources", "d", "--json"], { env: { ...env, ARDEXA_URL: "http://127.0.0.1:9" } });
  assert.deepEqual(
    [nowhere.code, parsed(nowhere.stdout).map((line) => [line.device, line.error.code])],
    [4, [["d", "unreachable"]]],
  );
});

test("devices: none", LIMIT, async (t) => {
  const sim = await simulator(t, { devices: 0 });
  const env = { ...environment(sim), XDG_CACHE_HOME: files(t) };
  const { code, stdout, stderr } = await run(t, ["devices"], { env });
  assert.deepEqual([code, stdout, readCatalog({ env, url: sim.url, workgroup: "demo" })], [0, "", { devices: [] }]);
  assert.equal(stderr, "ardexa: no devices in this workgroup, or the token has no access to them\n");
});

test("sources: a line for each, with its fields and their units", LIMIT, async (t) => {
  const { sim, env, ids, known } = await setting(t);
  const { code, stdout, stderr } = await run(t, ["sources", ids[0]], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  assert.equal(lines.length, 12);
  assert.deepEqual(lines[0].slice(0, 4), ["solar", "inverter-01", "csv", ""]);
  assert.match(lines[0][4], /^AC Power \(W\), AC Voltage \(V\), .*, Status, Grid Connected$/);
  assert.deepEqual(
    lines.find(([, source]) => source === "cpu_usage"),
    ["system", "cpu_usage", "decimal", "%", ""],
  );
  const [device] = known().devices;
  assert.deepEqual([device.id, device.name, device.sources[0].fields[0]], [ids[0], "solar-01", "AC Power"]);
  for (const { cmd } of /** @type {{ cmd: string }[]} */ (received(sim, "device:cmd")))
    assert.match(cmd, /^(hostname|cat |find )/);
});

test("sources --json", LIMIT, async (t) => {
  const { env, ids } = await setting(t, { agentFiles: "broken-yaml" });
  const { code, stdout, stderr } = await run(t, ["sources", ids[0], "--json"], { env });
  const [{ sources, issues, ...rest }] = parsed(stdout);
  assert.deepEqual([code, stderr, rest], [0, "", { device: ids[0], answered: true, name: "solar-01", shell: "posix" }]);
  assert.deepEqual([sources.length, issues.length], [8, 1]);
  assert.doesNotMatch(stdout, /"raw"/);
});

for (const [agentFiles, said] of /** @type {[string, RegExp[]][]} */ ([
  [
    "elsewhere",
    [/the configuration was not read: .*No such file/, /the logs below .* were not read/, /no sources found/],
  ],
  ["windows", [/has a Windows shell/]],
  ["other-header", [/is not in the format/]],
])) {
  test(`sources of a device with unusual files: ${agentFiles}`, LIMIT, async (t) => {
    const { env, ids } = await setting(t, { agentFiles });
    const { code, stderr } = await run(t, ["sources", ids[0]], { env });
    assert.equal(code, 0);
    for (const pattern of said) assert.match(stderr, pattern);
    assert.match(stderr, /^(ardexa: [^\n]*\n)+$/);
  });
}

test("sources of a device that does not respond", LIMIT, async (t) => {
  const { env, offline, all } = await setting(t, { commandMs: 3_600_000 });
  const refused = await run(t, ["sources", offline], { env });
  assert.deepEqual(
    [refused.code, refused.stdout, refused.stderr],
    [1, "", "ardexa: the device did not respond: Device is offline\n"],
  );
  const { ids } = await setting(t);
  const late = await run(t, ["sources", ids[0], "--timeout", "50ms"], { env });
  assert.deepEqual([late.code, late.stderr], [5, "ardexa: the device did not respond: no reply within 50 ms\n"]);
  assert.deepEqual(all(), [], "nothing is cached");
});

test(
  "the cache is private to the user, one file per workgroup, with names but no token, command or value",
  LIMIT,
  async (t) => {
    const { env, sim, ids, cache, all } = await setting(t);
    await run(t, ["devices"], { env });
    await run(t, ["sources", ids[0]], { env });
    const [entry, ...more] = all();
    assert.equal(more.length, 0);
    const file = join(entry.parentPath ?? entry.path, entry.name);
    assert.equal(file, catalogFile({ env, url: sim.url, workgroup: "demo" }));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(cache, "ardexa")).mode & 0o777, 0o700);
    const text = readFileSync(file, "utf8");
    for (const hidden of [sim.token, "command", "loadavg", "raw", "cacertfile"])
      assert.ok(!text.includes(hidden), hidden);
    const { version, url, workgroup, devices } = JSON.parse(text);
    assert.deepEqual([version, url, workgroup, devices.length], [1, sim.url, "demo", 12]);
    // Its name in the cloud, and the sources that it reported.
    assert.deepEqual([devices[0].name, devices[0].sources[0].source], ["Redgum Plain Solar Plant", "inverter-01"]);
  },
);

test("a new list drops removed devices, and keeps data from a device that the list lacks", (t) => {
  const place = { env: { XDG_CACHE_HOME: files(t) }, url: "wss://Cloud.example/", workgroup: "w" };
  assert.equal(readCatalog(place), undefined);
  const source = { table: "t", source: "s", kind: "log", fields: [{ name: "f", type: "decimal" }] };
  rememberSources(place, { deviceId: "a", name: "host", sources: [source] });
  rememberSources(place, { deviceId: "b", sources: [] });
  const kept = { table: "t", source: "s", fields: ["f"] };
  assert.deepEqual(readCatalog(place).devices, [{ id: "a", name: "host", sources: [kept] }, { id: "b" }]);
  rememberDevices(place, [
    { id: "a", name: "Plant", sources: [] },
    { id: "c", sources: [] },
  ]);
  assert.deepEqual(readCatalog({ ...place, url: "https://cloud.example" }).devices, [
    { id: "a", name: "Plant", sources: [kept] },
    { id: "c" },
  ]);
  assert.equal(readCatalog({ ...place, workgroup: "x" }), undefined);
});

test("a broken cache file, or a folder that cannot be created, counts as an empty cache", LIMIT, async (t) => {
  const place = { env: { XDG_CACHE_HOME: files(t) }, url: "https://c.example", workgroup: "w" };
  rememberSources(place, { deviceId: "a", sources: [] });
  for (const text of ["", "{", "null", "[]", '{"version":2,"devices":[]}', '{"version":1,"devices":5}']) {
    writeFileSync(catalogFile(place), text);
    assert.equal(readCatalog(place), undefined, text);
  }
  writeFileSync(
    catalogFile(place),
    JSON.stringify({
      version: 1,
      devices: [
        null,
        5,
        { id: 7 },
        { id: "a", name: {}, sources: [null, { table: "t" }, { table: "t", source: "s", fields: [1] }] },
      ],
    }),
  );
  assert.deepEqual(readCatalog(place).devices, [{ id: "a" }]);
  assert.equal(readCatalog({ ...place, url: "no url" }), undefined);
  const { env, cache } = await setting(t);
  writeFileSync(join(cache, "ardexa"), "a file instead of the folder");
  const { code, stderr } = await run(t, ["devices"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(existsSync(join(cache, "ardexa")));
});

test("control characters in names are replaced", LIMIT, async (t) => {
  const { env, sim } = await setting(t);
  sim.devices[0].name = "a\u001b[31mb\tc\nd";
  const { stdout } = await run(t, ["devices"], { env });
  assert.match(stdout.split("\n")[0], /\tonline\ta�\[31mb c d\t12$/);
});
