/** The Config view's actions. Each one applies to a document and that document's device only. */
import type { AgentConfig } from "ardexa-client";
import type { App } from "../../app";
import type { ConfigDocument, Language, Problem } from "../../model/documents";
import { tasksOf } from "../../model/tasks";
import { AFTER_MS } from "../../model/upgrade";
import { Notice, isArdexaError, sentence, spoken } from "../../words";
import { explain } from "./explain";

export const FILE = "/etc/ardexa/ardexa.yaml";
export const EXAMPLE = `run:
  - command: "cat /proc/loadavg | cut -d' ' -f1"
    frequency: 30
    expect: decimal
    table: system
    source: load
    meta: {units: "%"}
`;

/** A problem with positions in the text. */
class Unreadable extends Error {
  constructor(readonly problem: Problem) {
    super(problem.text);
  }
}

/** Runs one action at a time on a document; errors are shown next to the text. */
export async function guarded(document: ConfigDocument, act: () => Promise<unknown>): Promise<void> {
  if (document.isBusy.value) return;
  document.isBusy.value = true;
  document.problem.value = undefined;
  try {
    await act();
  } catch (error) {
    document.problem.value = error instanceof Unreadable ? error.problem : { text: sentence(error) };
  } finally {
    document.isBusy.value = false;
  }
}

async function parsed(document: ConfigDocument): Promise<AgentConfig> {
  const text = document.text.value;
  if (text.trim() === "") throw new Notice("The editor is empty. Load the device's configuration, or write one.");
  if (document.language.value === "json") {
    try {
      return JSON.parse(text) as AgentConfig;
    } catch (error) {
      throw new Unreadable({
        text: "This is not valid JSON. The error is marked in the text.",
        raw: (error as Error).message,
      });
    }
  }
  const { parseDocument } = await import("yaml");
  const read = parseDocument(text);
  const [error] = read.errors;
  if (!error) return read.toJS() as AgentConfig;
  const at = error.linePos?.[0];
  const message = (error.message.split("\n", 1)[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
  const where = at ? ` (line ${at.line}, column ${at.col})` : "";
  throw new Unreadable({
    text: `This is not valid YAML${where}.`,
    raw: message,
    ...(at && { marks: [{ line: at.line, column: at.col, message }] }),
  });
}

/** In the format of the device's file, for comparison. */
async function asYaml(document: ConfigDocument): Promise<string> {
  if (document.language.value === "yaml") return document.text.value;
  return (await import("yaml")).stringify(await parsed(document));
}

const refused = (document: ConfigDocument, error: unknown, isVerbatim: boolean): void => {
  document.problem.value =
    isArdexaError(error) && error.code === "rejected"
      ? explain(spoken(error), document.text.value, isVerbatim)
      : { text: sentence(error) };
};
/** The timeline shows only the outcome; the reasons are next to the text. */
const briefly = (error: unknown) =>
  isArdexaError(error) && error.code === "rejected"
    ? "The agent refused this configuration. Nothing was changed."
    : sentence(error);

export const test = (app: App, document: ConfigDocument) =>
  guarded(document, async () => {
    const client = app.session.connected();
    const config = await parsed(document);
    const { deviceId } = document;
    const result = await tasksOf(app).run({
      title: "Test configuration",
      deviceId,
      act: () => client.testConfig(deviceId, config),
      failed: briefly,
      done: () => "The agent accepts this configuration. Nothing was changed.",
    });
    if ("error" in result) refused(document, result.error, false);
    else app.fleet.heard(deviceId);
  });

async function readFile(app: App, deviceId: string): Promise<string> {
  const { stdout, stderr, returnCode } = await app.session.connected().cmd(deviceId, `cat ${FILE}`);
  app.fleet.heard(deviceId);
  if (returnCode !== 0)
    throw new Notice(`${FILE} could not be read (${stderr.trim() || `exit ${returnCode}`}). Check the file in Shell.`);
  return stdout;
}

export const load = (app: App, document: ConfigDocument) =>
  guarded(document, async () => {
    const { deviceId } = document;
    const result = await tasksOf(app).run({
      title: "Load configuration",
      deviceId,
      act: () => readFile(app, deviceId),
      done: () => `Loaded ${FILE} from the device.`,
    });
    if ("error" in result) throw result.error;
    document.show("yaml", result.value);
    document.settle(result.value);
  });

/** @param confirm shows the changes; `before` is undefined if the device's file could not be read */
export const apply = (
  app: App,
  document: ConfigDocument,
  confirm: (before: string | undefined, after: string) => Promise<boolean>,
) =>
  guarded(document, async () => {
    const client = app.session.connected();
    const { deviceId } = document;
    const text = document.text.value;
    const language = document.language.value;
    const config = await parsed(document);
    const after = await asYaml(document);
    const before = await readFile(app, deviceId).catch(() => undefined);
    if (!(await confirm(before, after))) return;
    const result = await tasksOf(app).run({
      title: "Apply configuration",
      deviceId,
      failed: briefly,
      watchMs: AFTER_MS,
      act: () => (language === "yaml" ? client.applyYamlConfig(deviceId, text) : client.applyConfig(deviceId, config)),
      done: () => "The agent accepted the configuration and is restarting.",
    });
    if ("error" in result) return refused(document, result.error, language === "yaml");
    app.fleet.heard(deviceId);
    if (before !== undefined) document.keep(before);
    document.settle(text);
  });

/** Keeps the text by converting it to the other language. */
export const translate = (document: ConfigDocument, language: Language) =>
  guarded(document, async () => {
    if (document.language.value === language) return;
    if (document.isEmpty.value) return document.show(language, "");
    const isUnchanged = !document.isChanged.value;
    const config = await parsed(document);
    document.show(
      language,
      language === "json" ? `${JSON.stringify(config, undefined, 2)}\n` : (await import("yaml")).stringify(config),
    );
    if (isUnchanged) document.settle(document.text.value);
  });
