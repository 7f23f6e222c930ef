// `ardexa send-ardpkg <device>…`.
import { addSimple } from "./simple.js";

export const addSendArdpkg = (program, action) =>
  addSimple(program, action, {
    name: "send-ardpkg",
    summary: "send devices the program ardpkg",
    description: "Has the cloud send the program ardpkg to each device.",
    method: "sendArdpkg",
    done: "ardpkg was sent",
  });
