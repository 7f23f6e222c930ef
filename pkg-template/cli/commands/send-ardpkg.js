// `ardexa send-ardpkg <device>…`.
import { addSimple } from "./simple.js";

/** @type {import("./simple.js").Add} */
export const addSendArdpkg = (program, action) =>
  addSimple(program, action, {
    name: "send-ardpkg",
    summary: "send the ardpkg plugin manager to devices",
    description: "Makes the cloud send the ardpkg plugin manager, or its latest version, to each device.",
    method: "sendArdpkg",
    done: "ardpkg was sent",
  });
