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
  #write;

  /** @param {Write} [write] */
  constructor(write = toTerminal) {
    this.#write = write;
  }

  /** Runs a step; what it writes appears in its turn. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async run(work) {
    const own = { held: "", isOver: false };
    this.#open.push(own);
    try {
      return await ofStep.run((text) => (own === this.#open[0] ? this.#write(text) : void (own.held += text)), work);
    } finally {
      own.isOver = true;
      while (this.#open[0]?.isOver) {
        this.#open.shift();
        const next = this.#open[0];
        if (next) this.#write(next.held);
      }
    }
  }
}
