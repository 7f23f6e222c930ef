/** The transcripts' server: one small cloud on each official server, and on python-socketio (../python/server.py). */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { ensurePython } from "../../../../scripts/lib/python.mjs";

export const TOKEN = "transcript-token";
export const WORKGROUP = "demo";
/** python-socketio sends whole seconds only. */
const PING_INTERVAL_MS = 1_000;
const PING_TIMEOUT_MS = 5_000;
const folder = fileURLToPath(new URL("../python/", import.meta.url));

/** @typedef {{port: number, problems?(): string, close(): Promise<void>}} Cloud */

/** @param {"socket.io-2" | "socket.io-3" | "socket.io"} name of the npm package @returns {Promise<Cloud>} */
export async function official(name) {
  const module = await import(name);
  const Server = module.Server ?? module.default;
  const http = createServer();
  const tcp = new Set();
  http.on("connection", (socket) => {
    tcp.add(socket);
    socket.on("error", () => {});
  });
  const io = new Server(http, {
    path: "/socket.io-client",
    serveClient: false,
    transports: ["websocket"],
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    maxHttpBufferSize: 1_000_000,
    cookie: false,
  });
  io.use((socket, next) => {
    const { token, orgName } = socket.handshake.query;
    if (token === TOKEN && orgName === WORKGROUP) next();
    else next(Object.assign(new Error("Unauthorized"), { data: { code: 401, reason: "token invalid" } }));
  });
  io.on("connection", (socket) => serve(io, socket));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", () => resolve(undefined)));
  return {
    port: /** @type {import("node:net").AddressInfo} */ (http.address()).port,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve(undefined));
        for (const socket of tcp) socket.destroy();
        Promise.resolve(io.close()).catch(() => {}); // it rejects if the HTTP server is already closed
      }),
  };
}

function serve(io, socket) {
  let feeds = 0;
  socket.on("device:cmd", ({ requestId, cmd }) => {
    if (cmd === "fail")
      return void socket.emit("device:cmd:rpc", { requestId, error: { message: "é: no such device" } });
    socket.emit("device:cmd:rpc", { correlationId: "c-1", requestId });
    socket.emit("device:cmd:reply", { stdout: `${cmd}\n`, stderr: "", returnCode: 0, correlationId: "c-1", requestId });
  });
  socket.on("device:feed", ({ requestId, table, source, deviceId: device }) => {
    const feedId = `feed-${++feeds}`;
    socket.emit("device:feed:rpc", { requestId, feedId });
    for (let n = 1; n <= 3; n++) {
      socket.emit("device:feed:reply", {
        feedId,
        event_time: `2024-01-02T03:04:0${n}.000Z`,
        table,
        source,
        device,
        messageId: String(n),
        value: [n, null, "°é🌞"],
        requestId,
      });
    }
  });
  socket.on("device:feed:stop", ({ feedId }) => socket.emit("stopped", feedId));
  socket.on("echo", (...args) => args.pop()(...args));
  socket.on("blob", ({ deep: [bytes] }) =>
    socket.emit("blob:back", { deep: [bytes, Buffer.from([9, 8])], again: bytes }),
  );
  socket.on("question", (value) => socket.emit("ask", value, (...answer) => socket.emit("answered", answer)));
  socket.on("broadcast", () => {
    io.emit("device:stateChange", { cn: `CN=device-1,O=${WORKGROUP}`, vhost: WORKGROUP, online: true });
    io.emit("device:metaChange", { id: "device-1" });
  });
  socket.on("bye", (how) => {
    if (how === "disconnect") socket.disconnect();
    else if (how === "close") socket.conn.close();
    else if (how === "cut") socket.conn.transport.socket._socket.destroy();
  });
}

/** @returns {Promise<Cloud>} */
export async function python() {
  const program = await ensurePython(`${folder}requirements.txt`);
  const child = spawn(
    program,
    [`${folder}server.py`, JSON.stringify([TOKEN, WORKGROUP, PING_INTERVAL_MS, PING_TIMEOUT_MS])],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const ended = new Promise((resolve) => child.once("close", resolve));
  let problems = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (problems = (problems + text).slice(-4_000)));
  const line = await new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", resolve);
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`the Python server ended with ${code}\n${problems}`)));
  });
  return {
    ...JSON.parse(line),
    problems: () => problems,
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
