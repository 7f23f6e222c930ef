/** The steps of `device:doUpgrade`. The API page names the first and the last; the steps between are invented. */

/** @typedef {{status: string, online?: boolean}} Step */

export const NEW_VERSION = "2.5.0";

/** @type {readonly Step[]} */
export const STEPS = Object.freeze([
  { status: "Arch detected: amd64" },
  { status: "Sending ardexactl" },
  { status: `Downloading agent ${NEW_VERSION}` },
  { status: "Verifying checksum" },
  { status: "Installing" },
  { status: "Restarting agent", online: false },
  { status: "Waiting for agent", online: true },
  { status: "Complete" },
]);

/** The step after which a failing upgrade stops. */
const FAILS_AFTER = 3;

/**
 * @param {object} run
 * @param {boolean} run.fails
 * @param {number} run.stepMs
 * @param {(ms: number, then: () => void) => void} run.later
 * @param {(payload: Record<string, unknown>) => void} run.reply
 * @param {(online: boolean) => void} run.setOnline
 * @param {() => void} run.done      after a successful last step
 */
export function runUpgrade({ fails, stepMs, later, reply, setOnline, done }) {
  let n = 0;
  const step = () => {
    if (fails && n === FAILS_AFTER) {
      reply({ error: "Internal error occurred" });
      return;
    }
    const { status, online } = STEPS[n++];
    const complete = n === STEPS.length;
    reply({ status, complete });
    if (online !== undefined) setOnline(online);
    if (complete) done();
    else later(stepMs, step);
  };
  later(stepMs, step);
}
