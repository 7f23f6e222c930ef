// `ardexa refresh-meta <device>…`.
import { addSimple } from "./simple.js";

export const addRefreshMeta = (program, action) =>
  addSimple(program, action, {
    name: "refresh-meta",
    summary: "have the agents send what they are configured to do",
    description: "Has the agent of each device send its metadata anew, by a restart of the agent.",
    method: "refreshMeta",
    done: "the metadata is asked for; the agent restarts",
  });
