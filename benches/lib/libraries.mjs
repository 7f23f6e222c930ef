// Loads both clients in Node with the benches' WebSocket.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { MemorySocket } from "./socket.mjs";

/** @param {string} folder of a built package */
export const importPackage = (folder) => import(pathToFileURL(join(folder, "node.js")).href);

/**
 * Loads the browser build of socket.io-client, which uses the global WebSocket (ours has an option). The Node build
 * would put the package `ws` between the client and the frames.
 */
export async function importSocketIo() {
  Object.assign(globalThis, { WebSocket: MemorySocket });
  const code = await readFile(inRoot("node_modules", "socket.io-client", "dist", "socket.io.esm.min.js"), "base64");
  // Imported by its path, Node would treat it as CommonJS.
  const { io } = await import(`data:text/javascript;base64,${code}`);
  return io;
}

/** @returns {Promise<import("./receivers.mjs").Libraries>} */
export async function libraries(folder = inRoot("pkg")) {
  const ardexa = await importPackage(folder);
  return { ardexa, io: await importSocketIo() };
}

/** The version of socket.io-client in the comparison. @returns {string} */
export const socketIoVersion = () => createRequire(import.meta.url)("socket.io-client/package.json").version;
