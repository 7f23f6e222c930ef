// Measures the cost of a sample from the socket to the listener or into the columns.
import { CSV_VALUES, SAMPLE_BYTES } from "./lib/frames.mjs";
import { inChild, repeated } from "./lib/child.mjs";
import { joined, ratio } from "./lib/measure.mjs";
import { FEW, MANY, caseName, growthName, joinedCases, measureGrowth, measureReceive } from "./lib/receive.mjs";
import { hasSeries } from "./lib/receivers.mjs";
import { importPackage, libraries } from "./lib/libraries.mjs";

/** @param {import("./run.mjs").BenchOptions} options @returns {ReturnType<typeof measure>} */
export async function run(options) {
  /** @type {Awaited<ReturnType<typeof measure>>[]} */
  const processes = await repeated(options.quick, () => inChild(import.meta.url, "measure", options));
  return {
    ...processes[0],
    cases: joinedCases(processes.map(({ cases }) => cases)),
    growth: joined(processes.map(({ growth }) => growth)),
  };
}

/** @param {import("./run.mjs").BenchOptions} options */
export async function measure({ quick, pkg, against }) {
  const both = await libraries(pkg);
  const other = against ? await importPackage(against) : undefined;
  const cases = await measureReceive(both, { quick, other });
  const growth = await measureGrowth(both, { quick });
  return {
    unit: "ns of processor time per sample",
    sampleBytes: SAMPLE_BYTES,
    csvValues: CSV_VALUES,
    hasSeries: hasSeries(both),
    cases,
    growth,
  };
}

/**
 * What was measured; in browsers, without `growth`.
 * @typedef {Omit<Awaited<ReturnType<typeof run>>, "growth"> & { growth?: Record<string, Measured> }} Result
 * @typedef {import("./lib/measure.mjs").Measured} Measured
 */

/**
 * How many times as much a sample costs with many feeds as with one.
 * @param {Result["growth"]} growth
 * @param {string} name
 */
const grown = (growth, name) => growth && ratio(growth[growthName(name, MANY)], growth[growthName(name, FEW)]);

/** @param {Result} result @returns {import("./lib/table.mjs").Table} */
export function table({ cases, growth, hasSeries }) {
  const growths = ["objects", "series", "floor"].map((name) => `${name} ${times(grown(growth, name))}`);
  return {
    title: `Receiving: nanoseconds of processor time per sample of ${SAMPLE_BYTES} bytes, or of ${CSV_VALUES} values`,
    head: ["", "ns", "quartiles", "÷ socket.io-client", "÷ floor"],
    groups: cases.map((one) => ({
      name: caseName(one),
      rows: Object.entries(one.ns).map(([name, measured]) => [
        name,
        measured.median.toFixed(0),
        `${measured.low.toFixed(0)} to ${measured.high.toFixed(0)}`,
        times(ratio(measured, one.ns["socket.io-client"])),
        times(ratio(measured, one.ns.floor)),
      ]),
    })),
    notes: [
      ...(growth ? [`10,000 feeds ÷ 1 feed, measured in turns: ${growths.join(", ")}.`] : []),
      ...(hasSeries ? [] : ["This build has no client.series(): series are not measured."]),
    ],
  };
}

/** @param {Result} result */
export function metrics({ cases, growth }) {
  const scalar = cases.filter(({ payload }) => payload === "sample");
  const worst = (/** @type {string} */ name, /** @type {string} */ base, some = scalar) =>
    most(some.map(({ ns }) => ratio(ns[name], ns[base])));
  const many = scalar[scalar.length - 1];
  return {
    "object / socket.io-client, up to 100 feeds": worst("objects", "socket.io-client", scalar.slice(0, -1)),
    "object / socket.io-client, 10,000 feeds": worst("objects", "socket.io-client", [many]),
    "object / floor": worst("objects", "floor"),
    "series / socket.io-client": worst("series", "socket.io-client"),
    "object, 10,000 feeds / 1 feed": grown(growth, "objects"),
    "series, 10,000 feeds / 1 feed": grown(growth, "series"),
  };
}

/** @param {Array<number | undefined>} values */
const most = (values) => (values.includes(undefined) ? undefined : Math.max(.../** @type {number[]} */ (values)));

/** @param {number | undefined} value */
const times = (value) => (value === undefined ? "" : value.toFixed(2));
