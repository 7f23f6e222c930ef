/** The proxy from the environment: which variable applies, credentials, refusals. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import test from "node:test";
import { connectProxy } from "../lib/connect-proxy.mjs";
import { LIMIT } from "../lib/until.mjs";
import { cloud, files, parsed, run, says, start } from "./support.mjs";

const FEED = ["-t", "system", "-s", "cpu_usage"];
const hostOf = ({ ARDEXA_URL }) => new URL(ARDEXA_URL).host;

for (const variable of ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]) {
  test(`${variable} sets the proxy for http: and ws:`, LIMIT, async (t) => {
    const { env, ids } = await cloud(t);
    const proxy = await connectProxy(t);
    for (const url of [env.ARDEXA_URL, env.ARDEXA_URL.replace("http", "ws")]) {
      const { code, stdout, stderr } = await run(t, ["cmd", ids[0], "--", "echo hi"], {
        env: { ...env, ARDEXA_URL: url, [variable]: `http://${proxy.host}` },
      });
      assert.deepEqual([code, stdout, stderr], [0, "hi\n", ""]);
    }
    assert.deepEqual(proxy.targets, [hostOf(env), hostOf(env)]);
  });
}

test("HTTPS_PROXY sets the proxy for https:, and the cloud's certificate is checked through it", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const folder = files(t);
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
      "-keyout",
      key,
      "-out",
      certificate,
    ],
    { stdio: "pipe" },
  );
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (near) => {
    const far = connect(sim.port, "127.0.0.1");
    near
      .on("error", () => far.destroy())
      .pipe(far.on("error", () => near.destroy()))
      .pipe(near);
  });
  server.on("tlsClientError", () => {});
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => server.close());
  const proxy = await connectProxy(t);
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const secure = {
    ...env,
    ARDEXA_URL: `https://localhost:${port}`,
    HTTPS_PROXY: `http://${proxy.host}`,
    HTTP_PROXY: "http://127.0.0.1:9",
  };
  const good = await run(t, ["cmd", ids[0], "--", "echo hi"], { env: { ...secure, NODE_EXTRA_CA_CERTS: certificate } });
  assert.deepEqual([good.code, good.stdout, good.stderr], [0, "hi\n", ""]);
  assert.deepEqual(proxy.targets, [`localhost:${port}`]);
  const listed = await run(t, ["devices"], { env: { ...secure, NODE_EXTRA_CA_CERTS: certificate } });
  assert.deepEqual([listed.code, listed.stderr], [0, ""]);
  assert.ok(listed.stdout.includes(ids[0]));
  assert.deepEqual(proxy.targets, [`localhost:${port}`, `localhost:${port}`]);
  const around = await run(t, ["devices"], {
    env: { ...secure, NODE_EXTRA_CA_CERTS: certificate, NO_PROXY: "localhost" },
  });
  assert.deepEqual([around.code, around.stdout, proxy.targets.length], [0, listed.stdout, 2]);
  const unknown = await run(t, ["cmd", ids[0], "--", "echo hi"], { env: secure });
  assert.equal(unknown.code, 4);
  assert.match(
    unknown.stderr,
    new RegExp(
      `^ardexa: cannot reach localhost:${port} [^\\n]*certificate[^\\n]*through the proxy ${proxy.host}; [^\\n]*\\n$`,
    ),
  );
});

test("a SOCKS proxy is refused with advice; an HTTP proxy takes precedence over it", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  for (const scheme of ["socks5", "socks5h", "socks4"])
    for (const name of ["ALL_PROXY", "all_proxy"])
      for (const args of [["cmd", ids[0], "--", "echo hi"], ["devices"]]) {
        const { code, stdout, stderr } = await run(t, args, {
          env: { ...env, [name]: `${scheme}://127.0.0.1:1080` },
        });
        const advice =
          "set it to one of these, for example http://proxy.example:3128, or add the cloud's host to NO_PROXY";
        const said = `${name} is a ${scheme}:// proxy, but only http:// and https:// proxies are supported; ${advice}`;
        assert.deepEqual([code, stdout, stderr], [2, "", `ardexa: ${said}\n`]);
      }
  const proxy = await connectProxy(t);
  const beside = { ...env, ALL_PROXY: "socks5://127.0.0.1:1080", HTTP_PROXY: `http://${proxy.host}` };
  const { code, stdout } = await run(t, ["cmd", ids[0], "--", "echo hi"], { env: beside });
  assert.deepEqual([code, stdout, proxy.targets.length], [0, "hi\n", 1]);
});

for (const value of ["127.0.0.1", "*", "a.example, 127.0.0.1"]) {
  test(`NO_PROXY=${value} bypasses the proxy, in upper and lower case`, LIMIT, async (t) => {
    const { env, ids } = await cloud(t);
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const { code, stderr } = await run(t, ["cmd", ids[0], "--", "echo hi"], {
        env: { ...env, ALL_PROXY: "http://127.0.0.1:9", [name]: value },
      });
      assert.deepEqual([code, stderr], [0, ""]);
    }
  });
}

test("credentials in the URL are sent to the proxy, and never printed", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const proxy = await connectProxy(t, { credentials: "us@er:s3cr:et" });
  const given = (user) => ({ ...env, HTTP_PROXY: `http://${user}@${proxy.host}`, DEBUG: "*" });
  const good = await run(t, ["cmd", ids[0], "--", "echo hi"], { env: given("us%40er:s3cr%3Aet") });
  assert.deepEqual([good.code, good.stdout], [0, "hi\n"]);
  const wrong = await run(t, ["cmd", ids[0], "--", "echo hi"], { env: given("us%40er:wr0ng") });
  assert.equal(wrong.code, 4);
  assert.match(
    wrong.stderr,
    new RegExp(
      `^ardexa: the proxy ${proxy.host} rejected the user name and password in HTTP_PROXY \\(407 No\\); correct them\n`,
      "m",
    ),
  );
  const broken = await run(t, ["cmd", ids[0], "--", "echo hi"], { env: given("user:100%wr0ng") });
  assert.equal(broken.code, 2);
  assert.match(
    broken.stderr,
    /^ardexa: the user name or password in HTTP_PROXY has an invalid % sequence; write a literal % as %25\n$/m,
  );
  for (const { stdout, stderr } of [good, wrong, broken])
    assert.doesNotMatch(stdout + stderr, /us(%40|@)er|s3cr|wr0ng/);
});

test("a refusal by the proxy is reported as such, also with --json", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const locked = await connectProxy(t, { credentials: "a:b" });
  const none = await run(t, ["cmd", ids[0], "--", "x"], { env: { ...env, HTTP_PROXY: locked.host } });
  assert.equal(none.code, 4);
  assert.equal(
    none.stderr,
    `ardexa: the proxy ${locked.host} requires a user name and password (407 No); add them to HTTP_PROXY, for example http://user:password@proxy.example:3128\n`,
  );
  for (const status of [403, 502]) {
    const proxy = await connectProxy(t, { refuse: status });
    const { code, stdout, stderr } = await run(t, ["cmd", ids[0], "--json", "--", "x"], {
      env: { ...env, ALL_PROXY: `http://${proxy.host}` },
    });
    const said = `the proxy ${proxy.host} refused to connect to ${hostOf(env)} (${status} No); ask its administrator, or add the cloud's host to NO_PROXY`;
    assert.deepEqual([code, stderr], [4, `ardexa: ${said}\n`]);
    assert.deepEqual(parsed(stdout), [{ device: ids[0], error: { code: "unreachable", message: said } }]);
  }
});

test("a proxy that is down, and one that does not respond", LIMIT, async (t) => {
  const { env, ids } = await cloud(t);
  const absent = await run(t, ["feed", ids[0], ...FEED], { env: { ...env, HTTP_PROXY: "http://127.0.0.1:9" } });
  assert.equal(absent.code, 4);
  assert.match(
    absent.stderr,
    /^ardexa: the proxy 127\.0\.0\.1:9 failed \([^\n]*ECONNREFUSED[^\n]*\); check HTTP_PROXY, or add the cloud's host to NO_PROXY\n$/,
  );
  const silent = await connectProxy(t, { silent: true });
  const { code, stderr } = await run(t, ["watch", "--connect-timeout", "3s"], {
    env: { ...env, HTTP_PROXY: silent.host },
  });
  assert.deepEqual(
    [code, stderr],
    [5, `ardexa: the proxy ${silent.host} did not respond; check HTTP_PROXY or increase --connect-timeout\n`],
  );
});

test("a feed reconnects through the proxy", LIMIT, async (t) => {
  const { sim, env, ids } = await cloud(t);
  const proxy = await connectProxy(t);
  const feed = start(t, ["feed", ids[0], ...FEED], { env: { ...env, HTTP_PROXY: `http://${proxy.host}` } });
  await says(feed, "stdout", /\n/);
  sim.dropAll();
  await says(feed, "stderr", /the feed continues\n/);
  assert.equal(proxy.targets.length, 2);
});

test("an unusable proxy variable is named, and its value is not printed", LIMIT, async (t) => {
  const { env } = await cloud(t);
  for (const [value, pattern] of /** @type {[string, RegExp][]} */ ([
    ["http://a:s3cret@:x", /HTTP_PROXY is not the URL of a proxy/],
    [
      "socks5://a:s3cret@127.0.0.1:1080",
      /HTTP_PROXY is a socks5:\/\/ proxy, but only http:\/\/ and https:\/\/ proxies are supported/,
    ],
  ])) {
    const { code, stdout, stderr } = await run(t, ["watch"], { env: { ...env, HTTP_PROXY: value } });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^ardexa: [^\n]+\n$/);
    assert.match(stderr, pattern);
    assert.doesNotMatch(stderr, /s3cret/);
  }
});
