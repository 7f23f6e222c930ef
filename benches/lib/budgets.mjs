// Checks measurements against the limits in budgets.json.
import { readFile } from "node:fs/promises";

/**
 * @typedef {object} Budget
 * @property {string} metric
 * @property {number} [most] the limit if lower is better
 * @property {number} [least] the limit if higher is better
 * @property {number} aim
 *
 * @typedef {Budget & { value: number, kept: boolean, reached: boolean }} Verdict
 */

/** @returns {Promise<Budget[]>} */
export const readBudgets = async () => JSON.parse(await readFile(new URL("../budgets.json", import.meta.url), "utf8"));

/**
 * Checks each budget whose metric was measured and skips the others.
 * @param {Budget[]} budgets
 * @param {Record<string, number | undefined>} metrics
 * @returns {Verdict[]}
 */
export function judge(budgets, metrics) {
  return budgets.flatMap((budget) => {
    const value = metrics[budget.metric];
    if (value === undefined) return [];
    const { most = Infinity, least = -Infinity, aim } = budget;
    // NaN (nothing was counted) fails both comparisons.
    const kept = value <= most && value >= least;
    return [{ ...budget, value, kept, reached: budget.least === undefined ? value <= aim : value >= aim }];
  });
}

/** @param {Verdict[]} verdicts @returns {import("./table.mjs").Table} */
export function budgetTable(verdicts) {
  return {
    title: "Budgets",
    head: ["", "measured", "limit", "aim", ""],
    groups: [
      {
        rows: verdicts.map((verdict) => {
          const { metric, most, least, aim, kept, reached } = verdict;
          return [
            metric,
            shown(verdict),
            most === undefined ? `≥ ${number(least ?? 0)}` : `≤ ${number(most)}`,
            number(aim),
            kept ? (reached ? "aim reached" : "kept") : "BROKEN",
          ];
        }),
      },
    ],
  };
}

/**
 * A measured value, with enough digits to tell it from a limit that it breaks.
 * @param {Pick<Verdict, "value" | "most" | "least" | "kept">} verdict
 */
export function shown({ value, most, least, kept }) {
  const text = number(value);
  return !kept && text === number(most ?? least ?? 0) ? value.toFixed(4) : text;
}

/** @param {number} value */
export const number = (value) =>
  Number.isInteger(value) || Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
