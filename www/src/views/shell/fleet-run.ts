/** Runs one command on many devices, a limited number at a time, and collects their output. */
import { computed, signal } from "@preact/signals";
import type { App } from "../../app";
import { sentence } from "../../words";

export type Outcome = "waiting" | "running" | "done" | "failed" | "stopped";
export interface Result {
  id: string;
  name: string;
  outcome: Outcome;
  code?: number;
  stdout: string;
  stderr: string;
  ms?: number;
}

const MOST_AT_ONCE = 100;

export const isFailed = ({ outcome, code }: Result) => outcome === "failed" || (outcome === "done" && code !== 0);

export class FleetRun {
  readonly results = signal<readonly Result[]>([]);
  readonly isRunning = signal(false);
  readonly failed = computed(() => this.results.value.filter(isFailed));
  /** Groups devices with the same output; failures first. */
  readonly groups = computed(() => grouped(this.results.value));
  cmd = "";
  #abort: AbortController | undefined;

  constructor(readonly app: App) {}

  /** Never rejects: the outcome is in `results`. */
  async start(ids: readonly string[], cmd: string, atOnce: number): Promise<void> {
    const client = this.app.session.client.peek();
    if (!client || this.isRunning.peek()) return;
    const { fleet } = this.app;
    const { signal: stop } = (this.#abort = new AbortController());
    this.isRunning.value = true;
    this.cmd = cmd;
    this.results.value = ids.map((id) => ({ id, name: fleet.nameOf(id), outcome: "waiting", stdout: "", stderr: "" }));
    const queue = [...ids];
    const runOne = async (id: string): Promise<Partial<Result>> => {
      this.#note(id, { outcome: "running" });
      const startedMs = performance.now();
      const ms = () => performance.now() - startedMs;
      try {
        const { stdout, stderr, returnCode } = await client.cmd(id, cmd, { signal: stop });
        fleet.heard(id);
        return { outcome: "done", stdout, stderr, code: returnCode, ms: ms() };
      } catch (error) {
        return { outcome: stop.aborted ? "stopped" : "failed", stderr: sentence(error), ms: ms() };
      }
    };
    const worker = async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift())
        this.#note(id, stop.aborted ? { outcome: "stopped" } : await runOne(id));
    };
    await Promise.all(Array.from({ length: Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(atOnce) || 1)) }, worker));
    this.isRunning.value = false;
  }

  stop(): void {
    this.#abort?.abort();
  }

  /** All results, for a file download. */
  json(): string {
    const { cmd } = this;
    return JSON.stringify(
      this.results.peek().map(({ id, name, outcome, code, stdout, stderr, ms }) => ({
        id,
        name,
        cmd,
        outcome,
        returnCode: code,
        stdout,
        stderr,
        ms: ms && Math.round(ms),
      })),
      undefined,
      2,
    );
  }

  #note(id: string, what: Partial<Result>): void {
    this.results.value = this.results.peek().map((result) => (result.id === id ? { ...result, ...what } : result));
  }
}

function grouped(results: readonly Result[]): Result[][] {
  const byOutput = new Map<string, Result[]>();
  for (const result of results) {
    const { id, outcome, code, stdout, stderr } = result;
    const key = outcome === "done" || outcome === "failed" ? JSON.stringify([outcome, code, stdout, stderr]) : id;
    byOutput.set(key, [...(byOutput.get(key) ?? []), result]);
  }
  return [...byOutput.values()].sort(
    ([a], [b]) => Number(b !== undefined && isFailed(b)) - Number(a !== undefined && isFailed(a)),
  );
}
