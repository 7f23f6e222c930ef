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
  /** By name, in the order of their start. @type {Map<string, { text: string, shown: number, isOver: boolean }>} */
  #steps = new Map();
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
    const step = { text: "", shown: 0, isOver: false };
    this.#steps.set(name, step);
    const take = (/** @type {string} */ text) => {
      step.text += text;
      this.#show();
    };
    try {
      return await ofStep.run(take, work);
    } finally {
      step.isOver = true;
      this.#show();
    }
  }

  /** Writes what is new, up to the first step that has not ended. */
  #show() {
    for (const step of this.#steps.values()) {
      if (step.shown < step.text.length) this.#write(step.text.slice(step.shown));
      step.shown = step.text.length;
      if (!step.isOver) return;
    }
  }

  /** Everything that a step has written. @param {string} name */
  writtenBy(name) {
    return this.#steps.get(name)?.text ?? "";
  }
}
