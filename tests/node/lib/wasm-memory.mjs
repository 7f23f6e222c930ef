/**
 * The size of the package's WebAssembly memory, which has no export. Import it before anything that imports the
 * package: it looks at the instance as it is made.
 */
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    memory ??= this.exports.memory;
  }
};

/** Bytes; it never shrinks. */
export function wasmBytes() {
  if (!memory) throw new Error("the package was imported before wasm-memory.mjs, or not at all");
  return memory.buffer.byteLength;
}
