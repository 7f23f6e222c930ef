/** Whether memory stays level: notes over a run, the first part of which is warming up. */

const MIB = 1024 * 1024;
/** What a heap breathes, after a collection, with hundreds of frames on their way. */
const HEAP_SLACK = 2 * MIB;
/** Pages of WebAssembly memory, which never shrinks. */
const WASM_SLACK = 2 * 65_536;

export class Level {
  last = 0;
  #heap = { early: [], late: [] };
  #wasm = { early: 0, late: 0 };

  /** @param {number} share of the run that is over, 0 to 1 @param {number} heapBytes after a collection @param {number} wasmBytes */
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
    if (early.length === 0 || late.length === 0) return ["the run was too short to see whether memory is level"];
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
