/** Where the page is connected to, since when, and how much comes. */
import type { App } from "../app";
import { tick } from "../signals";
import { h, setText } from "../dom";
import type { Phase } from "../model/session";
import { lasted, rate, span } from "../words";
import { themeButton } from "./theme";

const WORDS: Record<Phase, string> = {
  none: "Not connected",
  connecting: "Connecting …",
  connected: "Connected",
  waiting: "Reconnecting",
  ended: "Not connected",
};
const KIND: Record<Phase, string> = { none: "idle", connecting: "busy", connected: "good", waiting: "warn", ended: "idle" };

export function connectionBar(bar: HTMLElement, app: App, { openForm, openKeys, openRail }: Record<"openForm" | "openKeys" | "openRail", () => void>): void {
  const { session } = app;
  const target = h("span", { class: "target" });
  const word = h("span", {});
  // Told when the state changes; the seconds beside it are only for eyes.
  const state = h("span", { class: "state", role: "status", "aria-label": "Connection" }, h("span", { class: "dot", "aria-hidden": "true" }), word);
  const since = h("span", { class: "num quiet", title: "Connected for" });
  const data = h("span", { class: "num wide" });
  const flow = h("span", { class: "num wide" });
  // Where there is no room for the word, the dots stay.
  const verb = h("span", { class: "verb" });
  const button = h("button", { type: "button", onclick: openForm }, verb, "…");

  bar.append(
    h("button", { type: "button", class: "icon menu", "aria-label": "Devices", title: "Devices", onclick: openRail }, "☰"),
    h("span", { class: "brand" }, "Ardexa"),
    target,
    h("span", { class: "standing" }, h("span", { class: "now" }, state, since), h("span", { class: "figures" }, data, flow)),
    h("span", { class: "tools" }, button, themeButton(), h("button", { type: "button", class: "icon", "aria-label": "Keyboard shortcuts", title: "Keyboard shortcuts", onclick: openKeys }, "?")),
  );

  let last = { atMs: Date.now(), samples: 0, perSecond: 0 };
  session.state.subscribe(({ phase, lost }) => {
    state.dataset["kind"] = KIND[phase];
    setText(word, WORDS[phase === "waiting" && !lost ? "connecting" : phase]);
    const { url, workgroup } = session.credentials ?? {};
    target.textContent = url ? `${hostOf(url)} · ${workgroup}` : "";
    target.title = url ?? "";
    setText(verb, url ? "Connection " : "Connect ");
    button.setAttribute("aria-label", url ? "Connection …" : "Connect …");
    document.title = phase === "connected" || !url ? "Ardexa dashboard" : `${WORDS[phase]} – Ardexa dashboard`;
    update();
  });

  function update(): void {
    const stats = session.client.value?.stats();
    const now = Date.now();
    const { phase, sinceMs } = session.state.value;
    setText(since, phase === "connected" ? lasted(now - sinceMs) : "");
    setText(data, stats?.lastFrameMs ? `last data ${span(now - stats.lastFrameMs)}` : "no data yet");
    if (now - last.atMs < 900 && last.samples <= (stats?.samples ?? 0)) return;
    const perSecond = Math.max(0, ((stats?.samples ?? 0) - last.samples) / ((now - last.atMs) / 1_000));
    last = { atMs: now, samples: stats?.samples ?? 0, perSecond };
    setText(flow, `${rate(perSecond)} samples/s`);
  }
  tick.on(update);
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
