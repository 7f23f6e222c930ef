// Demonstrates the API once in the terminal: connect, a command, five samples, a state change.
import { pathToFileURL } from "node:url";
import { inRoot } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { bold, cyan, dim, green, say, yellow } from "./progress.mjs";

const SAMPLES = 5;
const SAMPLES_WAIT_MS = 60_000;
const STATE_WAIT_MS = 5_000;

/**
 * @param {import("./target.mjs").Target} target
 * @returns {Promise<void>} rejects with a `Problem` that names the step that failed
 */
export async function runPass(target) {
  const { connect } = await import(pathToFileURL(inRoot("pkg", "node.js")).href);
  let doing = "connecting";
  /** @type {any} */
  let client;
  try {
    const started = performance.now();
    client = await connect({ url: target.url, workgroup: target.workgroup, token: target.token });
    line("connected", `${target.url}, workgroup ${target.workgroup}`, `${ms(started)}, id ${client.id}`);

    doing = "the command";
    await showCommand(client, target);
    doing = "the feed";
    await showFeed(client, target);
    doing = "the change of state";
    await showState(client, target);
  } catch (error) {
    const { code, message } = /** @type {{ code?: string, message?: string }} */ (error ?? {});
    throw new Problem(`${capital(doing)} failed: ${message ?? String(error)}${code ? ` (${code})` : ""}`);
  } finally {
    await client?.close();
  }
  line("closed", "nothing left open");
}

/** @param {any} client @param {import("./target.mjs").Target} target */
async function showCommand(client, { device }) {
  if (!device) return skip("command", "set ARDEXA_DEVICE to a device's id to run `uptime` on it");
  const started = performance.now();
  const reply = await client.cmd(device.id, "uptime");
  const text = (reply.stdout || reply.stderr).trim();
  line("uptime", `${device.name}: ${text}`, `${ms(started)}, exit ${reply.returnCode}`);
}

/** @param {any} client @param {import("./target.mjs").Target} target */
async function showFeed(client, { feed: request, simulated }) {
  if (!request) return skip("feed", "set ARDEXA_DEVICE, ARDEXA_TABLE and ARDEXA_SOURCE to follow a feed");
  let shown = 0;
  /** @type {() => void} */
  let enough = () => {};
  const five = new Promise((resolve) => {
    enough = () => resolve(true);
  });
  const feed = await client.feed(request, (/** @type {{ event_time: string, value: unknown }} */ sample) => {
    if (shown >= SAMPLES) return;
    shown += 1;
    line(
      shown === 1 ? "feed" : "",
      `${[request.table, request.source, request.field].filter(Boolean).join("/")} = ${cyan(JSON.stringify(sample.value))}`,
      sample.event_time,
    );
    if (shown === SAMPLES) enough();
  });
  const came = await within(five, SAMPLES_WAIT_MS);
  await feed.stop();
  if (came) return;
  const told = `${shown} samples in ${SAMPLES_WAIT_MS / 1000} s`;
  if (simulated) throw new Error(told);
  skip("feed", `${told}; the source may log more rarely`);
}

/** @param {any} client @param {import("./target.mjs").Target} target */
async function showState(client, { changeState }) {
  const change = new Promise((resolve) => client.once("device:stateChange", resolve));
  changeState?.();
  const event = /** @type {{ cn: string, deviceId?: string, online: boolean } | undefined} */ (
    await within(change, STATE_WAIT_MS)
  );
  if (event)
    return line("state", `${event.deviceId ?? event.cn} is ${event.online ? green("online") : yellow("offline")} now`);
  if (changeState) throw new Error(`no device:stateChange in ${STATE_WAIT_MS / 1000} s`);
  skip("state", `no device came or went within ${STATE_WAIT_MS / 1000} s`);
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} waitMs
 * @returns {Promise<T | undefined>}
 */
async function within(promise, waitMs) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, waitMs, undefined);
  });
  try {
    return /** @type {T | undefined} */ (await Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} label @param {string} text @param {string} [aside] */
const line = (label, text, aside) => say(`  ${bold(label.padEnd(10))} ${text}${aside ? `  ${dim(aside)}` : ""}`);

/** @param {string} label @param {string} why */
const skip = (label, why) => say(`  ${yellow(label.padEnd(10))} ${why}`);

/** @param {number} started */
const ms = (started) => `${(performance.now() - started).toFixed(0)} ms`;

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
