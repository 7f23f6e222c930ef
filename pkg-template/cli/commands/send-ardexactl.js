// `ardexa send-ardexactl <device>…`.
import { addSimple } from "./simple.js";

export const addSendArdexactl = (program, action) =>
  addSimple(program, action, {
    name: "send-ardexactl",
    summary: "send devices the program ardexactl",
    description: "Has the cloud send the program ardexactl to each device.",
    method: "sendArdexactl",
    done: "ardexactl was sent",
  });
