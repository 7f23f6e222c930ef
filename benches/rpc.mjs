// Measures completed requests per second, with one in flight and with a thousand.
import { ours, theirs } from "./lib/callers.mjs";
import { inChild, repeated } from "./lib/child.mjs";
import { alternate, joined, ratio, spentMs } from "./lib/measure.mjs";
import { importPackage, libraries } from "./lib/libraries.mjs";

const CASES = [
  { open: 1, requests: 40_000 },
  { open: 1_000, requests: 60_000 },
];

/** Of each process. */
const ROUNDS = 7;

/** @param {import("./run.mjs").BenchOptions} options @returns {ReturnType<typeof measure>} */
export async function run(options) {
  /** @type {Awaited<ReturnType<typeof measure>>[]} */
  const processes = await repeated(options.quick, () => inChild(import.meta.url, "measure", options));
  const [first] = processes;
  return {
    ...first,
    cases: first.cases.map(({ open }, n) => ({
      open,
      perSecond: joined(processes.map(({ cases }) => cases[n].perSecond)),
    })),
  };
}

/** @param {import("./run.mjs").BenchOptions} options */
export async function measure({ quick, pkg, against }) {
  const both = await libraries(pkg);
  const callers = [
    await ours(both),
    await theirs(both),
    await theirs(both, { name: "socket.io-client, with a timer each", timeoutMs: 30_000 }),
  ];
  if (against)
    callers.push({ ...(await ours({ ...both, ardexa: await importPackage(against) })), name: "ardexa-client, other" });
  const cases = [];
  for (const { open, requests } of CASES) {
    const candidates = callers.map(({ name, call }) => ({ name, round: () => perSecond(call, open, requests) }));
    cases.push({
      open,
      perSecond: await alternate(candidates, {
        rounds: ROUNDS,
        warmup: quick ? 2 : 3,
        mostMs: quick ? 8_000 : 60_000,
      }),
    });
  }
  for (const caller of callers) await caller.close();
  return { unit: "requests per second", cases };
}

/** @param {() => Promise<unknown>} call @param {number} open @param {number} requests */
async function perSecond(call, open, requests) {
  let left = requests;
  const caller = async () => {
    while (left-- > 0) await call();
  };
  const start = spentMs();
  await Promise.all(Array.from({ length: open }, caller));
  return (requests * 1000) / (spentMs() - start);
}

/** @param {Awaited<ReturnType<typeof run>>} result @returns {import("./lib/table.mjs").Table} */
export function table({ cases }) {
  return {
    title: "Requests per second of processor time",
    head: ["", "per second", "quartiles", "÷ socket.io-client"],
    groups: cases.map(({ open, perSecond }) => ({
      name: `${open.toLocaleString("en")} open`,
      rows: Object.entries(perSecond).map(([name, measured]) => [
        name,
        round(measured.median),
        `${round(measured.low)} to ${round(measured.high)}`,
        ratio(measured, perSecond["socket.io-client"])?.toFixed(2) ?? "",
      ]),
    })),
  };
}

/** @param {Awaited<ReturnType<typeof run>>} result */
export function metrics({ cases }) {
  return Object.fromEntries(
    cases.map(({ open, perSecond }) => [
      `requests per second, ${open.toLocaleString("en")} open / socket.io-client`,
      ratio(perSecond["ardexa-client"], perSecond["socket.io-client"]),
    ]),
  );
}

/** @param {number} value */
const round = (value) => (Math.round(value / 100) * 100).toLocaleString("en");
