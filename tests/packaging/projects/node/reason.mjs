// Tries each of the given URLs with the socket that the package takes by itself, and the package with it; prints why
// each failed.
import { createRequire } from "node:module";
import { connect } from "ardexa-client";
import { defaultWebSocket } from "./node-socket.js";

const WebSocket = defaultWebSocket(() => createRequire(import.meta.url)("ws"));
const given = JSON.parse(process.env.GIVEN);

async function ofSocket(url) {
  const socket = new WebSocket(url);
  const closed = new Promise((resolve) => (socket.onclose = resolve));
  const event = await new Promise((resolve) => (socket.onerror = resolve));
  await closed;
  const { reason, hint, status, cause } = WebSocket.explain(event);
  return {
    reason,
    hint,
    status,
    isError: cause instanceof Error,
    code: cause?.code,
    causeStatus: cause?.status,
    text: `${cause?.stack}`,
  };
}

async function ofPackage(url) {
  const options = {
    url: new URL(url).origin.replace(/^ws/, "http"),
    workgroup: "demo",
    token: "the-token",
    allowInsecure: true,
  };
  try {
    await connect(options);
  } catch ({ name, code, message, status, cause }) {
    return {
      name,
      code,
      message,
      status,
      isError: cause instanceof Error,
      causeCode: cause?.code,
      causeStatus: cause?.status,
      text: `${cause?.stack}`,
    };
  }
}

const told = {};
for (const [name, url] of Object.entries(given))
  told[name] = { socket: await ofSocket(url), client: await ofPackage(url) };
console.log(JSON.stringify(told));
