/** An agent's upgrade, as a task. */
import type { App } from "../app";
import { sentence } from "../words";
import { tasksOf } from "./tasks";

export const UPGRADE = "Upgrade agent";
/** How long after a reply a device's changes are attributed to the request. */
export const AFTER_MS = 60_000;

/** A final status that carries no information. */
const SAYS_NOTHING = /^\s*((upgrade )?(complete|completed|done|finished|ok|success|successful))?[.!]?\s*$/i;

/** Reports each step; a failed upgrade can be retried. */
export async function runUpgrade(app: App, deviceId: string): Promise<boolean> {
  const result = await tasksOf(app).run({
    title: UPGRADE,
    deviceId,
    watchMs: AFTER_MS,
    act: async (step) =>
      app.session.connected().doUpgrade(deviceId, { onProgress: ({ status, complete }) => !complete && step(status) }),
    done: ({ status }) =>
      SAYS_NOTHING.test(status) ? "The agent is upgraded." : `The agent is upgraded. It says: ${status}`,
    failed: (error) => `${sentence(error)} The agent may still run its old version. Try again, or check it in Shell.`,
    again: () => void runUpgrade(app, deviceId),
  });
  if ("value" in result) app.fleet.heard(deviceId);
  return "value" in result;
}
