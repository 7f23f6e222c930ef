/** Checks that memory stays level over a run, after a warm-up. */

const MIB = 1024 * 1024;
/** Normal variation of the heap after a collection, with hundreds of frames in transit. */
const HEAP_SLACK = 2 * MIB;
/** Two pages of WebAssembly memory, which never shrinks. */
const WASM_SLACK = 2 * 65_536;

export class Level {
  last = 0;
  #heap = { early: /** @type {number[]} */ ([]), late: /** @type {number[]} */ ([]) };
  #wasm = { early: 0, late: 0 };

  /**
   * @param {number} share of the run that has passed, 0 to 1
   * @param {number} heapBytes after a collection
   * @param {number} wasmBytes
   */
  note(share, heapBytes, wasmBytes) {
    this.last = heapBytes;
    if (share < 0.2) return;
    if (share < 0.5) {
      this.#heap.early.push(heapBytes);
      this.#wasm.early = wasmBytes;
    } else if (share >= 0.7) this.#heap.late.push(heapBytes);
    this.#wasm.late = wasmBytes;
  }

  problems() {
    const { early, late } = this.#heap;
    if (early.length === 0 || late.length === 0) return ["the run was too short to check whether memory is level"];
    const problems = [];
    if (median(late) - median(early) > HEAP_SLACK) problems.push(`the heap grew: ${this.summary()}`);
    if (this.#wasm.late - this.#wasm.early > WASM_SLACK)
      problems.push(`the WebAssembly memory grew: ${this.summary()}`);
    return problems;
  }

  summary() {
    const { early, late } = this.#heap;
    const mib = (bytes) => (bytes / MIB).toFixed(2);
    return `heap ${mib(median(early))} → ${mib(median(late))} MiB, wasm ${mib(this.#wasm.early)} → ${mib(this.#wasm.late)} MiB`;
  }
}

/** @param {number[]} numbers */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
