// Measures a feed's native cost: a client's processor time per sample over loopback, for the crate, rust_socketio and
// python-socketio, each in its own process, all with the same server.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";
import { inRoot } from "../scripts/lib/paths.mjs";
import { ensurePython } from "../scripts/lib/python.mjs";
import { alternate, ratio } from "./lib/measure.mjs";

const start = promisify(execFile);
const FEED_ID = "4cbfb5cb-87ab-4ae9-8f5e-0f0ff9b2e5a1";
const REQUIREMENTS = inRoot("tests", "node", "transcripts", "python", "requirements.txt");
const PYTHON_CLIENT = fileURLToPath(new URL("rust/client.py", import.meta.url));
/** python-socketio needs ten times as long per sample. */
const SAMPLES = { "ardexa-client": 500_000, rust_socketio: 500_000, "python-socketio": 20_000 };

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ quick }) {
  const [own, other, python] = [await buildOwn(), await buildOther(), await ensurePython(REQUIREMENTS)];
  /** @type {Record<keyof typeof SAMPLES, string[]>} */
  const programs = { "ardexa-client": [own], rust_socketio: [other], "python-socketio": [python, PYTHON_CLIENT] };
  const server = await serve();
  try {
    const candidates = Object.entries(programs).map(([name, [program, ...args]]) => ({
      name,
      round: async () => {
        const samples = SAMPLES[/** @type {keyof typeof SAMPLES} */ (name)];
        const { stdout } = await start(program, [...args, server.url(samples), String(samples)]);
        return (Number(stdout) * 1e6) / samples;
      },
    }));
    return { unit: "ns", ns: await alternate(candidates, { rounds: quick ? 1 : 5, warmup: quick ? 0 : 1 }) };
  } finally {
    await server.close();
  }
}

/** Builds the crate's bench `native` and returns the path that Cargo reports. */
async function buildOwn() {
  const args = ["build", "--release", "--bench", "native", "--features", "native", "--message-format=json"];
  const { stdout } = await start("cargo", args, { cwd: inRoot(), maxBuffer: 1 << 26 });
  const messages = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return messages.find(({ target, executable }) => target?.name === "native" && executable).executable;
}

async function buildOther() {
  const target = inRoot("target", "rust-bench");
  const manifest = inRoot("benches", "rust", "Cargo.toml");
  await start("cargo", ["build", "--release", "--manifest-path", manifest, "--target-dir", target]);
  return `${target}/release/rust-socketio-bench`;
}

/** A server that accepts, opens a feed and sends a set number of samples as fast as the client reads them. */
async function serve() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  let samples = 0;
  server.on("connection", (socket) => {
    socket.send('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
    socket.on("message", (data) => {
      const text = String(data);
      if (text.startsWith("40")) socket.send('40{"sid":"b"}');
      if (text.startsWith('42["device:feed",')) void flood(socket, JSON.parse(text.slice(2))[1].requestId, samples);
    });
  });
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    /** The URL for a client that expects this many samples. @param {number} wanted */
    url(wanted) {
      samples = wanted;
      return `http://127.0.0.1:${port}`;
    },
    async close() {
      for (const socket of server.clients) socket.terminate();
      await promisify(server.close.bind(server))();
    },
  };
}

/** @param {import("ws").WebSocket} socket @param {string} requestId @param {number} samples */
async function flood(socket, requestId, samples) {
  socket.send(`42["device:feed:rpc",${JSON.stringify({ requestId, feedId: FEED_ID })}]`);
  const sample = {
    feedId: FEED_ID,
    event_time: "2023-08-09T03:55:37.000Z",
    table: "solar",
    source: "inverter-01",
    device: "66e0a3c8-5d1e-4c66-8b7d-1f0e5a1c7b20",
    messageId: "7139",
    value: 66920.0,
    requestId,
  };
  const frame = `42["device:feed:reply",${JSON.stringify(sample)}]`;
  for (let sent = 0; sent < samples; sent++) {
    socket.send(frame);
    // Written frames are buffered in the socket; a slow client must not fill the memory.
    while (socket.bufferedAmount > 1 << 20 && socket.readyState === socket.OPEN) await setImmediate();
  }
}

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ ns }) {
  return {
    title: "A feed natively, over loopback: processor time of the client for each sample",
    head: ["", "ns", "samples a second on one core", "÷ rust_socketio"],
    groups: [
      {
        rows: Object.entries(ns).map(([name, measured]) => [
          name,
          measured.median.toFixed(0),
          perSecond(measured).toFixed(0),
          ratio(measured, ns.rust_socketio)?.toFixed(2) ?? "",
        ]),
      },
    ],
  };
}

/** @param {{ median: number }} measured */
const perSecond = ({ median }) => 1e9 / median;

/** @param {Awaited<ReturnType<typeof run>>} result */
export const metrics = ({ ns }) => ({ "native: samples a second on one core": perSecond(ns["ardexa-client"]) });
