// Runs the steps of `npm test` side by side.

/** @typedef {{ name: string, needs?: string, lane?: string }} Job */

/**
 * Runs each job as soon as the jobs before it leave room: at most `width` at once, never two of one lane, and none
 * before the job that it needs.
 * @template {Job} J
 * @template {{ outcome: string }} R
 * @param {J[]} jobs in the order in which they are tried; a needed job comes before those that need it
 * @param {number} width
 * @param {(job: J) => Promise<R>} run
 * @param {(job: J) => R} skip the result of a job whose needed job did not pass
 * @returns {Promise<R[]>} in the order of the jobs
 */
export async function inLanes(jobs, width, run, skip) {
  /** @type {Map<string, R>} */
  const results = new Map();
  /** @type {Map<J, Promise<void>>} */
  const running = new Map();
  const waiting = [...jobs];
  const isListed = (/** @type {string | undefined} */ name) => jobs.some((job) => job.name === name);

  const start = (/** @type {J} */ job) =>
    run(job).then((result) => {
      results.set(job.name, result);
      running.delete(job);
    });
  const isReady = (/** @type {J} */ job) =>
    (!job.needs || !isListed(job.needs) || results.has(job.needs)) &&
    (!job.lane || ![...running.keys()].some((other) => other.lane === job.lane));

  while (waiting.length || running.size) {
    const at = running.size < width ? waiting.findIndex(isReady) : -1;
    if (at < 0) {
      await Promise.race(running.values());
      continue;
    }
    const [job] = waiting.splice(at, 1);
    const needed = job.needs && results.get(job.needs);
    if (needed && needed.outcome !== "passed") results.set(job.name, skip(job));
    else running.set(job, start(job));
  }
  return jobs.map((job) => /** @type {R} */ (results.get(job.name)));
}
