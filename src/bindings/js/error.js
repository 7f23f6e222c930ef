// @ts-check
// In JavaScript because Rust cannot express `extends Error`.

/** The static property in which pkg-template/handles.js records the running public function. */
const ENTRY = Symbol.for("ardexa-client.entry");

/** Everything that this package throws or rejects with. `code` is the field to match on. */
export class ArdexaError extends Error {
  /** @type {Function | undefined} */
  static [ENTRY] = undefined;
  /**
   * @param {string} message
   * @param {{ code?: string, data?: unknown, event?: string, requestId?: string, cause?: unknown, status?: number }} [details]
   */
  constructor(message, { code, data, event, requestId, cause, status } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (data !== undefined) this.data = data;
    if (event !== undefined) this.event = event;
    if (requestId !== undefined) this.requestId = requestId;
    if (status !== undefined) this.status = status;
    capture(this);
    this.stack = withoutOwnFrames(this.stack);
  }

  /** For logs: by default `JSON.stringify` skips the name and the message of an error. */
  toJSON() {
    const { name, message, code, event, requestId, data, status } = this;
    return { name, message, code, event, requestId, data, status };
  }
}
// On the prototype, like the name of every built-in error.
Object.defineProperty(ArdexaError.prototype, "name", { value: "ArdexaError", configurable: true, writable: true });

/** Matches stack frames of the module, its generated glue and this file. */
const OWN_FRAME = /wasm-function|\.wasm:|ardexa_client(_bg)?\.c?js|[\\/]snippets[\\/]/;

/** Captures the public function's caller. V8's limit counts the module's frames. @param {object} holder */
function capture(holder) {
  const limit = Error.stackTraceLimit;
  if (limit) Reflect.set(Error, "stackTraceLimit", limit + 30);
  Error.captureStackTrace?.(holder, ArdexaError[ENTRY] ?? ArdexaError);
  if (limit) Reflect.set(Error, "stackTraceLimit", limit);
}

function withoutOwnFrames(stack = "", left = Error.stackTraceLimit) {
  const isKept = (/** @type {string} */ line) => !OWN_FRAME.test(line) && (!/^ +at /.test(line) || left-- > 0);
  return stack.split("\n").filter(isKept).join("\n");
}

/** The stack of the current call, for an error in a later task. @returns {{ stack?: string }} */
export const callSite = (site = {}) => (capture(site), site);

/** @param {Error} error @param {{ stack?: string }} site */
export function setCallSite(error, { stack = "" }) {
  const frames = stack.search(/^( +at |.*@)/m);
  if (frames >= 0) error.stack = withoutOwnFrames(`${error}\n${stack.slice(frames)}`);
}
