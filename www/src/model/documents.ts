/** A configuration document for each device: what is in the editor belongs to the device that it was loaded or written for. */
import { computed, signal } from "@preact/signals";
import { recall, store } from "./memory";

export type Language = "yaml" | "json";
/** A configuration that a device had before another was applied. */
export interface Version { atMs: number; text: string }
/** A place in a text, from line 1 and column 1 on. */
export interface Mark { line: number; column?: number; message: string }
/** What is wrong, in a sentence; the other side's own words where there are any. */
export interface Problem { text: string; raw?: string; marks?: Mark[] }

const MOST_VERSIONS = 10;

export class ConfigDocument {
  readonly text = signal("");
  readonly language = signal<Language>("yaml");
  /** What the device had when it was last read or written; undefined before that. */
  readonly onDevice = signal<{ text: string; atMs: number } | undefined>(undefined);
  readonly versions = signal<Version[]>([]);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly isBusy = signal(false);
  readonly isEmpty = computed(() => this.text.value.trim() === "");
  readonly isChanged = computed(() => !this.isEmpty.value && this.text.value !== this.onDevice.value?.text);
  readonly #key: string;

  constructor(readonly deviceId: string) {
    this.#key = `ardexa:versions:${deviceId}`;
    this.versions.value = recall<Version[]>(this.#key) ?? [];
  }

  show(language: Language, text: string): void {
    this.language.value = language;
    this.text.value = text;
    this.problem.value = undefined;
  }

  /** The text is what the device has now. */
  settle(text: string): void {
    this.onDevice.value = { text, atMs: Date.now() };
  }

  /** Keeps what another configuration is about to replace, in this tab. */
  keep(text: string): void {
    this.versions.value = [{ atMs: Date.now(), text }, ...this.versions.value.filter((version) => version.text !== text)].slice(0, MOST_VERSIONS);
    store(this.#key, this.versions.value);
  }
}

export class Documents {
  #all = new Map<string, ConfigDocument>();

  of(deviceId: string): ConfigDocument {
    let document = this.#all.get(deviceId);
    if (!document) this.#all.set(deviceId, (document = new ConfigDocument(deviceId)));
    return document;
  }
}
