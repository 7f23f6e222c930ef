/** What a bundler resolves the module to, for `init`: its URL as a string, or the module itself. */
declare const source: NonNullable<Parameters<typeof import("./index.js").init>[0]>;
export default source;
