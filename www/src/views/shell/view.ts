/** Commands: a terminal for one device, or one command on many. */
import "./shell.css";
import type { App, View } from "../../app";
import { h } from "../../dom";
import { manyShell } from "./many";
import { oneShell } from "./one";

export function shellView(section: HTMLElement, app: App): View {
  const one = oneShell(app);
  const many = manyShell(app);
  const count = h("span", { class: "num" });
  const modes = ([["One device", one], ["Selected devices", many]] as const).map(([name, part]) => ({
    part,
    button: h("button", { type: "button", class: "chip", onclick: () => choose(part) }, name, " ", part === many && count),
  }));
  section.append(h("div", { class: "toolbar" }, h("h1", { class: "unseen" }, "Shell"), h("span", { class: "chips", role: "group", "aria-label": "Run on" }, ...modes.map(({ button }) => button))), one.element, many.element);

  function choose(part: typeof one): void {
    for (const mode of modes) {
      mode.button.setAttribute("aria-pressed", String(mode.part === part));
      mode.part.element.hidden = mode.part !== part;
    }
    part.show();
  }

  let before = 0;
  app.fleet.selected.subscribe(({ size }) => (count.textContent = String(size)));
  choose(one);
  return {
    show() {
      // Who has just selected devices means those.
      const { size } = app.fleet.selected.value;
      if (size > 0 && before === 0) choose(many);
      else modes.find(({ part }) => part.element.hidden === false)?.part.show();
      before = size;
    },
  };
}
