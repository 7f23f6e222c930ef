// @ts-check
// JavaScript because Rust cannot express `extends Error`.

/** Where pkg-template/handles.js notes the public function that runs, on the class. */
const ENTRY = Symbol.for("ardexa-client.entry");

/** Everything that this package throws or rejects with. `code` is the field to match on. */
export class ArdexaError extends Error {
  /** @type {Function | undefined} */
  static [ENTRY] = undefined;
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
    capture(this);
    this.stack = withoutOwnFrames(this.stack);
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

/** Gives the stack of who called the public function that runs. V8 counts the module's frames. @param {object} holder */
function capture(holder) {
  const limit = Error.stackTraceLimit;
  if (limit) Reflect.set(Error, "stackTraceLimit", limit + 30);
  Error.captureStackTrace?.(holder, ArdexaError[ENTRY] ?? ArdexaError);
  if (limit) Reflect.set(Error, "stackTraceLimit", limit);
}

const withoutOwnFrames = (stack = "", left = Error.stackTraceLimit) =>
  stack.split("\n").filter((line) => !OWN_FRAME.test(line) && (!/^ +at /.test(line) || left-- > 0)).join("\n");

/** Where a call comes from, for an error of a later task. @returns {{ stack?: string }} */
export const callSite = (site = {}) => (capture(site), site);

/** @param {Error} error @param {{ stack?: string }} site */
export function setCallSite(error, { stack = "" }) {
  const frames = stack.search(/^( +at |.*@)/m);
  if (frames >= 0) error.stack = withoutOwnFrames(`${error}\n${stack.slice(frames)}`);
}
