/** Where to connect, and as whom. */
import type { App } from "../app";
import { freshId, h } from "../dom";
import { remember, remembered } from "../model/memory";
import type { Credentials } from "../model/session";
import { sentence } from "../words";

export function connectDialog(app: App, site: Partial<Credentials>): { open(): void } {
  const { session } = app;
  const fields = {
    url: input("Cloud address", { type: "url", placeholder: "https://app.ardexa.com", autocomplete: "url" }),
    workgroup: input("Workgroup", { autocomplete: "organization" }),
    token: input("API token", { type: "password", autocomplete: "off" }),
  };
  const keep = h("input", { type: "checkbox" });
  const insecure = h("input", { type: "checkbox" });
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = h("button", { type: "submit", class: "primary" }, "Connect");
  const end = h("button", { type: "button", class: "quiet" }, "Disconnect");
  const title = h("h2", { id: freshId("title") }, "Connection");

  const form = h(
    "form",
    { novalidate: true },
    title,
    ...Object.values(fields).map(({ label }) => label),
    h("label", { class: "check" }, keep, h("span", {}, "Remember in this tab", h("small", {}, "Otherwise the token is kept in memory only, and gone with the page."))),
    h("label", { class: "check insecure" }, insecure, h("span", {}, "Send the token unencrypted", h("small", {}, "Only for an http: address in a network that you trust."))),
    problem,
    h("div", { class: "actions" }, end, h("span", { class: "spring" }), h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), submit),
  );
  const dialog = h("dialog", { "aria-labelledby": title.id }, form);
  document.body.append(dialog);

  const showInsecure = () => form.classList.toggle("is-insecure", /^(http|ws):\/\/(?!(localhost|127\.|\[::1\]))/.test(fields.url.box.value));
  fields.url.box.addEventListener("input", showInsecure);
  dialog.addEventListener("close", () => (fields.token.box.value = ""));

  /** Who corrects the form while an attempt is under way means the corrected one. */
  let attempts = 0;
  end.addEventListener("click", () => {
    remember(undefined);
    void session.disconnect().then(() => dialog.close());
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given: Credentials = {
      url: fields.url.box.value.trim(),
      workgroup: fields.workgroup.box.value.trim(),
      // Left empty, the token stays the one there is, for the same cloud.
      token: fields.token.box.value.trim() || tokenOf(fields.url.box.value.trim()),
      ...(insecure.checked && { allowInsecure: true }),
    };
    const empty = missing(given, form.classList.contains("is-insecure") && !insecure.checked);
    problem.textContent = empty;
    if (empty) return;
    const mine = ++attempts;
    submit.textContent = "Connecting …";
    const stop = session.state.subscribe(({ phase, problem: said }) => {
      // Attempts go on by themselves where there was no answer; the person need not wait here for that.
      if (mine !== attempts || phase !== "waiting" || !said) return;
      submit.textContent = "Connect";
      problem.textContent = `${said} Trying on; correct the address if it is wrong.`;
    });
    try {
      await session.connect(given);
      if (mine !== attempts) return;
      remember(keep.checked ? given : undefined);
      dialog.close();
    } catch (error) {
      if (mine !== attempts) return;
      problem.textContent = sentence(error);
      fields.token.box.focus();
    } finally {
      stop();
      if (mine === attempts) submit.textContent = "Connect";
    }
  });

  const tokenOf = (url: string) => {
    const { credentials } = session;
    if (credentials?.url === url) return credentials.token;
    return site.url === url ? site.token ?? "" : "";
  };

  return {
    open() {
      const known = session.credentials ?? remembered() ?? site;
      fields.url.box.value ||= known.url ?? "";
      fields.workgroup.box.value ||= known.workgroup ?? "";
      fields.token.box.placeholder = tokenOf(fields.url.box.value) ? "unchanged" : "";
      keep.checked = remembered() !== undefined;
      end.hidden = !["connected", "waiting", "connecting"].includes(session.state.value.phase);
      problem.textContent = session.state.value.phase === "ended" ? session.state.value.problem : "";
      showInsecure();
      if (!dialog.open) dialog.showModal();
      const empty = Object.values(fields).find(({ box }) => box.value === "" && box.placeholder !== "unchanged");
      (session.state.value.refused ? fields.token : empty ?? fields.url).box.focus();
    },
  };
}

function missing({ url, workgroup, token }: Credentials, isBare: boolean): string {
  if (!url) return "Type the cloud's address, for example https://app.ardexa.com.";
  if (isBare) return "This address is not encrypted: anyone on the way could read the token. Use https:, or tick “Send the token unencrypted”.";
  if (!workgroup) return "Type the workgroup's ID.";
  if (!token) return "Paste an API token of this workgroup.";
  return "";
}

function input(name: string, props: Record<string, string>) {
  const box = h("input", { type: "text", spellcheck: false, ...props });
  return { box, label: h("label", {}, name, box) };
}
