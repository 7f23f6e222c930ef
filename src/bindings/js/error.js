// @ts-check
// JavaScript because Rust cannot express `extends Error`.

/** Everything that this package throws or rejects with. `code` is the field to match on. */
export class ArdexaError extends Error {
  /**
   * @param {string} message
   * @param {{ code?: string, data?: unknown, event?: string, requestId?: string, cause?: unknown, status?: number }} [details]
   */
  constructor(message, details = {}) {
    const { code, data, event, requestId, cause, status } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (data !== undefined) this.data = data;
    if (event !== undefined) this.event = event;
    if (requestId !== undefined) this.requestId = requestId;
    if (status !== undefined) this.status = status;
    hideOwnFrames(this);
  }

  /** What a log keeps: `JSON.stringify` skips the name and the message of an error otherwise. */
  toJSON() {
    const { name, message, code, event, requestId, data, status } = this;
    return { name, message, code, event, requestId, data, status };
  }
}
// On the prototype, as every built-in error has it.
Object.defineProperty(ArdexaError.prototype, "name", { value: "ArdexaError", configurable: true, writable: true });

/** Frames of the module, of its generated glue and of this file. */
const OWN_FRAME = /wasm-function|\.wasm:|ardexa_client(_bg)?\.c?js|[\\/]snippets[\\/]/;

/** Lets the stack begin at the caller's line. @param {Error} error */
function hideOwnFrames(error) {
  const { stack } = error;
  if (typeof stack !== "string" || !OWN_FRAME.test(stack)) return;
  const value = stack.split("\n").filter((line) => !OWN_FRAME.test(line)).join("\n");
  Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
}
