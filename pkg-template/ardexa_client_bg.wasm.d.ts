/** What a bundler makes of the module, for `init`: its address as text, or the module itself. */
declare const source: NonNullable<Parameters<typeof import("./index.js").init>[0]>;
export default source;
