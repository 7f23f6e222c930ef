// Routes output: data to stdout, everything else to stderr, and at most one block of lines that is redrawn in place,
// the progress bar or the live table. A reader that closes the pipe (`| head -1`) is not an error.
import { setImmediate as nextTurn } from "node:timers/promises";
import { Failure } from "./exit.js";

export class Output {
  /** @type {{ stream: NodeJS.WriteStream, lines: string[], shown?: boolean } | undefined} */
  #block;
  #closed = new AbortController();
  /** @type {Promise<void> | undefined} */
  #draining;
  /** @type {Error | undefined} */
  failure;

  /** @param {{ stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv }} from */
  constructor({ stdout, stderr, env }) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.dumb = env.TERM === "dumb";
    this.coloured = !env.NO_COLOR && !this.dumb;
    stdout.on("error", (error) => this.#lost(error));
    stderr.on("error", () => {});
  }

  /** Fires when stdout can no longer be written. */
  get closed() {
    return this.#closed.signal;
  }

  /** @param {NodeJS.ErrnoException} error */
  #lost(error) {
    if (error.code !== "EPIPE") {
      this.failure ??= new Failure(
        `cannot write to standard output: ${error.message}; free some space, or write elsewhere`,
      );
    }
    this.#closed.abort();
  }

  /** Writes data. Resolves when there is room for more. @param {string} text */
  async data(text) {
    if (this.closed.aborted) return;
    this.#hide(this.stdout);
    const room = this.stdout.write(text);
    this.#show();
    if (!room && !this.closed.aborted) await this.#drained();
  }

  /** Writes text for the user unchanged. @param {string} text */
  raw(text) {
    this.#hide(this.stderr);
    this.stderr.write(text);
    this.#show();
  }

  /** Writes a message for the user. @param {string} text */
  say(text) {
    this.raw(`ardexa: ${text}\n`);
  }

  /** @param {object} value one line of JSON */
  json(value) {
    return this.data(`${JSON.stringify(value)}\n`);
  }

  // All writers share one wait.
  #drained() {
    this.#draining ??= new Promise((resolve) => {
      const done = () => {
        this.#draining = undefined;
        this.stdout.off("drain", done);
        this.closed.removeEventListener("abort", done);
        resolve(undefined);
      };
      this.stdout.once("drain", done);
      this.closed.addEventListener("abort", done);
    });
    return this.#draining;
  }

  /** Redraws the block with new lines. @param {NodeJS.WriteStream} stream a terminal @param {string[]} lines */
  draw(stream, lines) {
    if (this.#block) this.#erase();
    this.#block = { stream, lines };
    this.#paint();
  }

  /** Ends the block. @param {{ leave?: boolean }} [options] leave: its lines stay on the screen */
  endBlock({ leave = false } = {}) {
    if (!this.#block) return;
    if (leave) this.#block.stream.write("\n");
    else this.#erase();
    this.#block = undefined;
  }

  /**
   * A terminal shows both streams on one screen, so whatever is written goes above the block.
   * @param {NodeJS.WriteStream} stream
   */
  #hide(stream) {
    if (this.#block && stream.isTTY) this.#erase();
  }

  #show() {
    if (this.#block && !this.#block.shown) this.#paint();
  }

  #erase() {
    if (!this.#block?.shown) return;
    const up = this.#block.lines.length - 1;
    this.#block.stream.write(`\r${up > 0 ? `\u001b[${up}A` : ""}\u001b[J`);
    this.#block.shown = false;
  }

  // With automatic wrapping off, the terminal itself cuts lines that are too long, whatever their characters' width.
  #paint() {
    if (!this.#block) return;
    this.#block.stream.write(`\u001b[?7l${this.#block.lines.join("\n")}\u001b[?7h`);
    this.#block.shown = true;
  }

  /** Whether a block can be drawn there. @param {NodeJS.WriteStream} stream */
  canDraw(stream) {
    return Boolean(stream.isTTY) && !this.dumb;
  }

  /** @param {NodeJS.WriteStream} stream @param {string} code @param {string} text */
  style(stream, code, text) {
    return this.coloured && stream.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  /** Resolves when all output has left the process or can no longer be delivered. */
  async flush() {
    const left = (/** @type {NodeJS.WriteStream} */ stream) =>
      new Promise((resolve) => {
        if (stream.destroyed || stream.writableLength === 0) return resolve(undefined);
        stream.write("", () => resolve(undefined));
      });
    await Promise.all([left(this.stdout), left(this.stderr)]);
    // A full disk is reported a moment after the write.
    await nextTurn();
  }
}
