/** The package in Node of several versions, Bun and Deno. */
import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { handCloud } from "../../node/lib/hand-cloud.mjs";
import { cloud, project } from "../lib/consumer.mjs";
import { BUN, DENO, NODES, run } from "../lib/runtimes.mjs";
import { silentCloud } from "../lib/silent-cloud.mjs";

const WAYS = {
  "by import": "import.mjs",
  "by require": "require.cjs",
  "inline by import": "inline-import.mjs",
  "inline by require": "inline-require.cjs",
};

export function runtimeTests() {
  for (const runtime of [...NODES, BUN, DENO]) {
    for (const [way, file] of Object.entries(WAYS)) {
      project(
        `${runtime.name} ${way}`,
        ["exercise.mjs", `node/${file}`],
        async (t, folder) => {
          const { given, check } = await cloud(t);
          check(await run(t, runtime, folder, file, given));
        },
        runtime,
      );
    }
  }

  for (const runtime of [...NODES, BUN, DENO]) {
    project(
      `${runtime.name} has stacks that begin at the caller's line`,
      ["node/stack.mjs"],
      async (t, folder) => {
        const { given } = await cloud(t);
        const told = await run(t, runtime, folder, "stack.mjs", given);
        for (const [name, { first, inner, all }] of Object.entries(told))
          assert.deepEqual({ first, inner }, { first: true, inner: [] }, `${name}:\n${all.join("\n")}`);
        const [mistaken, refused] = [told.mistaken, told.refused].map(({ log }) => JSON.parse(log));
        assert.deepEqual(mistaken, {
          name: "ArdexaError",
          message: "deviceId: must be a non-empty string",
          code: "invalid-argument",
        });
        const { requestId, ...rest } = refused;
        assert.deepEqual(rest, {
          name: "ArdexaError",
          message: "device:cmd: Unknown device",
          code: "rejected",
          event: "device:cmd",
          data: { message: "Unknown device" },
        });
        assert.match(requestId, /^[0-9a-f-]{36}$/);
      },
      runtime,
    );
  }

  for (const runtime of [...NODES, BUN, DENO]) {
    project(
      `${runtime.name} skips samples that are not JSON, and parses times`,
      ["node/values.mjs"],
      async (t, folder) => {
        const { io, url, workgroup, token, write, sample } = await handCloud(t);
        const payloads = [
          ...["1", "NaN", "-Infinity", "[2, Infinity]", "3"].map((value) => sample(value)),
          ...["1691553337", "1691553337000", '"1691553337"', '"2023-08-09 05:55:37,000+02"', '"yesterday"', "null"].map(
            (time) => sample("4", time),
          ),
          sample("5"),
        ];
        io.on("connection", (socket) =>
          socket.on("test:ready", () => payloads.forEach((payload) => write(socket, "device:feed:reply", payload))),
        );
        const told = await run(t, runtime, folder, "values.mjs", { options: { url, workgroup, token }, last: 5 });
        const values = [1, 3, 4, 4, 4, 4, 4, 4, 5];
        const at = Date.UTC(2023, 7, 9, 3, 55, 37);
        const { warnings, ...rest } = told;
        // JSON has null for NaN.
        assert.deepEqual(rest, {
          losses: [],
          heard: values,
          read: values,
          values,
          times: [at, at, at, at, at, at, null, null, at],
          state: "connected",
        });
        assert.deepEqual(
          warnings.map(([code]) => code),
          ["protocol", "protocol"],
        );
        assert.match(warnings[0][1], /a sample of table "solar", source "s" of device "d" is not JSON, at "NaN}\]"/);
        assert.match(
          warnings[1][1],
          /event_time of a sample of table "solar", source "s" of device "d" cannot be read: "yesterday"/,
        );
      },
      runtime,
    );
  }

  for (const runtime of [...NODES, BUN, DENO]) {
    project(
      `${runtime.name} reports a module of another version and a method without its client, and copies are harmless`,
      ["node/misuse.mjs"],
      async (t, folder) => {
        await mkdir(join(folder, "node_modules"));
        await symlink(inRoot("node_modules", "lodash"), join(folder, "node_modules", "lodash"), "junction");
        const { given } = await cloud(t);
        const { stale, html, detached, ...rest } = await run(t, runtime, folder, "misuse.mjs", given);
        assert.deepEqual(rest, { returnCode: 0, state: "connected" });
        for (const [{ message, ...error }, said] of [
          [stale, /its version is 0\.0\.9\+.*, but this JavaScript is /],
          [html, /could not be loaded: found HTML instead; /],
          [detached, /^this: cmd belongs to ArdexaClient/],
        ]) {
          assert.match(message, said);
          assert.deepEqual(error, { ours: true, code: "invalid-argument" });
        }
      },
      runtime,
    );
  }

  // As on AWS Lambda, where CommonJS cannot `require` an ES module.
  for (const runtime of NODES) {
    for (const [way, file] of Object.entries(WAYS)) {
      project(
        `${runtime.name} ${way}, as on Lambda`,
        ["exercise.mjs", `node/${file}`],
        async (t, folder) => {
          const { given, check } = await cloud(t);
          check(await run(t, runtime, folder, file, given, { flags: ["--no-experimental-require-module"] }));
        },
        runtime,
      );
    }
  }

  // Deno's own WebSocket cannot be terminated.
  for (const [runtime, withPackage] of /** @type {[import("../lib/runtimes.mjs").Runtime, boolean][]} */ ([
    ...NODES.map((node) => [node, false]),
    [BUN, false],
    [DENO, true],
  ])) {
    const name = `${runtime.name} ${withPackage ? "with the package ws " : ""}exits after close() even if the server never replies`;
    project(
      name,
      ["node/close.mjs"],
      async (t, folder) => {
        const options = await silentCloud(t);
        assert.deepEqual(await run(t, runtime, folder, "close.mjs", { options, withPackage }), { state: "closed" });
      },
      runtime,
    );
  }
}
