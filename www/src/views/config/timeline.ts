/** What was asked of a device, and what came of it, step by step; the device's own changes in between. */
import type { App } from "../../app";
import { tick } from "../../cell";
import { h, setText } from "../../dom";
import { clock, sentence, span, took } from "../../words";

export interface Task {
  /** A line for something that happened on the way. */
  step(text: string): void;
}

export class Timeline {
  readonly element: HTMLElement;
  #app: App;
  #list: HTMLOListElement;
  #empty: HTMLElement;
  /** Tasks under way, and those whose device may still change because of them. */
  #watching = new Set<{ deviceId: string; step(text: string): void }>();

  constructor(app: App) {
    this.#app = app;
    this.#list = h("ol", { class: "tasks", "aria-label": "What happened" });
    this.#empty = h("p", { class: "empty" }, "What you ask of a device, and what comes of it, appears here step by step.");
    this.element = h("div", { class: "timeline", tabIndex: 0, role: "region", "aria-label": "Timeline" }, this.#list, this.#empty);
    app.fleet.happened.on(({ deviceId, text }) => {
      for (const task of this.#watching) if (task.deviceId === deviceId) task.step(`The device ${text}.`);
    });
  }

  /**
   * Shows a task while it runs, and how it ended. Never rejects: the error stands in the timeline.
   * @param watchMs how long the device's changes belong to it after its end
   */
  async run<T>(title: string, deviceId: string, act: (task: Task) => Promise<T>, { done, watchMs = 0 }: { done: (value: T) => string; watchMs?: number }): Promise<{ value: T } | { error: unknown }> {
    this.#empty.hidden = true;
    const startedMs = Date.now();
    const name = this.#app.fleet.nameOf(deviceId);
    const steps = h("ul", {});
    const mark = h("span", { class: "outcome", "aria-hidden": "true" }, "▶");
    const time = h("span", { class: "num quiet" });
    const meter = h("progress", { "aria-label": `${title} of ${name}` });
    const end = h("p", { role: "status" });
    const entry = h("li", { "data-outcome": "running" }, h("h3", {}, mark, title, h("span", { class: "spring" }), time), h("small", {}, name), meter, steps, end);
    this.#list.prepend(entry);
    this.element.scrollTop = 0;
    const step = (text: string) => steps.append(h("li", {}, h("time", { class: "num" }, clock(Date.now())), h("span", {}, text)));
    const watched = { deviceId, step };
    // What the device does from here on is of the newest task.
    for (const older of this.#watching) if (older.deviceId === deviceId) this.#watching.delete(older);
    this.#watching.add(watched);
    const stopClock = tick.on(() => setText(time, span(Date.now() - startedMs)));
    const offline = this.#app.session.state.watch(({ phase, problem }) => {
      if (phase === "waiting" || phase === "ended") step(`${problem || "The connection ended"}.`.replace("..", "."));
    });
    const finish = (outcome: "done" | "failed", text: string) => {
      stopClock();
      offline();
      meter.remove();
      entry.dataset["outcome"] = outcome;
      mark.textContent = outcome === "done" ? "✓" : "▲";
      time.textContent = took(Date.now() - startedMs);
      end.textContent = text;
    };
    try {
      const value = await act({ step });
      finish("done", done(value));
      setTimeout(() => this.#watching.delete(watched), watchMs);
      return { value };
    } catch (error) {
      finish("failed", sentence(error));
      this.#watching.delete(watched);
      return { error };
    }
  }
}
