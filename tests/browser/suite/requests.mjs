/** Every request of the API, and every way in which one can fail. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { closedAddress } from "../../node/lib/refusing.mjs";
import { given, simulator, until } from "../support.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const CONFIG = {
  fields: [{ name: "AC Power", expect: "decimal" }],
  run: [
    {
      table: "solar",
      source: "inverter-09",
      command: "read-inverter 9",
      frequency: 10,
      expect: "csv",
      fields: "fields",
    },
  ],
};
const YAML =
  "run:\n  - table: solar\n    source: inverter-10\n    command: read-inverter 10\n    frequency: 5\n    expect: decimal\n";

/** @param {ReturnType<typeof import("../support.mjs").withBrowser>} web */
export function requestTests(web) {
  test("every request resolves with its reply", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const got = await page.evaluate(
      async ({ options, deviceId }, config, yaml) => {
        const client = await (await pkg()).connect(options);
        /** @returns {Promise<void>} */
        const backOnline = () =>
          new Promise((resolve) => {
            const stop = client.on("device:stateChange", (change) => {
              if (change.deviceId !== deviceId || !change.online) return;
              stop();
              resolve();
            });
          });
        /** Waits for the agent's restart, which some requests cause. */
        const restarting = async (request) => {
          const back = backOnline();
          const reply = await request();
          await back;
          return reply;
        };
        const steps = [];
        const replies = {
          cmd: await client.cmd(deviceId, "echo grüße; ls /nowhere"),
          testConfig: await client.testConfig(deviceId, config),
          applyConfig: await restarting(() => client.applyConfig(deviceId, config)),
          applyYamlConfig: await restarting(() => client.applyYamlConfig(deviceId, yaml)),
          refreshMeta: await restarting(() => client.refreshMeta(deviceId)),
          doUpgrade: await client.doUpgrade(deviceId, { onProgress: (step) => steps.push(step) }),
          sendArdexactl: await client.sendArdexactl(deviceId, { requestId: "my own id" }),
          sendArdpkg: await client.sendArdpkg(deviceId),
          request: await client.request("device:sendArdpkg", { deviceId }),
        };
        return { replies, steps, open: client.stats().openRequests };
      },
      given(sim),
      CONFIG,
      YAML,
    );

    const {
      cmd,
      testConfig,
      applyConfig,
      applyYamlConfig,
      refreshMeta,
      doUpgrade,
      sendArdexactl,
      sendArdpkg,
      request,
    } = got.replies;
    assert.equal(cmd.stdout, "grüße\n");
    assert.match(cmd.stderr, /nowhere/);
    assert.notEqual(cmd.returnCode, 0);
    for (const reply of [testConfig, applyConfig, applyYamlConfig]) assert.equal(reply.result, "success");
    for (const reply of [refreshMeta, sendArdexactl, sendArdpkg, request]) assert.equal(reply.complete, true);
    for (const reply of [cmd, testConfig, applyConfig, refreshMeta, doUpgrade, sendArdpkg, request])
      assert.match(reply.requestId, UUID);
    assert.equal(sendArdexactl.requestId, "my own id");
    assert.ok(got.steps.length > 1, "an upgrade has more than one step");
    assert.deepEqual(
      got.steps.map(({ complete }) => complete),
      got.steps.map((_, at) => at === got.steps.length - 1),
    );
    assert.deepEqual(got.steps.at(-1), doUpgrade);
    assert.equal(got.open, 0);
    assert.match(sim.devices[0].configYaml, /inverter-10/);
  });

  test("a configuration keeps its key order", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    await page.evaluate(
      async ({ options, deviceId }, config) => {
        const client = await (await pkg()).connect(options);
        await client.testConfig(deviceId, config, { extra: { note: "kept" } });
      },
      given(sim),
      CONFIG,
    );
    const [sent] = /** @type {{ config: unknown, note: string }[]} */ (
      sim.received.find(({ event }) => event === "device:testConfig").args
    );
    assert.equal(JSON.stringify(sent.config), JSON.stringify(CONFIG));
    assert.equal(sent.note, "kept");
  });

  test("binary data is sent and received, in acks and in events", async (t) => {
    const sim = await simulator(t, {
      onConnection: (socket) =>
        socket.on("mirror", (first, second, ack) => {
          socket.emit("mirrored", { bytes: Buffer.from(first).reverse(), more: ["é", Buffer.alloc(0)] });
          ack({ bytes: Buffer.from(first), isBuffer: Buffer.isBuffer(first) }, second);
        }),
    });
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options }) => {
      const client = await (await pkg()).connect(options);
      const events = [];
      client.onAny((event, ...args) => events.push([event, ...args]));
      const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
      const [answer, second] = /** @type {any[]} */ (
        await client.emitWithAck("mirror", [bytes, { deep: [bytes.subarray(1, 3).slice().buffer, "日本"] }])
      );
      await until(() => events.length > 0);
      const [[event, { bytes: reversed, more }]] = events;
      return {
        same:
          answer.bytes instanceof Uint8Array &&
          answer.bytes.length === bytes.length &&
          answer.bytes.every((byte, at) => byte === bytes[at]),
        isBuffer: answer.isBuffer,
        deep: [[...second.deep[0]], second.deep[1]],
        event,
        reversed: [...reversed.slice(0, 3)],
        expected: [...bytes.slice(-3).reverse()],
        more: [more[0], more[1].length],
      };
    }, given(sim));
    assert.deepEqual(got, {
      same: true,
      isBuffer: true,
      deep: [[1, 2], "日本"],
      event: "mirrored",
      reversed: got.expected,
      expected: got.expected,
      more: ["é", 0],
    });
  });

  test("a failed request rejects with the right code", async (t) => {
    const sim = await simulator(t, { maxPayload: 5_000, slowCommandMs: 600_000 });
    const page = await web.page(t);
    const got = await page.evaluate(
      async ({ options, deviceId }, [, , , , failing]) => {
        const { ArdexaClient, ArdexaError, connect } = await pkg();
        const client = await connect(options);
        const stopped = new AbortController();
        const aborted = settled(client.cmd(deviceId, "slow", { signal: stopped.signal }));
        stopped.abort(new Error("enough"));
        const thrown = await client.cmd("nobody", "uptime").catch((error) => error);
        return {
          real: thrown instanceof ArdexaError && thrown instanceof Error && typeof thrown.stack === "string",
          rejected: await settled(client.cmd("nobody", "uptime")),
          config: await settled(
            client.testConfig(deviceId, {
              run: [{ table: "t", source: "s", command: "c", frequency: -1, expect: "csv" }],
            }),
          ),
          upgrade: await settled(client.doUpgrade(failing)),
          timeout: await settled(client.cmd(deviceId, "slow", { timeoutMs: 20 })),
          aborted: await aborted,
          "too-large": await settled(client.cmd(deviceId, "x".repeat(6_000))),
          // @ts-expect-error a command must be a string
          "invalid-argument": await settled(client.cmd(deviceId, 7)),
          options: await settled(connect({ ...options, url: "not a url" })),
          insecure: await settled(connect({ ...options, url: "http://ardexa.example" })),
          "not-connected": await settled(new ArdexaClient(options).cmd(deviceId, "uptime")),
          emit: await settled((async () => new ArdexaClient(options).emit("x"))()),
          closed: await settled(
            (async () => {
              const other = await connect(options);
              const waiting = other.cmd(deviceId, "slow");
              void other.close();
              await waiting;
            })(),
          ),
          state: client.state,
          open: client.stats().openRequests,
        };
      },
      given(sim),
      sim.devices.map(({ id }) => id),
    );

    assert.equal(got.real, true);
    /** @param {Settled} settled */
    const codeOf = ({ value, error }) => error?.code ?? assert.fail(`succeeded with ${JSON.stringify(value)}`);
    for (const code of ["rejected", "timeout", "aborted", "too-large", "invalid-argument", "not-connected", "closed"])
      assert.equal(codeOf(got[code]), code);
    assert.equal(codeOf(got.config), "rejected");
    assert.equal(codeOf(got.upgrade), "rejected");
    assert.equal(codeOf(got.options), "invalid-argument");
    assert.equal(codeOf(got.insecure), "invalid-argument");
    assert.equal(codeOf(got.emit), "not-connected");
    assert.match(got.insecure.error.message, /allowInsecure/);
    assert.deepEqual(got.rejected.error.data, { message: "Unknown device" });
    assert.equal(got.rejected.error.event, "device:cmd");
    assert.match(got.rejected.error.requestId, UUID);
    assert.match(got.config.error.message, /frequency/);
    assert.match(got.aborted.error.cause, /enough/);
    assert.match(got["invalid-argument"].error.message, /cmd/);
    assert.equal(got.state, "connected", "failed requests leave the connection open");
    assert.equal(got.open, 0);
    for (const { error } of /** @type {Settled[]} */ (Object.values(got)))
      if (error) assert.doesNotMatch(JSON.stringify(error), new RegExp(sim.token));
  });

  test("a refused connection rejects with the server's reason", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options }) => {
      const { connect } = await pkg();
      const asked = [];
      const token = () => `wrong-${asked.push(asked.length)}`;
      return {
        token: await settled(connect({ ...options, token: "not-the-token" })),
        workgroup: await settled(connect({ ...options, workgroup: "other" })),
        fresh: await settled(connect({ ...options, token })),
        thrown: await settled(connect({ ...options, token: async () => Promise.reject(new Error("no session")) })),
        asked: asked.length,
      };
    }, given(sim));
    assert.equal(got.token.error.code, "unauthorized");
    assert.deepEqual(got.token.error.data, { code: 401, reason: "token invalid" });
    assert.doesNotMatch(JSON.stringify(got.token), /not-the-token/);
    assert.deepEqual(got.workgroup.error.data, { code: 403, reason: "unknown workgroup" });
    assert.equal(got.fresh.error.code, "unauthorized");
    assert.equal(got.asked, 2, "a token function is called once more");
    assert.match(got.thrown.error.cause, /no session/);
    await until(() => sim.stats().connected === 0);
  });

  test("connecting without a server rejects with unreachable", async (t) => {
    const { url } = await closedAddress(t);
    const options = { url, workgroup: "demo", token: "the-token" };
    const page = await web.page(t);
    const { error } = await page.evaluate(async (options) => settled((await pkg()).connect(options)), options);
    assert.equal(error.code, "unreachable");
    assert.match(error.message, /127\.0\.0\.1/);
    assert.match(error.message, /a browser cannot tell a refused handshake from a dead network/);
    assert.doesNotMatch(JSON.stringify(error), new RegExp(options.token));
  });

  test("a stack begins at the caller: always for a wrong argument, with callerStacks for a request", async (t) => {
    const sim = await simulator(t);
    const page = await web.page(t);
    const got = await page.evaluate(async ({ options }) => {
      const { connect } = await pkg();
      const client = await connect({ ...options, callerStacks: true });
      // @ts-expect-error a device ID must be a string
      const mistake = async () => client.cmd(5, "uptime");
      const refusal = async () => client.cmd("nobody", "uptime");
      const stackOf = (act) =>
        act().then(
          () => "no error",
          ({ stack }) => stack,
        );
      return { mistake: await stackOf(mistake), refusal: await stackOf(refusal) };
    }, given(sim));
    for (const [name, stack] of Object.entries(got)) {
      const [first] = stack.split("\n").filter((line) => /^ +at |@/.test(line));
      assert.match(first, new RegExp(name), stack);
      assert.doesNotMatch(stack, /wasm/);
    }
  });
}
