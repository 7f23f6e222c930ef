/** Everything that this package throws or rejects with. `code` is the field to match on. */
export class ArdexaError extends Error {
  constructor(message, details = {}) {
    const { code, data, event, requestId, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (data !== undefined) this.data = data;
    if (event !== undefined) this.event = event;
    if (requestId !== undefined) this.requestId = requestId;
  }
}
// On the prototype, as every built-in error has it.
Object.defineProperty(ArdexaError.prototype, "name", { value: "ArdexaError", configurable: true, writable: true });

/** The error of one of the module's; `data` is JSON text. */
export const makeError = (code, message, data, event, requestId) =>
  new ArdexaError(message, { code, data: data === undefined ? undefined : parse(data), event, requestId });

/** A value of the caller's that cannot be used. */
export const invalid = (argument, problem, cause) =>
  new ArdexaError(`${argument}: ${problem}`, { code: "invalid-argument", cause });

/** The error, with what led to it as its `cause`, as `new Error(message, { cause })` has it. */
export function because(error, cause) {
  if (cause !== undefined) Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  return error;
}

/** The value of a JSON text, undefined where it is none. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a thrown value says, on one line. */
export function words(thrown) {
  let text = thrown;
  try {
    if (typeof thrown === "object" && thrown !== null) text = thrown.message;
  } catch {
    text = undefined;
  }
  return typeof text === "string" ? text.split(/\r?\n/, 1)[0] : "something that is no Error";
}
