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
