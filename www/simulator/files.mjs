/** The few files of a device that can be read. */
import { shown } from "./fleet.mjs";
import { reader } from "./plant.mjs";

const LOG_ROOT = "/opt/ardexa/logs";
/** Lines in a `latest.csv`. */
const LOG_LINES = 30;

/** @typedef {import("./fleet.mjs").Device} Device */

/** @type {Record<string, (device: Device, nowMs: number) => string>} */
const FILES = {
  "/etc/os-release": () => `PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"
NAME="Debian GNU/Linux"
VERSION_ID="11"
VERSION="11 (bullseye)"
VERSION_CODENAME=bullseye
ID=debian
`,
  "/etc/hostname": (device) => `${device.hostname}\n`,
  "/etc/motd": (device) => `${device.name} — Guten Tag, 你好 ☀\n`,
  "/etc/ardexa/ardexa.yaml": (device) => device.configYaml ?? `amqp:
  cacertfile: /etc/ardexa/keys/ca.crt
  certfile: /etc/ardexa/keys/client.crt
  keyfile: /etc/ardexa/keys/client.key
  hostname: broker.example.com
  port: 5671
debug: 0
stdout: false
run:
  - command: "cat /proc/loadavg | cut -d' ' -f1"
    frequency: 30
    expect: decimal
    table: system
    source: cpu_usage
    meta: {units: "%", comment: processor load}
dynamic_tail:
  - directory: ${LOG_ROOT}
    filename: latest.csv
`,
  "/var/log/ardexa.log": (device, nowMs) =>
    [90, 60, 30, 0].map((s) => `${new Date(nowMs - s * 1_000).toISOString()} INFO ${device.hostname} heartbeat ok\n`).join(""),
};

/** @param {Device} device @param {string} path @param {number} nowMs @param {number} plantOffsetMs @returns {string | undefined} */
export function readFile(device, path, nowMs, plantOffsetMs) {
  if (Object.hasOwn(FILES, path)) return FILES[path](device, nowMs);
  const found = logSource(device, path);
  if (!found) return undefined;
  const fields = found.fields ?? [{ name: found.name, expect: found.expect }];
  const header = fields.map((f) => `${f.name}(${f.expect}${f.meta?.units ? `:${f.meta.units}` : ""})`);
  const read = reader({ siteSeed: device.siteSeed, deviceId: device.id, source: found });
  const lines = [`# Datetime(date),${header.join(",")}`];
  for (let i = LOG_LINES - 1; i >= 0; i--) {
    const time = Math.floor(nowMs / 60_000 - i) * 60_000;
    const cells = [read(time + plantOffsetMs)].flat().map((v) => (v === null ? "" : shown(v)));
    lines.push(`${new Date(time).toISOString()},${cells.join(",")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The names in a folder, or undefined where there is none. @param {Device} device @param {string} path */
export function listFolder(device, path) {
  const folder = path.length > 1 ? path.replace(/\/$/, "") : path;
  if (folder === "/root" || folder === "~") return ["install.log"];
  const prefix = folder === "/" ? "/" : `${folder}/`;
  const names = new Set();
  for (const file of [...Object.keys(FILES), ...logPaths(device)]) {
    if (file.startsWith(prefix)) names.add(file.slice(prefix.length).split("/")[0]);
  }
  return names.size ? [...names].sort() : undefined;
}

/** @param {Device} device */
const logPaths = (device) =>
  device.tables.flatMap((t) => t.sources.map((s) => `${LOG_ROOT}/${t.name}/${s.name}/latest.csv`));

/** @param {Device} device @param {string} path */
function logSource(device, path) {
  for (const table of device.tables) {
    for (const source of table.sources) {
      if (path === `${LOG_ROOT}/${table.name}/${source.name}/latest.csv`) return source;
    }
  }
  return undefined;
}
