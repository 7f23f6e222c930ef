/** The panels, and the saved layouts. */
import { signal } from "@preact/signals";
import type { FeedRequest } from "ardexa-client";
import type { App } from "../../app";
import { recallLong, storeLong } from "../../model/memory";
import { plural } from "../../words";
import { Panel } from "./panel";
import type { PanelSettings } from "./panel";
import { TimeWindow } from "./time-window";

export type Layouts = Record<string, PanelSettings[]>;
/** Above this number, panels keep fewer samples each. */
const MANY = 16;

const sameFeed = (a: FeedRequest, b: FeedRequest) =>
  a.deviceId === b.deviceId && a.table === b.table && a.source === b.source && a.field === b.field;
const isSame = (a: PanelSettings, b: PanelSettings) =>
  sameFeed(a.request, b.request) && (a.others?.length ?? 0) === (b.others?.length ?? 0);

export class Board {
  readonly window = new TimeWindow();
  readonly panels = signal<readonly Panel[]>([]);
  readonly layouts = signal<Layouts>({});
  /** A panel to scroll into view. */
  readonly sought = signal<Panel | undefined>(undefined);

  constructor(readonly app: App) {
    const { session } = app;
    session.client.subscribe(() => {
      for (const panel of this.panels.peek()) void panel.stop();
      this.panels.value = [];
      if (!session.credentials) return;
      this.layouts.value = recallLong<Layouts>(this.#key("layouts")) ?? {};
      this.add(recallLong<PanelSettings[]>(this.#key("panels")) ?? []);
    });
    app.wanted.subscribe((wanted) => {
      if (wanted.length === 0) return;
      app.wanted.value = [];
      this.add(wanted);
    });
    session.state.subscribe(({ phase }) => {
      for (const panel of this.panels.peek()) {
        if (phase === "waiting") panel.lose();
        if (phase === "ended") panel.end();
        if (phase === "connected" && panel.isEnded) this.#open(panel);
      }
    });
  }

  /** Adds missing panels; returns the panels of all requests. */
  add(all: readonly PanelSettings[]): Panel[] {
    const next = [...this.panels.peek()];
    const panels = all.map((settings) => {
      const twin = next.find((panel) => isSame(panel.settings(), settings));
      if (twin) return twin;
      const panel = new Panel(settings, this.app, this.window, () => this.#keep());
      next.push(panel);
      this.#open(panel);
      return panel;
    });
    this.panels.value = next;
    this.#keep();
    return panels;
  }

  remove(panel: Panel): void {
    this.panels.value = this.panels.peek().filter((other) => other !== panel);
    void panel.stop();
    this.#keep();
  }

  /** Removes all panels, with an undo. The feeds run until the undo expires. */
  removeAll(): void {
    const gone = this.panels.peek();
    this.panels.value = [];
    this.#keep();
    this.app.toasts.show(`${plural(gone.length, "chart")} removed.`, {
      undo: () => {
        this.panels.value = [...gone, ...this.panels.peek()];
        this.#keep();
      },
      gone: () => gone.forEach((panel) => void panel.stop()),
    });
  }

  uses(request: FeedRequest): boolean {
    return this.panels.value.some((panel) => panel.feeds.length === 1 && sameFeed(panel.request, request));
  }

  save(name: string): void {
    this.#setLayouts({ ...this.layouts.peek(), [name]: this.settings() });
  }

  forget(name: string): void {
    const before = this.layouts.peek();
    const { [name]: _, ...others } = before;
    this.#setLayouts(others);
    this.app.toasts.show(`Layout ${name} deleted.`, { undo: () => this.#setLayouts(before) });
  }

  /** Replaces the current panels with a layout. */
  load(name: string): void {
    const wanted = this.layouts.peek()[name];
    if (!wanted) return;
    for (const panel of this.panels.peek())
      if (!wanted.some((settings) => isSame(panel.settings(), settings))) this.remove(panel);
    this.add(wanted);
  }

  settings(): PanelSettings[] {
    return this.panels.peek().map((panel) => panel.settings());
  }

  /** @returns the problem with the text; empty if there is none */
  import(text: string): string {
    try {
      const layouts = JSON.parse(text) as unknown;
      const all =
        typeof layouts === "object" && layouts !== null && !Array.isArray(layouts) ? Object.values(layouts) : [];
      const isLayouts = all.length > 0 && all.every((panels) => Array.isArray(panels) && panels.every(isPanel));
      if (!isLayouts) return "This file contains no layouts. Choose a file that was exported here.";
      this.#setLayouts({ ...this.layouts.peek(), ...(layouts as Layouts) });
      return "";
    } catch {
      return "This file is not valid JSON. Choose a file that was exported here.";
    }
  }

  #setLayouts(layouts: Layouts): void {
    this.layouts.value = layouts;
    storeLong(this.#key("layouts"), layouts);
  }

  #open(panel: Panel): void {
    const { session } = this.app;
    if (session.state.peek().phase === "connected")
      panel.open(session.client.peek(), this.panels.peek().length <= MANY ? 1_048_576 : 131_072);
    else panel.end();
  }

  #keep(): void {
    if (this.app.session.credentials) storeLong(this.#key("panels"), this.settings());
  }

  #key(what: string): string {
    const { url, workgroup } = this.app.session.credentials ?? {};
    return `ardexa:${what}:${url}:${workgroup}`;
  }
}

const isRequest = (value: unknown): boolean => {
  const { deviceId, table, source, field } = (value ?? {}) as Record<string, unknown>;
  return (
    [deviceId, table, source].every((part) => typeof part === "string" && part !== "") &&
    (field === undefined || typeof field === "string")
  );
};
const isPanel = (value: unknown): boolean => {
  const { request, columns, others, isFromZero } = (value ?? {}) as Record<string, unknown>;
  const areColumns =
    Array.isArray(columns) && columns.length > 0 && columns.every((column) => Number.isInteger(column) && column >= 0);
  return (
    isRequest(request) &&
    areColumns &&
    (isFromZero === undefined || typeof isFromZero === "boolean") &&
    (others === undefined || (Array.isArray(others) && others.every(isRequest)))
  );
};
