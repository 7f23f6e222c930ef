/** What happened, and what can be done: a sentence for each of the client's errors. */

const SENTENCES = {
  aborted: () => "No longer waiting. The device was not told: it may still answer to no one.",
  closed: () => "The connection was closed. Connect again to go on.",
  disconnected: () => "The connection was lost after this was sent: whether the device acted is not known. Check before trying again.",
  "invalid-argument": (error) => `${capital(error.message)}.`,
  "not-connected": () => "Not connected, so nothing was sent. Connect first.",
  protocol: (error) => `The server said something that is not understood (${error.message}). Is the address that of an Ardexa cloud?`,
  rejected: (error) => `The cloud answered: ${spoken(error)}`,
  timeout: () => "No answer in time. The device may be busy or gone; whether it acted is not known.",
  "too-large": () => "This is larger than the cloud takes. Nothing was sent.",
  unauthorized: (error) => `The cloud refused the connection (${reason(error)}). Check the workgroup, or paste a new token.`,
  unreachable: () => "The cloud did not answer. Check the address and the network, then try again.",
};

/** What the page itself has to say to an act: the message is a sentence already. */
export class Notice extends Error {}

/** @param {unknown} error @returns {string} */
export function sentence(error) {
  if (error instanceof Notice) return error.message;
  const known = error instanceof Error && Object.hasOwn(SENTENCES, error.code ?? "") ? SENTENCES[error.code] : undefined;
  return known ? known(error) : `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

/** What the cloud itself wrote. */
function spoken({ data, message }) {
  if (typeof data === "string") return data.trim();
  return typeof data?.message === "string" ? data.message.trim() : message;
}

function reason({ data, message }) {
  const parts = [data?.code, data?.reason].filter((part) => typeof part === "string" || typeof part === "number");
  return parts.length > 0 ? parts.join(" ") : message;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
/** @param {number | Date} time in the viewer's zone */
export const clock = (time) => CLOCK.format(time);

/** A value of a sample, as text. */
export const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value) ?? "");
