/** The configuration of a device, and what else its agent can be asked to do. */
import "./config.css";
import type { AgentConfig, ArdexaClient } from "ardexa-client";
import type { App, View } from "../../app";
import { h, setText } from "../../dom";
import { Notice, isArdexaError, sentence, spoken } from "../../words";
import { confirm } from "./confirm";
import type { Editor, Language } from "./editor";
import { locate } from "./locate";
import { Timeline } from "./timeline";

const FILE = "/etc/ardexa/ardexa.yaml";
/** How long after an answer a device's changes are told as its consequences. */
const AFTER_MS = 60_000;

const SAMPLES: Record<Language, string> = {
  yaml: `run:
  - command: "cat /proc/loadavg | cut -d' ' -f1"
    frequency: 30
    expect: decimal
    table: system
    source: load
    meta: {units: "%"}
`,
  json: `{
  "run": [
    {
      "command": "cat /proc/loadavg | cut -d' ' -f1",
      "frequency": 30,
      "expect": "decimal",
      "table": "system",
      "source": "load",
      "meta": { "units": "%" }
    }
  ]
}
`,
};

export function configView(section: HTMLElement, app: App): View {
  const { fleet, session } = app;
  const timeline = new Timeline(app);
  let language: Language = "yaml";
  let editor: Editor | undefined;
  let isBusy = false;
  /** Devices whose upgrade is under way. */
  const upgrading = new Set<string>();

  const title = h("h2", {});
  const chips = (["yaml", "json"] as const).map((name) => ({ name, button: h("button", { type: "button", class: "chip", onclick: () => void switchTo(name) }, name.toUpperCase()) }));
  const load = h("button", { type: "button", title: `Runs cat ${FILE} on the device`, onclick: () => void read() }, "Load from device");
  const test = h("button", { type: "button", onclick: () => void testIt() }, "Test");
  const apply = h("button", { type: "button", class: "primary", onclick: () => void applyIt() }, "Apply …");
  const problem = h("p", { class: "problem", role: "alert" });
  const host = h("div", { class: "editor" });
  const wait = h("p", { class: "empty" }, "Loading the editor …");
  const acts = {
    refresh: act("Refresh metadata …", "The agent reads its metadata anew, and restarts for it.", refresh),
    upgrade: act("Upgrade agent …", "The newest agent is fetched and installed, and restarts.", upgrade),
    ardexactl: act("Send ardexactl", "The control program is sent to the device.", () => send("sendArdexactl", "Send ardexactl")),
    ardpkg: act("Send ardpkg", "The package tool is sent to the device.", () => send("sendArdpkg", "Send ardpkg")),
  };
  section.append(
    h("h1", { class: "unseen" }, "Config"),
    h("div", { class: "split" },
      h("div", { class: "left" }, h("div", { class: "toolbar" }, title, h("span", { class: "chips", role: "group", "aria-label": "Language" }, ...chips.map(({ button }) => button)), h("span", { class: "spring" }), load, test, apply), problem, wait, host),
      h("div", { class: "right" }, h("div", { class: "acts", role: "group", "aria-label": "Agent" }, h("h2", {}, "Agent"), ...Object.values(acts).map(({ element }) => element)), timeline.element)),
  );

  function act(name: string, what: string, run: () => Promise<void>) {
    const button = h("button", { type: "button", onclick: () => void run() }, name);
    return { button, element: h("div", { class: "act" }, button, h("small", {}, what)) };
  }

  /** The client and the device, or a sentence where the user acted. */
  function target(): { client: ArdexaClient; id: string; name: string } | undefined {
    const client = session.client.value;
    const id = fleet.current.value;
    problem.textContent = !id ? "Choose a device first." : !client || session.state.value.phase !== "connected" ? "Not connected. Try again once the connection is back." : "";
    return client && id && !problem.textContent ? { client, id, name: fleet.nameOf(id) } : undefined;
  }

  async function guarded(run: () => Promise<unknown>): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    update();
    try {
      await run();
    } catch (error) {
      problem.textContent = sentence(error);
    } finally {
      isBusy = false;
      update();
    }
  }

  // --- the configuration

  async function parsed(): Promise<AgentConfig> {
    const text = editor?.text() ?? "";
    if (text.trim() === "") throw new Notice("The editor is empty. Load the device's configuration, or write one.");
    if (language === "json") {
      try {
        return JSON.parse(text) as AgentConfig;
      } catch (error) {
        throw new Notice(`This is no JSON: ${(error as Error).message}`);
      }
    }
    const { parseDocument } = await import("yaml");
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error) {
      const at = error.linePos?.[0];
      const message = (error.message.split("\n", 1)[0] ?? "").replace(/:$/, ".");
      if (at) editor?.mark([{ line: at.line, column: at.col, message }]);
      throw new Notice(`This is no YAML: ${message}`);
    }
    return document.toJS() as AgentConfig;
  }

  function refused(error: unknown, isVerbatim: boolean): void {
    problem.textContent = sentence(error);
    if (isArdexaError(error) && error.code === "rejected") editor?.mark(locate(spoken(error), editor.text(), isVerbatim));
  }

  const testIt = () =>
    guarded(async () => {
      const to = target();
      if (!to) return;
      editor?.mark([]);
      const config = await parsed();
      const result = await timeline.run("Test configuration", to.id, () => to.client.testConfig(to.id, config), { done: () => "The agent would take this configuration. Nothing was changed." });
      if ("error" in result) refused(result.error, false);
    });

  const applyIt = () =>
    guarded(async () => {
      const to = target();
      if (!to) return;
      editor?.mark([]);
      const text = editor?.text() ?? "";
      const config = await parsed();
      const sure = await confirm({
        title: `Apply to ${to.name}?`,
        what: [`The configuration of ${to.name} is replaced by the one in the editor.`, "The agent restarts: the device is offline for a moment, its feeds pause, and commands that are running are lost."],
        act: "Apply and restart the agent",
      });
      if (!sure) return;
      const send = () => (language === "yaml" ? to.client.applyYamlConfig(to.id, text) : to.client.applyConfig(to.id, config));
      const result = await timeline.run("Apply configuration", to.id, send, { done: () => "The agent has taken the configuration and restarts.", watchMs: AFTER_MS });
      if ("error" in result) refused(result.error, language === "yaml");
    });

  const read = () =>
    guarded(async () => {
      const to = target();
      if (!to) return;
      const result = await timeline.run("Load configuration", to.id, async () => {
        const { stdout, stderr, returnCode } = await to.client.cmd(to.id, `cat ${FILE}`);
        if (returnCode !== 0) throw new Notice(`The device answered: ${stderr.trim() || `exit ${returnCode}`}`);
        return stdout;
      }, { done: () => `This is ${FILE} of the device now.` });
      if ("error" in result) return void (problem.textContent = sentence(result.error));
      show("yaml", result.value);
    });

  /** What is written is kept: it is put into the other language. */
  const switchTo = (name: Language) =>
    guarded(async () => {
      if (name === language) return;
      const text = editor?.text() ?? "";
      if (text.trim() === "" || text === SAMPLES[language]) return show(name, text && SAMPLES[name]);
      problem.textContent = "";
      const config = await parsed();
      show(name, name === "json" ? `${JSON.stringify(config, undefined, 2)}\n` : (await import("yaml")).stringify(config));
    });

  function show(name: Language, text: string): void {
    language = name;
    editor?.setLanguage(name);
    editor?.setText(text);
    problem.textContent = "";
    update();
  }

  // --- the agent

  async function refresh(): Promise<void> {
    const to = target();
    if (!to || !(await confirm({ title: `Refresh the metadata of ${to.name}?`, what: ["The agent restarts to read its metadata anew: the device is offline for a moment."], act: "Refresh and restart the agent" }))) return;
    await timeline.run("Refresh metadata", to.id, () => to.client.refreshMeta(to.id), { done: () => "Asked for. New metadata follows once the agent is back.", watchMs: AFTER_MS });
  }

  async function upgrade(): Promise<void> {
    const to = target();
    if (!to || !(await confirm({ title: `Upgrade the agent of ${to.name}?`, what: ["The newest agent is fetched and installed. The agent restarts: the device is offline for a moment, its feeds pause, and commands that are running are lost.", "It can take minutes. This page tells each step."], act: "Upgrade the agent" }))) return;
    upgrading.add(to.id);
    update();
    await timeline.run("Upgrade agent", to.id, ({ step }) => to.client.doUpgrade(to.id, { onProgress: ({ status, complete }) => !complete && step(status) }), { done: ({ status }) => `The agent is upgraded (${status}).`, watchMs: AFTER_MS });
    upgrading.delete(to.id);
    update();
  }

  async function send(method: "sendArdexactl" | "sendArdpkg", name: string): Promise<void> {
    const to = target();
    if (to) await timeline.run(name, to.id, () => to.client[method](to.id), { done: () => "Sent." });
  }

  // --- what is shown

  function update(): void {
    const id = fleet.current.value;
    setText(title, id === undefined ? "No device chosen" : fleet.nameOf(id));
    for (const { name, button } of chips) button.setAttribute("aria-pressed", String(name === language));
    for (const button of [load, test, apply]) button.disabled = isBusy || id === undefined || !editor;
    for (const { button } of Object.values(acts)) button.disabled = id === undefined;
    if (id !== undefined && upgrading.has(id)) acts.upgrade.button.disabled = true;
  }

  void import("./editor").then(({ makeEditor }) => {
    wait.remove();
    editor = makeEditor(host, { label: "Configuration", onChange: () => (problem.textContent = "") });
    editor.setLanguage(language);
    editor.setText(SAMPLES[language]);
    update();
  }, () => (wait.textContent = "The editor could not be loaded. Check the network, then reload the page."));
  fleet.current.watch(() => {
    problem.textContent = "";
    update();
  });
  fleet.changed.on(update);
  update();
  return { show: update };
}
