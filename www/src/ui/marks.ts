/** A device's state by shape and word, never by colour alone. */
import { h, setText } from "../dom";

const SHAPES = { online: "●", offline: "○", unknown: "◌" };

/** @param short the word is for those who listen only */
export function stateMark({ short = false } = {}) {
  const shape = h("span", { class: "shape", "aria-hidden": "true" });
  const word = h("span", { class: short ? "unseen" : "word" });
  const element = h("span", { class: "mark" }, shape, word);
  return {
    element,
    set(online: boolean | undefined) {
      const state = online === undefined ? "unknown" : online ? "online" : "offline";
      if (element.dataset["state"] === state) return;
      element.dataset["state"] = state;
      element.title = state;
      setText(shape, SHAPES[state]);
      setText(word, state);
    },
  };
}
