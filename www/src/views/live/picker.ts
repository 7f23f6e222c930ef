/** What can be followed of a device: what is known of its tables, and a form for what is not. */
import type { FeedRequest } from "ardexa-client";
import type { App } from "../../app";
import { freshId, h } from "../../dom";

export function picker(app: App, add: (requests: FeedRequest[]) => void): { element: HTMLElement; update(): void } {
  const { fleet } = app;
  const title = h("h2", {});
  const known = h("div", { class: "known" });
  const fields = { table: box("Table"), source: box("Source"), field: box("Field") };
  fields.field.input.placeholder = "all, as an array";
  const problem = h("span", { class: "problem", role: "alert" });
  const form = h("form", { class: "manual" }, ...Object.values(fields).flatMap(({ label, list }) => [label, list]), h("button", { type: "submit" }, "Add feed"), problem);
  const element = h("div", { class: "picker", role: "region", "aria-label": "Add feeds" }, title, known, form);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const deviceId = fleet.current.value;
    const [table, source, field] = [fields.table, fields.source, fields.field].map(({ input }) => input.value.trim());
    problem.textContent = !deviceId ? "Choose a device first." : !table || !source ? "Type a table and a source." : "";
    if (!deviceId || !table || !source) return;
    add([{ deviceId, table, source, ...(field && { field }) }]);
    fields.field.input.value = "";
    fields.field.input.focus();
  });

  function update(): void {
    const id = fleet.current.value;
    const device = id === undefined ? undefined : fleet.devices.get(id);
    title.textContent = id === undefined ? "Choose a device to see its feeds" : `Feeds of ${fleet.nameOf(id)}`;
    known.replaceChildren();
    const sources = device?.sources ?? [];
    known.hidden = sources.length === 0;
    if (!id) return;
    for (const { table, source, fields } of sources) {
        const request = { deviceId: id, table, source };
        const numbers = fields.filter(({ type }) => type !== "keyword");
        known.append(
          h("div", { class: "source", role: "group", "aria-label": `${table} / ${source}` },
            h("span", { class: "path" }, `${table} / `, h("strong", {}, source)),
            h("span", { class: "fields" },
              ...fields.map(({ name: field }) => h("button", { type: "button", class: "chip", onclick: () => add([{ ...request, field }]) }, field)),
              h("button", { type: "button", class: "chip is-whole", onclick: () => add([request]) }, fields.length > 0 ? `All ${fields.length} in one` : "Add"),
              numbers.length > 1 && h("button", { type: "button", class: "quiet", onclick: () => add(numbers.map(({ name: field }) => ({ ...request, field }))) }, `Add ${numbers.length} charts`))),
        );
    }
    fields.table.offer([...new Set(sources.map(({ table }) => table))]);
    fields.source.offer([...new Set(sources.map(({ source }) => source))]);
    fields.field.offer([...new Set(sources.flatMap((source) => source.fields.map(({ name }) => name)))]);
  }
  return { element, update };
}

function box(name: string) {
  const list = h("datalist", { id: freshId("list") });
  const input = h("input", { type: "text", list: list.id, spellcheck: false, autocomplete: "off" });
  const label = h("label", {}, name, input);
  return { input, label, list, offer: (names: string[]) => list.replaceChildren(...names.map((text) => h("option", { value: text }))) };
}
