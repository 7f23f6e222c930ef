// A static file server for this machine's browser: loopback only, and nothing outside the given folders.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";
import { Problem } from "./problem.mjs";

const HOST = "127.0.0.1";
const TRIES = 20;

/** @type {Record<string, string>} */
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The page may connect to any cloud, since the user names it; code and styles come only from here. */
const HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self' http: https: ws: wss:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/**
 * @typedef {object} Site
 * @property {Record<string, string>} folders from a URL prefix such as "/pkg/" to a folder; the longest prefix wins
 * @property {Record<string, unknown>} [json] from a URL path to the response
 * @property {number} [port] an error if it is in use; default: 8080 or one of the next
 */

/**
 * @param {Site} site
 * @returns {Promise<{ url: string, port: number, close(): Promise<void> }>}
 */
export async function serve({ folders, json = {}, port }) {
  const server = createServer((request, response) => {
    answer(request, response, folders, json).catch(() => fail(response, 500, "internal error"));
  });
  const taken = await listen(server, port);
  return {
    port: taken,
    url: `http://${HOST}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import("node:http").Server} server
 * @param {number | undefined} wanted
 * @returns {Promise<number>}
 */
async function listen(server, wanted) {
  const first = wanted ?? 8080;
  for (let port = first; port < first + TRIES; port += 1) {
    const code = await new Promise((resolve) => {
      const failed = (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code);
      server.once("error", failed);
      server.listen(port, HOST, () => {
        server.off("error", failed);
        resolve(undefined);
      });
    });
    if (code === undefined) return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw new Problem(`Port ${port} cannot be opened (${code}).`);
    if (wanted !== undefined)
      throw new Problem(`Port ${wanted} is taken; name another with --port, or none to have one chosen.`);
  }
  throw new Problem(`Ports ${first} to ${first + TRIES - 1} are all taken; name a free one with --port.`);
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {Record<string, string>} folders
 * @param {Record<string, unknown>} json
 */
async function answer(request, response, folders, json) {
  if (!isLoopbackName(request.headers.host)) return fail(response, 403, "this server answers to localhost alone");
  if (request.method !== "GET" && request.method !== "HEAD") return fail(response, 405, "only GET and HEAD");

  const path = decodePath(request.url ?? "/");
  if (path === undefined) return fail(response, 400, "malformed path");
  if (Object.hasOwn(json, path)) {
    // Other sites' pages may not request this: the data is only for this page.
    const from = request.headers["sec-fetch-site"];
    if (from !== undefined && from !== "same-origin" && from !== "none")
      return fail(response, 403, "not for other sites");
    response.writeHead(200, { ...HEADERS, "Content-Type": TYPES[".json"] });
    return response.end(JSON.stringify(json[path]));
  }

  const file = await find(path, folders);
  if (!file) return fail(response, 404, "not found");
  response.writeHead(200, {
    ...HEADERS,
    "Content-Type": TYPES[extname(file.path)] ?? "application/octet-stream",
    "Content-Length": file.size,
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(file.path)
    .on("error", () => response.destroy())
    .pipe(response);
}

/**
 * Rejects DNS rebinding: a page that reaches this server through another name has that name in its Host header.
 * @param {string | undefined} host
 */
const isLoopbackName = (host) => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? "");

/** @param {string} url @returns {string | undefined} */
function decodePath(url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    return path.startsWith("/") && !/[\0\\]/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {Record<string, string>} folders
 * @returns {Promise<{ path: string, size: number } | undefined>}
 */
async function find(path, folders) {
  const segments = path.split("/");
  if (segments.some((segment) => segment.startsWith("."))) return undefined; // "..", and hidden files
  const prefix = Object.keys(folders)
    .filter((start) => path.startsWith(start))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  try {
    // A symbolic link inside the folder must not point outside it.
    const home = await realpath(folders[prefix]);
    const wanted = await realpath(join(home, path.slice(prefix.length)));
    if (wanted !== home && !wanted.startsWith(home + sep)) return undefined;
    const info = await stat(wanted);
    if (info.isFile()) return { path: wanted, size: info.size };
    if (!path.endsWith("/")) return undefined;
    const index = join(wanted, "index.html");
    return { path: index, size: (await stat(index)).size };
  } catch {
    return undefined;
  }
}

/** @param {import("node:http").ServerResponse} response @param {number} status @param {string} why */
function fail(response, status, why) {
  if (response.headersSent) return response.destroy();
  response.writeHead(status, { ...HEADERS, "Content-Type": TYPES[".txt"] });
  response.end(`${why}\n`);
}
