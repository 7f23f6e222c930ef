// For Node's entries: the global classes, or those of `node:util` where a test environment has no such globals.
import util from "node:util";

const { TextDecoder = util.TextDecoder, TextEncoder = util.TextEncoder } = globalThis;
export { TextDecoder, TextEncoder };
