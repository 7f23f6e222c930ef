// What becomes of a module of another version, of HTML in its place, of a method without its client, and of a deep copy of a client.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ArdexaError, connect, init } from "ardexa-client";
import lodash from "lodash";

const { options, deviceId } = JSON.parse(process.env.GIVEN);
const shown = (error) => ({ ours: error instanceof ArdexaError, code: error.code, message: error.message });

const bytes = readFileSync(createRequire(import.meta.url).resolve("ardexa-client/ardexa_client_bg.wasm"));
bytes.write("0.0.9", bytes.lastIndexOf("ardexa-client0.1.0+") + "ardexa-client".length);
const stale = await init(bytes).then(() => ({}), shown);
const html = await init(new TextEncoder().encode("<!doctype html>")).then(() => ({}), shown);

const client = await connect(options);
const { cmd } = client;
const detached = await cmd(deviceId, "uptime").then(() => ({}), shown);
for (let n = 0; n < 50; n++) lodash.cloneDeep(client);
const { returnCode } = await client.cmd(deviceId, "uptime");
const { state } = client;
await client.close();
console.log(JSON.stringify({ stale, html, detached, returnCode, state }));
