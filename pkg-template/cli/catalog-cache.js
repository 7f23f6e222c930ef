// Caches the latest device and source names from the cloud and its devices, one file per cloud and workgroup, so that
// shell completion works without a request. Names only: no tokens, commands or values.
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const VERSION = 1;

/**
 * @typedef {{ table: string, source: string, fields: string[] }} KnownSource
 * @typedef {{ id: string, name?: string, sources?: KnownSource[] }} KnownDevice
 * @typedef {{ env: NodeJS.ProcessEnv, url: string, workgroup: string }} Place
 */

/** The user's cache folder. @param {NodeJS.ProcessEnv} env */
function cacheFolder(env) {
  if (env.XDG_CACHE_HOME) return env.XDG_CACHE_HOME;
  if (process.platform === "win32" && env.LOCALAPPDATA) return env.LOCALAPPDATA;
  return process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
}

/** @param {Place} place */
export function catalogFile({ env, url, workgroup }) {
  const { origin } = new URL(url.replace(/^ws(?=s?:)/i, "http"));
  const name = createHash("sha256").update(`${origin}\n${workgroup}`).digest("hex").slice(0, 16);
  return join(cacheFolder(env), "ardexa", `catalog-${name}.json`);
}

/**
 * The cached devices of a workgroup; undefined if there are none. Never throws.
 * @param {Place} place @returns {{ devices: KnownDevice[] } | undefined}
 */
export function readCatalog(place) {
  try {
    const { version, devices } = JSON.parse(readFileSync(catalogFile(place), "utf8"));
    if (version !== VERSION || !Array.isArray(devices)) return undefined;
    return { devices: devices.flatMap((device) => knownDevice(device)) };
  } catch {
    return undefined;
  }
}

/** Validates an entry, since the file may have been edited by hand. @param {any} device @returns {KnownDevice[]} */
function knownDevice(device) {
  if (typeof device?.id !== "string") return [];
  const { id, name, sources } = device;
  const known = (Array.isArray(sources) ? sources : []).filter(
    (one) =>
      typeof one?.table === "string" &&
      typeof one.source === "string" &&
      Array.isArray(one.fields) &&
      one.fields.every((/** @type {unknown} */ field) => typeof field === "string"),
  );
  return [{ id, ...(typeof name === "string" && { name }), ...(known.length && { sources: known }) }];
}

/**
 * Stores the cloud's list in place of the previous one. Data from a device itself is kept if the list does not have
 * that data.
 * @param {Place} place @param {import("../catalog.js").CatalogDevice[]} devices
 */
export function rememberDevices(place, devices) {
  const before = new Map(readCatalog(place)?.devices.map((device) => [device.id, device]));
  write(
    place,
    devices.map(({ id, name, sources }) => ({ ...before.get(id), ...known(id, name, sources) })),
  );
}

/**
 * Stores the answer of a device.
 * @param {Place} place @param {import("../catalog.js").DeviceAnswer} answer
 */
export function rememberSources(place, { deviceId, name, sources }) {
  const devices = readCatalog(place)?.devices ?? [];
  const at = devices.findIndex(({ id }) => id === deviceId);
  const one = known(deviceId, name, sources);
  // The name in the cloud's list wins: it is the one that users chose.
  if (at >= 0) devices[at] = { ...one, ...devices[at], ...(one.sources && { sources: one.sources }) };
  else devices.push(one);
  write(place, devices);
}

/** @param {string} id @param {string | undefined} name @param {import("../catalog.js").CatalogSource[]} sources @returns {KnownDevice} */
function known(id, name, sources) {
  const names = sources.map(({ table, source, fields }) => ({
    table,
    source,
    fields: fields.map((field) => field.name),
  }));
  return { id, ...(name !== undefined && { name }), ...(names.length && { sources: names }) };
}

/** Atomic: readers see either the old file or the new one. Everything else works without it. @param {Place} place @param {KnownDevice[]} devices */
function write(place, devices) {
  const { url, workgroup } = place;
  try {
    const file = catalogFile(place);
    const fresh = `${file}.${randomUUID()}`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(fresh, JSON.stringify({ version: VERSION, url: new URL(url).origin, workgroup, devices }), {
        mode: 0o600,
      });
      renameSync(fresh, file);
    } finally {
      rmSync(fresh, { force: true });
    }
  } catch {
    // The command succeeds even if its cache folder cannot be written.
  }
}
