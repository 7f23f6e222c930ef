// Runs one request for several devices: in parallel up to a limit, each answer as it arrives, one exit code for all.
import { EXIT, exitCodeOf, failureLine, sentenceFor } from "./exit.js";
import { progressBar } from "./progress.js";

/**
 * @template T
 * @param {import("./context.js").Context} context
 * @param {object} job
 * @param {string[]} job.devices
 * @param {number} job.parallel
 * @param {Record<string, any>} job.options the options of the command
 * @param {(client: import("ardexa-client").ArdexaClient, device: string) => Promise<T>} job.ask
 * @param {(device: string, answer: T) => number | void | Promise<number | void>} job.tell prints the answer; may return an exit code other than 0
 * @param {string} [job.advice] what to do if a device refuses
 * @returns {Promise<number>} the exit code
 */
export async function forEachDevice(context, { devices, parallel, options, ask, tell, advice }) {
  const { output } = context;
  const several = devices.length > 1;
  const connection = await context.connect(options, { stays: several, devices });
  const bar = several ? progressBar(output, devices.length) : undefined;
  /** @type {number[]} */
  const codes = [];
  const waiting = [...devices];
  /** @type {Set<string>} */
  const unanswered = new Set();

  /** @param {string} device */
  async function one(device) {
    try {
      if (several) await connection.ready();
      unanswered.add(device);
      const answer = await ask(connection.client, device).finally(() => {
        if (!context.signal.aborted) unanswered.delete(device);
      });
      return (await tell(device, answer)) ?? EXIT.ok;
    } catch (thrown) {
      if (context.signal.aborted) return EXIT.failed;
      const error = connection.because(thrown);
      const sentence = sentenceFor(error, { ...context.known, advice });
      output.say(several ? `${context.nameOf(device)}: ${sentence}` : sentence);
      if (options.json) await output.json(failureLine(device, error));
      return exitCodeOf(error);
    }
  }

  async function worker() {
    for (let device; !context.signal.aborted && (device = waiting.shift()) !== undefined;) {
      const code = await one(device);
      codes.push(code);
      bar?.step(code === EXIT.ok);
    }
  }

  await Promise.all(Array.from({ length: Math.min(parallel, devices.length) }, worker));
  bar?.end();
  if (context.signal.aborted) {
    if (unanswered.size) output.say(stopped([...unanswered].map((device) => context.nameOf(device))));
    return EXIT.failed;
  }
  const failed = codes.filter((code) => code !== EXIT.ok);
  const bad = failed.length ? `, ${failed.length} failed` : "";
  if (several) output.say(`${devices.length} devices: ${devices.length - failed.length} succeeded${bad}`);
  return failed.every((code) => code === failed[0]) ? (failed[0] ?? EXIT.ok) : EXIT.failed;
}

/** @param {string[]} devices those that have not answered their request */
function stopped(devices) {
  const [what, where] =
    devices.length === 1 ? ["1 request", devices[0]] : [`${devices.length} requests`, "the devices"];
  return `stopped with ${what} unanswered; a request cannot be cancelled, so check ${where} before running the command again`;
}
