/**
 * What a plant measures: sun, clouds, wind, grid and battery through a day. Every value is a function of (seed, time).
 * Times are milliseconds since the epoch by the plant's clock, so at noon `time % day` is twelve hours.
 */
import { chance, hash, hashText, noise } from "./random.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One cell in this many is `null`, as if a sensor did not respond. */
const MISSING_ONE_IN = 400;

/** Sun between 06:00 and 18:00, 0 to 1. @param {number} time */
export function sun(time) {
  const hour = (((time % DAY) + DAY) % DAY) / HOUR;
  return hour <= 6 || hour >= 18 ? 0 : Math.sin((Math.PI * (hour - 6)) / 12);
}

/** Hours of full sun since midnight. @param {number} time */
function sunHours(time) {
  const hour = (((time % DAY) + DAY) % DAY) / HOUR;
  const day = Math.min(Math.max(hour, 6), 18);
  return ((1 - Math.cos((Math.PI * (day - 6)) / 12)) * 12) / Math.PI;
}

/**
 * How much sun the clouds let through, 0.15 to 1: changes slowly, with steep edges.
 * @param {number} seed @param {number} time
 */
export function sky(seed, time) {
  const slow = noise(seed, time / (20 * 60_000));
  const quick = noise(seed + 1, time / 45_000);
  return Math.max(0.15, Math.min(1, 1.15 - 0.55 * slow * slow - 0.35 * slow * quick));
}

/** Wind in m/s. @param {number} seed @param {number} time */
export function wind(seed, time) {
  return 3 + 9 * noise(seed + 2, time / (40 * 60_000)) + 2.5 * (noise(seed + 3, time / 15_000) - 0.5);
}

/** Charge of the battery in per cent: rises by day, falls in the evening. @param {number} seed @param {number} time */
function charge(seed, time) {
  const hour = (((time % DAY) + DAY) % DAY) / HOUR;
  const level = hour < 6 ? 35 - 2 * hour : hour < 16 ? 23 + 7 * (hour - 6) : 93 - 7.25 * (hour - 16);
  return level + 2 * noise(seed + 4, time / 600_000);
}

/** Grid frequency, shared by all devices of a site. @param {number} seed @param {number} time */
const hertz = (seed, time) => 49.95 + 0.1 * noise(seed + 5, time / 8_000);
/** Grid voltage. @param {number} seed @param {number} time */
const volts = (seed, time) => 236 + 8 * noise(seed + 6, time / 30_000);

/** @param {number} value @param {number} digits */
function round(value, digits) {
  const unit = 10 ** digits;
  return Math.round(value * unit) / unit;
}

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} expect  "integer", "decimal", "keyword" or "bool"
 * @property {{units?: string}} [meta]
 */

/** @typedef {(s: {site: number, own: number, time: number}) => unknown} Reading */

/** @type {(name: string, expect: string, units: string | undefined, read: Reading) => [Field, Reading]} */
const field = (name, expect, units, read) => [units ? { name, expect, meta: { units } } : { name, expect }, read];

/** AC power of one inverter in W. @type {(s: {site: number, own: number, time: number}) => number} */
const inverterPower = ({ site, own, time }) =>
  Math.round(sun(time) * sky(site, time) * (96_000 + (own % 9_000)) * (0.985 + 0.03 * noise(own, time / 2_000)));

/** Power of a turbine in kW. @type {(s: {site: number, own: number, time: number}) => number} */
const turbinePower = ({ site, time }) => {
  const speed = wind(site, time);
  if (speed < 3.5) return 0;
  return Math.round(2_050 * Math.min(1, ((speed - 3.5) / 9) ** 2.2) * 10) / 10;
};

