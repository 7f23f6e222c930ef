// Runs work in a fresh process: an empty heap, no type feedback from earlier work, and a module whose memory has not
// grown yet.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Problem } from "../../scripts/lib/problem.mjs";

const CHILD = fileURLToPath(new URL("bench-child.mjs", import.meta.url));
const TIMEOUT_MS = 1_200_000;
const PROCESSES = 3;

/**
 * What is compared is measured in several processes, one after another; see `joined` in measure.mjs.
 * @template T @param {boolean} quick one process only
 * @param {() => Promise<T>} measure runs one
 * @returns {Promise<T[]>}
 */
export async function repeated(quick, measure) {
  const results = [];
  for (let n = 0; n < (quick ? 1 : PROCESSES); n++) results.push(await measure());
  return results;
}

/**
 * Calls an exported function of a module in a child process.
 * @param {string} file the module's URL
 * @param {string} name the function's name
 * @param {...unknown} args
 * @returns {Promise<any>}
 */
export function inChild(file, name, ...args) {
  return new Promise((done, failed) => {
    const child = fork(CHILD, [], { execArgv: ["--expose-gc"], serialization: "advanced", timeout: TIMEOUT_MS });
    /** @type {{ result: unknown } | undefined} */
    let answer;
    child.once("message", (/** @type {any} */ message) => (answer = message));
    child.once("exit", (code, signal) => {
      if (answer) done(answer.result);
      else
        failed(new Problem(`The bench ended with ${signal ?? `exit code ${code}`} in ${name}; what it says is above.`));
    });
    child.send({ file, name, args });
  });
}
