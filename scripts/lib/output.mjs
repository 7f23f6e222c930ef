// Where a step of `npm test` writes. Steps that run at once take turns: the first writes at once, the others are held
// back until it has ended, so that their outputs do not mix.
import { AsyncLocalStorage } from "node:async_hooks";

/** @typedef {(text: string) => void} Write */

/** @type {Write} */
const toTerminal = (text) => void process.stdout.write(text);

/** @type {AsyncLocalStorage<Write>} */
const ofStep = new AsyncLocalStorage();

/** Writes for the current step, or to the terminal outside one. @returns {Write} */
export const output = () => ofStep.getStore() ?? toTerminal;

/** Whether other steps may run at the same time: lines can be neither rewritten nor left to a child process. */
export const isShared = () => ofStep.getStore() !== undefined;

/** The outputs of steps that run at once. */
export class Turns {
  /** @type {{ held: string, isOver: boolean }[]} in the order of their start */
  #open = [];
  /** @type {Map<string, string>} */
  #written = new Map();
  #write;

  /** @param {Write} [write] */
  constructor(write = toTerminal) {
    this.#write = write;
  }

  /**
   * Runs a step; what it writes appears in its turn.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(name, work) {
    const own = { held: "", isOver: false };
    this.#open.push(own);
    const take = (/** @type {string} */ text) => {
      this.#written.set(name, this.writtenBy(name) + text);
      if (own === this.#open[0]) this.#write(text);
      else own.held += text;
    };
    try {
      return await ofStep.run(take, work);
    } finally {
      own.isOver = true;
      while (this.#open[0]?.isOver) {
        this.#open.shift();
        const next = this.#open[0];
        if (next) this.#write(next.held);
      }
    }
  }

  /** Everything that a step has written. @param {string} name */
  writtenBy(name) {
    return this.#written.get(name) ?? "";
  }
}
