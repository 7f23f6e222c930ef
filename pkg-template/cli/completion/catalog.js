// Completes devices, tables, sources and fields from the cached results of `ardexa devices` and `ardexa sources`.
import { readCatalog } from "../catalog-cache.js";
import { chosenProfile } from "../profiles.js";

/** @typedef {import("./suggest.js").Line} Line */
/** @typedef {import("./suggest.js").Suggestion} Suggestion */

/** The devices of the workgroup that the line refers to. @param {Line} line */
function known({ env, given }) {
  const profile = chosenProfile({ profile: given.get("--profile") }, env);
  const url = given.get("--url") ?? (env.ARDEXA_URL || profile?.url);
  const workgroup = given.get("--workgroup") ?? (env.ARDEXA_WORKGROUP || profile?.workgroup);
  const devices = url && workgroup ? (readCatalog({ env, url, workgroup })?.devices ?? []) : [];
  return { devices, names: profile?.devices ?? new Map() };
}

/** @param {Line} line @returns {Suggestion[]} */
export const knownDevices = (line) => known(line).devices.map(({ id, name }) => ({ value: id, about: name }));

/** The sources of the devices on the line, or of all devices. @param {Line} line */
function sourcesOf(line) {
  const { devices, names } = known(line);
  const ids = line.args.map((word) => names.get(word) ?? word);
  const meant = devices.filter(({ id }) => ids.includes(id));
  return (meant.length ? meant : devices).flatMap(({ sources = [] }) => sources);
}

/** @param {string[]} values @returns {Suggestion[]} */
const each = (values) => [...new Set(values)].map((value) => ({ value }));

/** @param {Line} line */
export const knownTables = (line) => each(sourcesOf(line).map(({ table }) => table));

/** @param {Line} line */
export const knownSources = (line) =>
  each(sourcesOf(line).flatMap(({ table, source }) => ((line.given.get("--table") ?? table) === table ? source : [])));

/** @param {Line} line */
export const knownFields = (line) =>
  each(
    sourcesOf(line).flatMap(({ table, source, fields }) =>
      (line.given.get("--table") ?? table) === table && (line.given.get("--source") ?? source) === source ? fields : [],
    ),
  );
