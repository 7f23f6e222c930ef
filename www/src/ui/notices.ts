/**
 * What is wrong with the connection, over the page's lower edge so that nothing moves: a sentence, the countdown, and
 * what can be done.
 */
import type { App } from "../app";
import { tick } from "../signals";
import { h, setText } from "../dom";
import { sentence, span } from "../words";

export function notices(place: HTMLElement, app: App, openForm: () => void): void {
  const { session } = app;
  const text = h("span", {});
  const countdown = h("span", { class: "num", "aria-hidden": "true" });
  const now = h("button", { type: "button", onclick: () => session.client.value?.reconnectNow() }, "Try now");
  const again = h("button", { type: "button", onclick: () => void session.again().catch(() => {}) }, "Connect again");
  const form = h("button", { type: "button", onclick: openForm }, "Change connection …");
  const box = h("div", { class: "notice", hidden: true }, h("span", { class: "shape", "aria-hidden": "true" }, "▲"), h("p", { role: "alert" }, text, " ", countdown), now, again, form);
  const warning = h("div", { class: "notice", hidden: true });
  place.append(warning, box);

  function update(): void {
    const { phase, problem, retryAtMs, sinceMs, lost } = session.state.value;
    const nowMs = Date.now();
    box.hidden = !(phase === "waiting" || (phase === "ended" && problem !== "") || (phase === "connecting" && problem !== ""));
    if (box.hidden) return;
    const waiting = phase === "waiting";
    setText(text, lost && waiting ? problem : `${problem.replace(/\.$/, "")}.`);
    const left = (retryAtMs ?? 0) - nowMs;
    setText(countdown, waiting ? `${lost ? `${ago(nowMs - sinceMs)} ago. ` : ""}${left > 0 ? `Trying again in ${Math.ceil(left / 1_000)} s.` : "Trying now …"}` : "");
    now.hidden = !waiting;
    again.hidden = phase !== "ended" || session.state.value.refused === true;
    form.hidden = phase !== "ended";
  }
  session.state.subscribe(update);
  tick.on(update);

  session.warnings.on((error) => {
    const close = h("button", { type: "button", onclick: () => (warning.hidden = true) }, "Close");
    warning.replaceChildren(h("span", { class: "shape", "aria-hidden": "true" }, "!"), h("p", { role: "alert" }, sentence(error)), close);
    warning.hidden = false;
  });
}

/** In whole seconds, as one counts them, then as a person says it. */
const ago = (ms: number) => (ms < 90_000 ? `${Math.floor(ms / 1_000)} s` : span(ms));
