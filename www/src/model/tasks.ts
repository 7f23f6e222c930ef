/** Requests to devices: their steps and outcomes, and the device's state changes in between. */
import { signal } from "@preact/signals";
import { sentence } from "../words";
import type { Fleet } from "./fleet";
import type { Session } from "./session";

export interface Step {
  atMs: number;
  text: string;
}
export interface Task {
  n: number;
  title: string;
  deviceId: string;
  name: string;
  startedMs: number;
  endedMs?: number;
  outcome: "running" | "done" | "failed";
  steps: Step[];
  /** The outcome, in a sentence. */
  end?: string;
  /** Runs the task again. */
  again?: () => void;
}

export interface TaskSpec<T> {
  title: string;
  deviceId: string;
  /** @param step reports progress */
  act: (step: (text: string) => void) => Promise<T>;
  done: (value: T) => string;
  /** The text for a failure; default: the error's sentence. */
  failed?: (error: unknown) => string;
  /** How long after the end of a task the device's changes still belong to it. */
  watchMs?: number;
  /** Set for a task that can be retried. */
  again?: () => void;
}

const all = new WeakMap<Session, Tasks>();

/** The tasks of the page's one session. */
export function tasksOf({ session, fleet }: { session: Session; fleet: Fleet }): Tasks {
  let tasks = all.get(session);
  if (!tasks) all.set(session, (tasks = new Tasks(session, fleet)));
  return tasks;
}

export class Tasks {
  readonly list = signal<readonly Task[]>([]);
  #count = 0;
  /** By device: the newest task that is running, or whose device may still change because of it. */
  #watching = new Map<string, number>();

  constructor(
    readonly session: Session,
    readonly fleet: Fleet,
  ) {
    fleet.happened.on(({ deviceId, text }) => {
      const n = this.#watching.get(deviceId);
      if (n !== undefined) this.#step(n, `The device ${text}.`);
    });
    session.state.subscribe(({ phase, problem }) => {
      if (phase !== "waiting" && phase !== "ended") return;
      const text = `${(problem || "The connection ended").replace(/\.$/, "")}.`;
      for (const { n, outcome, steps } of this.list.peek())
        if (outcome === "running" && steps.at(-1)?.text !== text) this.#step(n, text);
    });
  }

  isRunning(title: string, deviceId: string): boolean {
    return this.list.value.some(
      (task) => task.outcome === "running" && task.title === title && task.deviceId === deviceId,
    );
  }

  /** Never rejects: a failure is recorded in the task. */
  async run<T>({
    title,
    deviceId,
    act,
    done,
    failed = sentence,
    watchMs = 0,
    again,
  }: TaskSpec<T>): Promise<{ value: T } | { error: unknown }> {
    const n = ++this.#count;
    const task: Task = {
      n,
      title,
      deviceId,
      name: this.fleet.nameOf(deviceId),
      startedMs: Date.now(),
      outcome: "running",
      steps: [],
    };
    this.list.value = [task, ...this.list.peek()];
    // From here on the device's changes belong to the newest task.
    this.#watching.set(deviceId, n);
    try {
      const value = await act((text) => this.#step(n, text));
      this.#update(n, { outcome: "done", endedMs: Date.now(), end: done(value) });
      setTimeout(() => this.#unwatch(deviceId, n), watchMs);
      return { value };
    } catch (error) {
      this.#update(n, { outcome: "failed", endedMs: Date.now(), end: failed(error), ...(again && { again }) });
      this.#unwatch(deviceId, n);
      return { error };
    }
  }

  #unwatch(deviceId: string, n: number): void {
    if (this.#watching.get(deviceId) === n) this.#watching.delete(deviceId);
  }

  #step(n: number, text: string): void {
    const task = this.list.peek().find((other) => other.n === n);
    if (task) this.#update(n, { steps: [...task.steps, { atMs: Date.now(), text }] });
  }

  #update(n: number, what: Partial<Task>): void {
    this.list.value = this.list.peek().map((task) => (task.n === n ? { ...task, ...what } : task));
  }
}
