/**
 * The size of the package's WebAssembly memory, which is not exported. Import this before anything that imports the
 * package: it intercepts the creation of the instance.
 */
/** @type {WebAssembly.Memory | undefined} */
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} [imports] */
  constructor(module, imports) {
    super(module, imports);
    memory ??= /** @type {WebAssembly.Memory} */ (this.exports.memory);
  }
};

/** Size in bytes; it never shrinks. */
export function wasmBytes() {
  if (!memory) throw new Error("the package was imported before wasm-memory.mjs, or not at all");
  return memory.buffer.byteLength;
}
