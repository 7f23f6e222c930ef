/** A terminal for one device: a screen for each, a prompt below it. */
import type { App } from "../../app";
import { tick } from "../../signals";
import { copy, h, setText } from "../../dom";
import { Notice, sentence, span, took as spent } from "../../words";
import { asError, bold, dim, ended, green, printable, red } from "./ansi";
import { History } from "./history";
import type { Screen } from "./screen";

interface Running { abort: AbortController; startedMs: number; cmd: string }
interface Shell { place: HTMLElement; screen: Promise<Screen>; running?: Running }

export function oneShell(app: App): { element: HTMLElement; show(): void } {
  const { fleet, session } = app;
  const shells = new Map<string, Shell>();
  const history = new History();

  const screens = h("div", { class: "screens" });
  const who = h("span", { class: "who" });
  // A long name is cut; the sign after it stays.
  const prompt = h("label", { class: "mono prompt", htmlFor: "command" }, who, " $");
  const box = h("input", { id: "command", class: "mono", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: false, placeholder: "Type a command, for example: uptime", maxLength: 100_000 });
  const run = h("button", { type: "submit", class: "primary" }, "Run");
  const cancel = h("button", { type: "button", disabled: true, onclick: () => stop() }, "Stop waiting");
  const state = h("span", { class: "num quiet result", role: "status", "aria-label": "Last command" });
  const clock = h("span", { class: "num quiet", "aria-hidden": "true" });
  const clear = h("button", { type: "button", onclick: () => void current()?.screen.then((screen) => screen.clear()) }, "Clear");
  const copyAll = h("button", { type: "button", onclick: () => void current()?.screen.then((screen) => copy(copyAll, screen.text())) }, "Copy output");
  const form = h("form", { class: "commandline", autocomplete: "off" }, prompt, box, run, cancel);
  const element = h("div", { class: "one" }, screens, form, h("div", { class: "row under" }, state, clock, h("span", { class: "spring" }), clear, copyAll));
  const empty = h("p", { class: "empty" }, "Choose a device to open a terminal for it.");
  screens.append(empty);

  const current = () => shells.get(fleet.current.value ?? "");

  function shellOf(id: string): Shell {
    const known = shells.get(id);
    if (known) return known;
    const place = h("div", { class: "screen", role: "region", "aria-label": `Output of ${fleet.nameOf(id)}` });
    screens.append(place);
    const screen = import("./screen").then(({ makeScreen }) => {
      const made = makeScreen(place);
      made.write(dim(`Commands are run by the agent of ${fleet.nameOf(id)}, each in a shell of its own.`) + "\r\n");
      return made;
    });
    screen.catch(() => place.append(h("p", { class: "empty" }, "The terminal could not be loaded. Check the network, then reload the page.")));
    const shell: Shell = { place, screen };
    shells.set(id, shell);
    return shell;
  }

  function update(): void {
    const id = fleet.current.value;
    empty.hidden = id !== undefined;
    box.disabled = run.disabled = id === undefined;
    if (id === undefined) {
      cancel.disabled = true;
      return;
    }
    shellOf(id);
    for (const [other, { place, screen }] of shells) {
      place.hidden = other !== id;
      if (other === id) void screen.then((made) => made.fit());
    }
    const name = fleet.nameOf(id);
    setText(who, name);
    prompt.title = name;
    box.setAttribute("aria-label", `Command for ${name}`);
    const running = current()?.running;
    run.disabled = running !== undefined;
    cancel.disabled = running === undefined;
    if (running) setText(state, waiting(id));
    else setText(clock, "");
  }

  const waiting = (id: string) => (fleet.devices.get(id)?.online === false ? "Running… The device is offline: an answer may never come." : "Running…");

  async function start(cmd: string): Promise<void> {
    const id = fleet.current.value;
    const client = session.client.value;
    const shell = current();
    if (id === undefined || !shell || shell.running) return;
    history.add(cmd);
    box.value = "";
    const screen = await shell.screen;
    screen.write(`\r\n${bold(`${fleet.nameOf(id)} $ ${printable(cmd)}`)}\r\n`);
    const startedMs = performance.now();
    shell.running = { abort: new AbortController(), startedMs, cmd };
    update();
    const say = (text: string) => {
      if (current() === shell) setText(state, text);
    };
    try {
      if (!client) throw new Notice("Not connected, so nothing was run. Connect first.");
      const { stdout, stderr, returnCode } = await client.cmd(id, cmd, { signal: shell.running.abort.signal });
      fleet.heard(id);
      const took = spent(performance.now() - startedMs);
      if (stdout) screen.write(ended(printable(stdout)));
      if (stderr) screen.write(asError(stderr));
      screen.write((returnCode === 0 ? green(`✓ exit 0`) : red(`✗ exit ${returnCode}`)) + dim(` · ${took}`) + "\r\n");
      say(`Exit ${returnCode} after ${took}`);
    } catch (error) {
      const took = spent(performance.now() - startedMs);
      screen.write(asError(sentence(error)) + dim(`no return code · ${took}`) + "\r\n");
      say(sentence(error));
    } finally {
      delete shell.running;
      update();
    }
  }

  const stop = () => current()?.running?.abort.abort();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (box.value.trim()) void start(box.value);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      box.value = history.move(event.key === "ArrowUp" ? -1 : 1, box.value);
    } else if (event.key === "Escape" || (event.ctrlKey && event.key === "c" && box.selectionStart === box.selectionEnd)) {
      if (current()?.running) stop();
      else box.value = "";
      event.preventDefault();
    } else if (event.ctrlKey && event.key === "l") {
      event.preventDefault();
      clear.click();
    }
  });
  screens.addEventListener("click", () => {
    if (getSelection()?.isCollapsed) box.focus();
  });
  tick.on(() => {
    const running = current()?.running;
    if (running) setText(clock, span(performance.now() - running.startedMs));
  });
  fleet.current.subscribe(() => {
    setText(state, "");
    update();
  });
  fleet.happened.on(({ deviceId, text, kind }) => {
    const shell = shells.get(deviceId);
    if (!shell?.running || kind === "other") return;
    void shell.screen.then((screen) => screen.write(dim(`The device ${text}.`) + "\r\n"));
    if (current() === shell) setText(state, waiting(deviceId));
  });
  return {
    element,
    show() {
      update();
      if (matchMedia("(pointer: fine)").matches) box.focus();
    },
  };
}
