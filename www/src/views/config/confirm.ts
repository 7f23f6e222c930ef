/** A second, deliberate act before something that a plant will feel. */
import { freshId, h } from "../../dom";

export function confirm({ title, what, act }: { title: string; what: string[]; act: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const heading = h("h2", { id: freshId("title") }, title);
    const tickBox = h("input", { type: "checkbox", onchange: () => (yes.disabled = !tickBox.checked) });
    const yes = h("button", { type: "button", class: "primary", disabled: true, onclick: () => dialog.close("yes") }, act);
    const no = h("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const dialog = h("dialog", { "aria-labelledby": heading.id, onclose: () => (dialog.remove(), resolve(dialog.returnValue === "yes")) },
      heading, ...what.map((text) => h("p", {}, text)), h("label", { class: "check understood" }, tickBox, h("span", {}, "I understand")), h("div", { class: "actions" }, h("span", { class: "spring" }), no, yes));
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
