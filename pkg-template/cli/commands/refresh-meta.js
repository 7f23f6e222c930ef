// `ardexa refresh-meta <device>…`.
import { addSimple } from "./simple.js";

/** @type {import("./simple.js").Add} */
export const addRefreshMeta = (program, action) =>
  addSimple(program, action, {
    name: "refresh-meta",
    summary: "refresh the metadata of devices",
    description: "Makes the agent of each device read its scenarios again and send its metadata. The agent restarts.",
    method: "refreshMeta",
    done: "metadata refresh requested; the agent is restarting",
  });
