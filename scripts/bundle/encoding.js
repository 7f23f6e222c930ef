// For Node's entries: the global classes, or those of `node:util` if a test environment lacks the globals.
import util from "node:util";

const { TextDecoder = util.TextDecoder, TextEncoder = util.TextEncoder } = globalThis;
export { TextDecoder, TextEncoder };
