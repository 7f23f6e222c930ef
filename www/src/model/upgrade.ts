/** An agent's upgrade, as a task. */
import type { App } from "../app";
import { sentence } from "../words";
import { tasksOf } from "./tasks";

export const UPGRADE = "Upgrade agent";
/** How long after an answer a device's changes count as its consequences. */
export const AFTER_MS = 60_000;

/** A final status that adds nothing to the sentence. */
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
    failed: (error) => `${sentence(error)} The agent may still run its old version: try again, or look at it in Shell.`,
    again: () => void runUpgrade(app, deviceId),
  });
  if ("value" in result) app.fleet.heard(deviceId);
  return "value" in result;
}