/** Every kind of source, with its fields in the order of the CSV. @type {Record<string, [Field, Reading][]>} */
const KINDS = {
  inverter: [
    field("AC Power", "integer", "W", inverterPower),
    field("AC Voltage", "decimal", "V", ({ site, time }) => round(volts(site, time), 1)),
    field("AC Frequency", "decimal", "Hz", ({ site, time }) => round(hertz(site, time), 3)),
    field("DC Voltage 1", "decimal", "V", ({ own, time }) =>
      round(sun(time) > 0 ? 610 + 70 * noise(own + 1, time / 20_000) : 0, 1),
    ),
    field("DC Current 1", "decimal", "A", (s) => round(inverterPower(s) / 1_290, 2)),
    field("DC Voltage 2", "decimal", "V", ({ own, time }) =>
      round(sun(time) > 0 ? 608 + 70 * noise(own + 2, time / 20_000) : 0, 1),
    ),
    field("DC Current 2", "decimal", "A", (s) => round(inverterPower(s) / 1_310, 2)),
    field("Temperature", "decimal", "°C", (s) =>
      round(24 + inverterPower(s) / 3_400 + 2 * noise(s.own + 3, s.time / 60_000), 1),
    ),
    field("Energy Today", "decimal", "kWh", ({ own, time }) => round(sunHours(time) * (72 + (own % 9)), 2)),
    field("Status", "keyword", undefined, ({ site, time }) =>
      sun(time) === 0 ? "Standby" : sky(site, time) > 0.995 ? "Derated" : "Running",
    ),
    field("Grid Connected", "bool", undefined, ({ time }) => sun(time) > 0),
  ],
  weather: [
    field("Irradiance", "decimal", "W/m²", ({ site, time }) => round(1_040 * sun(time) * sky(site, time), 1)),
    field("Module Temperature", "decimal", "°C", ({ site, time }) =>
      round(14 + 34 * sun(time) * sky(site, time) + noise(site + 7, time / 90_000), 1),
    ),
    field("Ambient Temperature", "decimal", "°C", ({ site, time }) =>
      round(13 + 14 * sun(time - 2 * HOUR) + 2 * noise(site + 8, time / 600_000), 1),
    ),
    field("Wind Speed", "decimal", "m/s", ({ site, time }) => round(wind(site, time), 1)),
    field("Rain", "bool", undefined, ({ site, time }) => sky(site, time) < 0.35),
  ],
  turbine: [
    field("Rotor Speed", "decimal", "rpm", ({ site, time }) =>
      round(Math.min(17.2, Math.max(0, wind(site, time) - 3) * 2), 2),
    ),
    field("Wind Speed", "decimal", "m/s", ({ site, time }) => round(wind(site, time), 2)),
    field("Power", "decimal", "kW", turbinePower),
    field("Pitch", "decimal", "°", ({ site, time }) => round(Math.max(0, wind(site, time) - 11) * 3, 1)),
    field("Yaw", "integer", "°", ({ site, time }) => Math.round(360 * noise(site + 9, time / (3 * HOUR)))),
    field("Status", "keyword", undefined, (s) => (turbinePower(s) > 0 ? "Producing" : "Waiting for wind")),
  ],
  meter: [
    ...[1, 2, 3].map((phase) =>
      field(`Voltage L${phase}`, "decimal", "V", ({ site, time }) => round(volts(site + phase, time), 1)),
    ),
    ...[1, 2, 3].map((phase) =>
      field(`Current L${phase}`, "decimal", "A", ({ own, time }) =>
        round(40 + 160 * sun(time) + 20 * noise(own + phase, time / 5_000), 2),
      ),
    ),
    field("Power Factor", "decimal", undefined, ({ own, time }) => round(0.93 + 0.06 * noise(own, time / 120_000), 3)),
    field("Frequency", "decimal", "Hz", ({ site, time }) => round(hertz(site, time), 3)),
    field("Energy Exported", "decimal", "kWh", ({ own, time }) =>
      round((Math.floor(time / DAY) - 19_000) * 3_100 + sunHours(time) * (400 + (own % 20)), 1),
    ),
    field("Breaker Closed", "bool", undefined, () => true),
  ],
  battery: [
    field("State of Charge", "decimal", "%", ({ site, time }) => round(charge(site, time), 1)),
    field("Power", "decimal", "kW", ({ site, own, time }) =>
      round((charge(site, time + 60_000) - charge(site, time)) * 120 + 4 * noise(own, time / 4_000), 1),
    ),
    field("Cell Temperature", "decimal", "°C", ({ own, time }) => round(23 + 5 * noise(own + 1, time / 300_000), 1)),
    field("Cycles", "integer", undefined, ({ time }) => Math.max(0, Math.floor(time / DAY) - 19_000)),
    field("Mode", "keyword", undefined, ({ site, time }) =>
      charge(site, time + 60_000) > charge(site, time) ? "Charging" : "Discharging",
    ),
  ],
};

/** Sources that log one value instead of a CSV line. @type {Record<string, Reading>} */
const SINGLES = {
  cpu: ({ own, time }) => round(3 + 30 * noise(own, time / 6_000) ** 3, 2),
  memory: ({ own, time }) => Math.round(180_000 + 40_000 * noise(own, time / 60_000)),
  door: ({ own, time }) => noise(own, time / 120_000) > 0.9,
  log: ({ own, time }) => LOG_LINES[hash(own, Math.floor(time / 1_000)) % LOG_LINES.length],
  decimal: ({ own, time }) => round(100 * noise(own, time / 30_000), 3),
  integer: ({ own, time }) => Math.round(1_000 * noise(own, time / 30_000)),
  bool: ({ own, time }) => noise(own, time / 20_000) > 0.5,
  keyword: ({ own, time }) => ["low", "normal", "high"][hash(own, Math.floor(time / 15_000)) % 3],
};

const LOG_LINES = [
  "modbus: poll complete, 41 registers",
  "modbus: slave 3 timed out, retrying",
  "Außentemperatur übernommen: 21,5 °C",
  "ntp: clock in step",
  "watchdog: all scenarios alive ✓",
];

/** The fields of a kind of CSV source. @param {string} kind @returns {Field[] | undefined} */
export function fieldsOf(kind) {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind].map(([f]) => f) : undefined;
}

/**
 * A function from time to value for one source of one device.
 * @param {{siteSeed: number, deviceId: string, source: {name: string, kind: string, fields?: Field[]}}} from
 * @param {number} [column] the field to read; without it a CSV source returns an array of all fields
 * @returns {(time: number) => unknown}
 */
export function reader({ siteSeed, deviceId, source }, column) {
  const own = hashText(siteSeed, `${deviceId}/${source.name}`);
  const at = { site: siteSeed, own, time: 0 };
  if (!source.fields) {
    const kind = source.kind.replace(/^config:/, "");
    const single = Object.hasOwn(SINGLES, kind) ? SINGLES[kind] : SINGLES.decimal;
    return (time) => ((at.time = time), single(at));
  }
  const readings = Object.hasOwn(KINDS, source.kind)
    ? KINDS[source.kind].map(([, read]) => read)
    : source.fields.map((f, i) => madeUp(f, i));
  const cell = (/** @type {number} */ time, /** @type {number} */ i) => {
    if (chance(own + i, Math.floor(time)) * MISSING_ONE_IN < 1) return null;
    at.time = time;
    return readings[i](at);
  };
  if (column !== undefined) return (time) => cell(time, column);
  return (time) => readings.map((_, i) => cell(time, i));
}

/** Values for a field of an applied configuration. @param {Field} f @param {number} i @returns {Reading} */
function madeUp(f, i) {
  const single = Object.hasOwn(SINGLES, f.expect) ? SINGLES[f.expect] : SINGLES.decimal;
  return (s) => single({ ...s, own: s.own + i });
}
