// Measures the time from the import to the server's acceptance over a loopback socket, in a fresh process each time.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startSimulator } from "../scripts/lib/target.mjs";
import { alternate, ratio, summary } from "./lib/measure.mjs";

const CHILD = fileURLToPath(new URL("lib/connect-child.mjs", import.meta.url));

/** @param {import("./run.mjs").BenchOptions} options */
export async function run({ quick, pkg }) {
  const simulator = await startSimulator({ devices: 3 });
  const { url, workgroup, token } = simulator;
  /** @type {Record<string, number[]>} */
  const imports = { "ardexa-client": [], "socket.io-client": [] };
  const candidates = Object.keys(imports).map((name) => ({
    name,
    round: async () => {
      const { importMs, totalMs } = await once({ name, pkg, url, workgroup, token });
      imports[name].push(importMs);
      return totalMs;
    },
  }));
  try {
    const warmup = 1;
    const ms = await alternate(candidates, { rounds: quick ? 5 : 15, warmup });
    const importMs = Object.fromEntries(
      Object.entries(imports).map(([name, values]) => [name, summary(values.slice(warmup))]),
    );
    return { unit: "ms", ms, importMs };
  } finally {
    await simulator.close();
  }
}

/** @param {object} task @returns {Promise<{ importMs: number, totalMs: number }>} */
function once(task) {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [], { execArgv: [] });
    /** @type {any} */
    let answer;
    child.once("message", (message) => (answer = message));
    child.once("exit", (code) =>
      answer ? resolve(answer) : reject(new Error(`connecting failed with exit code ${code}`)),
    );
    child.send(task);
  });
}

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ ms, importMs }) {
  return {
    title: "From the import to the server's acceptance, Node, loopback: milliseconds",
    head: ["", "ms", "quartiles", "of which import", "÷ socket.io-client"],
    groups: [
      {
        rows: Object.entries(ms).map(([name, measured]) => [
          name,
          measured.median.toFixed(1),
          `${measured.low.toFixed(1)} to ${measured.high.toFixed(1)}`,
          importMs[name].median.toFixed(1),
          ratio(measured, ms["socket.io-client"])?.toFixed(2) ?? "",
        ]),
      },
    ],
  };
}

/** @param {Awaited<ReturnType<typeof run>>} result */
export const metrics = ({ ms }) => ({
  "connect / socket.io-client": ratio(ms["ardexa-client"], ms["socket.io-client"]),
});
