// Both clients, in Node, with the WebSocket of the benches.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { MemorySocket } from "./socket.mjs";

/** @param {string} folder of a built package */
export const importPackage = (folder) => import(pathToFileURL(join(folder, "node.js")).href);

/**
 * socket.io-client in the build for browsers, which takes the global WebSocket where ours has an option: with the one
 * for Node, the package `ws` would stand between it and the frames.
 */
export async function importSocketIo() {
  Object.assign(globalThis, { WebSocket: MemorySocket });
  const code = await readFile(inRoot("node_modules", "socket.io-client", "dist", "socket.io.esm.min.js"), "base64");
  // By its name Node would take it for CommonJS.
  const { io } = await import(`data:text/javascript;base64,${code}`);
  return io;
}

/** @returns {Promise<import("./receivers.mjs").Libraries>} */
export async function libraries(folder = inRoot("pkg")) {
  const ardexa = await importPackage(folder);
  return { ardexa, io: await importSocketIo() };
}

/** The version of socket.io-client that is compared with. @returns {string} */
export const socketIoVersion = () => createRequire(import.meta.url)("socket.io-client/package.json").version;
