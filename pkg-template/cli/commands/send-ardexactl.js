// `ardexa send-ardexactl <device>…`.
import { addSimple } from "./simple.js";

/** @type {import("./simple.js").Add} */
export const addSendArdexactl = (program, action) =>
  addSimple(program, action, {
    name: "send-ardexactl",
    summary: "send the ardexactl control script to devices",
    description: "Makes the cloud send the ardexactl control script to each device.",
    method: "sendArdexactl",
    done: "ardexactl was sent",
  });
