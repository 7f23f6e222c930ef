/** `ardexa-client/catalog` as a consumer imports it, and fake clouds and devices with given responses. */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { folder } from "../../lib/consumer.mjs";

writeFileSync(join(folder, "catalog.mjs"), 'export * from "ardexa-client/catalog";\n');

/** By `import`. @type {typeof import("ardexa-client/catalog")} */
export const imported = await import(pathToFileURL(join(folder, "catalog.mjs")).href);
/** By `require`. @type {typeof import("ardexa-client/catalog")} */
export const required = createRequire(join(folder, "entry.cjs"))("ardexa-client/catalog");

export const { askDevice, listDevices, mergeSources, readLog } = imported;

export const TOKEN = "s3cret.t0ken-_";
export const GIVEN = Object.freeze({ url: "https://cloud.example", workgroup: "w", token: TOKEN });

/** A `fetch` that returns a string or JSON. */
export const answering = (body, { status = 200 } = {}) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const fetch = async (url, init) => {
    fetch.calls.push({ url, init });
    return { ok: status >= 200 && status < 300, status, text: async () => text };
  };
  fetch.calls = /** @type {{ url: string, init: any }[]} */ ([]);
  return fetch;
};

/** The result of `listDevices` for a response. */
export const read = (body, options) => listDevices({ ...GIVEN, fetch: answering(body, options) });

/** A server that handles each request with `handle`, closed after the test. */
export async function server(t, handle) {
  const http = createServer(handle);
  await new Promise((resolve) => http.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => {
    http.close();
    http.closeAllConnections();
  });
  return `http://127.0.0.1:${/** @type {any} */ (http.address()).port}`;
}

/** A reply of the agent's shell. */
export const said = (stdout, { stderr = "", returnCode = 0 } = {}) => ({
  stdout,
  stderr,
  returnCode,
  correlationId: "c",
});
export const gone = (stderr) => said("", { stderr, returnCode: 1 });

/**
 * A client whose device replies by the first word of the command; a function in `replies` gets the whole command.
 * @param {Record<string, any>} replies
 */
export function device(replies) {
  /** @type {{ deviceId: string, cmd: string, options: any }[]} */
  const commands = [];
  return {
    commands,
    async cmd(deviceId, cmd, options) {
      commands.push({ deviceId, cmd, options });
      const [word] = cmd.split(" ");
      const reply = Object.hasOwn(replies, word) ? replies[word] : gone(`sh: ${word}: not found`);
      const value = typeof reply === "function" ? await reply(cmd, options) : reply;
      if (value instanceof Error) throw value;
      return typeof value === "string" ? said(value) : value;
    },
  };
}

/** The output of `head` for the first lines of logs. @param {Record<string, string>} lines by path */
export const heads = (lines) =>
  ["==> /dev/null <==\n", ...Object.entries(lines).map(([path, line]) => `==> ${path} <==\n${line}\n`)].join("\n");
