/** The readable files of a device. `device.agentFiles` selects their location and state. */
import { shown } from "./fleet.mjs";
import { reader } from "./plant.mjs";

/** Minimum span of a log, in minutes. */
const LOG_MINUTES = 30;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** @typedef {import("./fleet.mjs").Device} Device */

const USUAL = { config: "/etc/ardexa/ardexa.yaml", logs: "/opt/ardexa/logs" };
const ELSEWHERE = { config: "/opt/plant/agent.yaml", logs: "/data/logs" };
/** @param {Device} device */
const placesOf = (device) => (device.agentFiles === "elsewhere" ? ELSEWHERE : USUAL);

/** @type {Record<string, (device: Device, nowMs: number) => string>} */
const FILES = {
  "/dev/null": () => "",
  "/etc/os-release": () => `PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"
NAME="Debian GNU/Linux"
VERSION_ID="11"
VERSION="11 (bullseye)"
VERSION_CODENAME=bullseye
ID=debian
`,
  "/etc/hostname": (device) => `${device.hostname}\n`,
  "/etc/motd": (device) => `${device.name} — Guten Tag, 你好 ☀\n`,
  "/var/log/ardexa.log": (device, nowMs) =>
    [90, 60, 30, 0]
      .map((s) => `${new Date(nowMs - s * 1_000).toISOString()} INFO ${device.hostname} heartbeat ok\n`)
      .join(""),
};

/** @param {Device} device */
function configOf(device) {
  const text =
    device.configYaml ??
    `amqp:
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
  - command: "free | awk '/Mem/ {print $3}'"
    frequency: 60
    expect: integer
    table: system
    source: memory_used
    meta: {units: kB}
tail:
  - {file: /tmp/door, table: system, source: cabinet_door, expect: bool}
  - {file: /var/log/ardexa.log, table: system, source: agent/log, expect: log}
dynamic_tail:
  - directory: ${placesOf(device).logs}
    filename: latest.csv
`;
  return device.agentFiles === "broken-yaml" ? text.replace("run:\n", "run: [\n") : text;
}

/**
 * @param {Device} device @param {string} path @param {number} nowMs @param {number} plantOffsetMs
 * @param {number} [first] how many lines are needed
 * @returns {string | undefined}
 */
export function readFile(device, path, nowMs, plantOffsetMs, first = Infinity) {
  if (Object.hasOwn(FILES, path)) return FILES[path](device, nowMs);
  if (path === placesOf(device).config) return configOf(device);
  const found = logSource(device, path);
  if (!found) return undefined;
  const lines = [headerOf(device, found)];
  const read = reader({ siteSeed: device.siteSeed, deviceId: device.id, source: found });
  // Since midnight, by the plant's own clock.
  const minutes = Math.max(LOG_MINUTES, Math.floor(((nowMs + plantOffsetMs) % DAY) / MINUTE));
  for (let left = minutes - 1; left >= 0 && lines.length < first; left--) {
    const time = (Math.floor(nowMs / MINUTE) - left) * MINUTE;
    const cells = [read(time + plantOffsetMs)].flat().map((v) => (v === null ? "" : shown(v)));
    lines.push(`${new Date(time).toISOString()},${cells.join(",")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** @param {Device} device @param {import("./fleet.mjs").Source} source */
function headerOf(device, { fields = [] }) {
  if (device.agentFiles === "other-header") return ["time", ...fields.map(({ name }) => name)].join(";");
  return [
    "# Datetime(date)",
    ...fields.map((f) => `${f.name}(${f.expect}${f.meta?.units ? `:${f.meta.units}` : ""})`),
  ].join(",");
}

/** Every path. @param {Device} device */
const pathsOf = (device) => [...Object.keys(FILES), placesOf(device).config, ...logs(device).map(({ path }) => path)];

/** The names in a folder, or undefined if there is no such folder. @param {Device} device @param {string} path */
export function listFolder(device, path) {
  const folder = path.length > 1 ? path.replace(/\/$/, "") : path;
  if (folder === "/root" || folder === "~") return ["install.log"];
  const names = new Set(
    filesBelow(device, folder).map((file) => file.slice(folder === "/" ? 1 : folder.length + 1).split("/")[0]),
  );
  return names.size ? [...names].sort() : undefined;
}

/** The paths of all files below a folder. @param {Device} device @param {string} folder */
export function filesBelow(device, folder) {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return pathsOf(device).filter((path) => path.startsWith(prefix));
}

/** Logged sources: those with several values that no scenario of the configuration reads. @param {Device} device */
function logs(device) {
  const root = placesOf(device).logs;
  return device.tables.flatMap((table) =>
    table.sources
      .filter(({ kind, fields }) => fields && !kind.startsWith("config:"))
      .map((source) => ({ path: `${root}/${table.name}/${source.name}/latest.csv`, source })),
  );
}

/** @param {Device} device @param {string} path */
const logSource = (device, path) => logs(device).find((log) => log.path === path)?.source;
