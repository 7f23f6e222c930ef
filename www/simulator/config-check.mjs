/**
 * A basic check of an agent's configuration for the usual mistakes. The real agent parses with yaml-cpp
 * and checks far more; only its message for a bad `frequency` is public, and that one is reproduced word for word.
 */
import { tooDeepYaml } from "./depth.mjs";
import { resolveFields } from "./fleet.mjs";

/** As printed on the API page, including the trailing newline. */
export const BAD_FREQUENCY =
  "ERROR. 2147. Parse error: Failed to parse 'frequency': yaml-cpp: error at line 50, column 16: bad conversion LC: 2\n" +
  "ERROR. 2147. Parse error: Failed to parse 'frequency': 2156. Bad frequency LC: 2\n";

/** @param {string} what */
const parseError = (what) => `ERROR. 2147. Parse error: ${what} LC: 2\n`;
/** @param {unknown} value @returns {value is Record<string, any>} */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {value is string} */
const isName = (value) => typeof value === "string" && value !== "";

/** @param {unknown} config @returns {string | undefined} the problem, or undefined if there is none */
export function checkConfig(config) {
  if (!isObject(config)) return parseError("The configuration is not a map");
  for (const section of ["run", "tail"]) {
    const scenarios = config[section];
    if (scenarios === undefined) continue;
    if (!Array.isArray(scenarios)) return parseError(`'${section}' is not a list`);
    for (const scenario of scenarios) {
      const wrong = checkScenario(config, section, scenarios, scenario);
      if (wrong) return wrong;
    }
  }
  return undefined;
}

/** @param {Record<string, any>} config @param {string} section @param {any[]} scenarios @param {any} scenario */
function checkScenario(config, section, scenarios, scenario) {
  if (!isObject(scenario)) return parseError(`A '${section}' scenario is not a map`);
  for (const key of ["table", "source", "expect", section === "run" ? "command" : "file"]) {
    if (!isName(scenario[key])) return parseError(`Missing '${key}' in a '${section}' scenario`);
  }
  for (const key of ["table", "source"]) {
    if (scenario[key].includes(".")) return parseError(`'${key}' must not contain a full stop`);
  }
  if (
    section === "run" &&
    !(typeof scenario.frequency === "number" && Number.isFinite(scenario.frequency) && scenario.frequency > 0)
  ) {
    return BAD_FREQUENCY;
  }
  if (scenario.fields === undefined) return undefined;
  const fields = resolveFields(config, scenarios, scenario.fields);
  if (!fields) return parseError(`Failed to parse 'fields': no such anchor: ${String(scenario.fields).slice(0, 80)}`);
  if (!fields.every((f) => isObject(f) && isName(f.name) && isName(f.expect))) {
    return parseError("Failed to parse 'fields': every field needs 'name' and 'expect'");
  }
  return undefined;
}

/** The npm package `yaml` is loaded for the first YAML configuration; nothing else here depends on it. */
const yamlLibrary = () => import("yaml").catch(() => undefined);

/** @param {unknown} text @returns {Promise<{config: Record<string, any>} | {wrong: string}>} */
export async function checkYaml(text) {
  if (typeof text !== "string") return { wrong: parseError("The configuration is not a string") };
  if (tooDeepYaml(text)) return { wrong: parseError("nested too deeply") };
  const yaml = await yamlLibrary();
  if (!yaml) return { wrong: "The simulator cannot check YAML: the npm package 'yaml' is not installed.\n" };
  try {
    const document = yaml.parseDocument(text, { strict: true, uniqueKeys: true });
    const [error] = document.errors;
    if (error) {
      const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
      const what = error.code.toLowerCase().replaceAll("_", " ");
      return { wrong: parseError(`yaml-cpp: error at line ${line}, column ${col}: ${what}`) };
    }
    const config = document.toJS({ maxAliasCount: 100 });
    const wrong = checkConfig(config);
    return wrong ? { wrong } : { config };
  } catch (error) {
    return { wrong: parseError(error instanceof Error ? error.message : "bad document") };
  }
}

/** A configuration as in the device's file. @param {Record<string, any>} config @returns {Promise<string>} */
export async function toYaml(config) {
  const yaml = await yamlLibrary();
  return yaml ? yaml.stringify(config) : `${JSON.stringify(config, null, 2)}\n`; // JSON is YAML too
}
