/** The commands run on one device, and their printed output. */
import { signal } from "@preact/signals";
import type { App } from "../../app";
import { took } from "../../figures";
import { Notice, sentence } from "../../words";
import { asError, bold, dim, ended, green, printable, red } from "./ansi";
import type { Screen } from "./screen";

export interface Running {
  abort: AbortController;
  startedMs: number;
}

export class DeviceShell {
  readonly running = signal<Running | undefined>(undefined);
  /** How the last command ended. */
  readonly said = signal("");
  #screen: Screen | undefined;
  /** Output printed before a screen is attached. */
  #early: string[] = [];

  constructor(
    readonly app: App,
    readonly deviceId: string,
  ) {
    this.#print(`${dim(`The agent of ${this.name} runs each command in its own shell.`)}\r\n`);
  }

  get name(): string {
    return this.app.fleet.nameOf(this.deviceId);
  }

  /** Also shows the output printed so far. */
  attach(screen: Screen): void {
    this.#screen = screen;
    for (const text of this.#early.splice(0)) screen.write(text);
  }

  /** Never rejects: the outcome is printed. */
  async run(cmd: string): Promise<void> {
    if (this.running.peek()) return;
    const { fleet, session } = this.app;
    const running = { abort: new AbortController(), startedMs: performance.now() };
    this.running.value = running;
    this.#print(`\r\n${bold(`${this.name} $ ${printable(cmd)}`)}\r\n`);
    const time = () => took(performance.now() - running.startedMs);
    try {
      const client = session.client.peek();
      if (!client) throw new Notice("Not connected, so nothing was run. Try again once connected.");
      const { stdout, stderr, returnCode } = await client.cmd(this.deviceId, cmd, { signal: running.abort.signal });
      fleet.heard(this.deviceId);
      const code = returnCode === 0 ? green("✓ exit 0") : red(`✗ exit ${returnCode}`);
      this.#print(`${stdout && ended(printable(stdout))}${stderr && asError(stderr)}${code}${dim(` · ${time()}`)}\r\n`);
      this.said.value = `Exit ${returnCode} after ${time()}`;
    } catch (error) {
      this.#print(`${asError(sentence(error))}${dim(`no return code · ${time()}`)}\r\n`);
      this.said.value = sentence(error);
    } finally {
      this.running.value = undefined;
    }
  }

  /** Stops waiting; the device is not notified. */
  stop(): void {
    this.running.peek()?.abort.abort();
  }

  clear(): void {
    this.#early = [];
    this.#screen?.clear();
  }

  /** All text on the screen. */
  text(): string {
    return this.#screen?.text() ?? "";
  }

  /** Prints a state change of the device while a command runs. */
  tell(text: string): void {
    if (this.running.peek()) this.#print(`${dim(`The device ${text}.`)}\r\n`);
  }

  #print(text: string): void {
    if (this.#screen) this.#screen.write(text);
    else this.#early.push(text);
  }
}

/** One shell for each device that has been opened. */
export class DeviceShells {
  readonly opened = signal<readonly DeviceShell[]>([]);

  constructor(readonly app: App) {
    const { fleet } = app;
    fleet.current.subscribe((id) => {
      if (id !== undefined && !this.of(id)) this.opened.value = [...this.opened.peek(), new DeviceShell(app, id)];
    });
    fleet.happened.on(({ deviceId, text, kind }) => {
      if (kind !== "other") this.of(deviceId)?.tell(text);
    });
  }

  of(id: string | undefined): DeviceShell | undefined {
    return this.opened.peek().find(({ deviceId }) => deviceId === id);
  }
}
