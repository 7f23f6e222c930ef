// Opens one connection in a fresh process and reports the timings to the parent.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

process.once("message", async (/** @type {any} */ { name, pkg, url, workgroup, token }) => {
  const start = performance.now();
  const { importMs, close } = name === "ardexa-client" ? await ours() : await theirs();
  const totalMs = performance.now() - start;
  process.send?.({ importMs, totalMs }, () => {
    close();
    process.disconnect();
  });

  async function ours() {
    const { connect } = await import(pathToFileURL(join(pkg, "node.js")).href);
    const importMs = performance.now() - start;
    const client = await connect({ url, workgroup, token });
    return { importMs, close: () => client.close() };
  }

  async function theirs() {
    const { io } = await import("socket.io-client");
    const importMs = performance.now() - start;
    const socket = io(url, {
      path: "/socket.io-client/",
      query: { token, orgName: workgroup },
      transports: ["websocket"],
    });
    await new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("connect_error", reject);
    });
    return { importMs, close: () => socket.close() };
  }
});
