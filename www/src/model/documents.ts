/** One configuration document per device: the editor's text belongs to the device that it was loaded or written for. */
import { computed, signal } from "@preact/signals";
import { recall, store } from "./memory";

export type Language = "yaml" | "json";
/** A configuration that the device had before another one was applied. */
export interface Version {
  atMs: number;
  text: string;
}
/** A position in a text; line and column count from 1. */
export interface Mark {
  line: number;
  column?: number;
  message: string;
}
/** The problem in a sentence, with the original message of the device or parser, if any. */
export interface Problem {
  text: string;
  raw?: string;
  marks?: Mark[];
}

const MOST_VERSIONS = 10;

export class ConfigDocument {
  readonly text = signal("");
  readonly language = signal<Language>("yaml");
  /** The device's configuration when last read or written; undefined before that. */
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

  /** Marks the text as the device's current configuration. */
  settle(text: string): void {
    this.onDevice.value = { text, atMs: Date.now() };
  }

  /** Keeps the configuration that is about to be replaced, in this tab. */
  keep(text: string): void {
    this.versions.value = [
      { atMs: Date.now(), text },
      ...this.versions.value.filter((version) => version.text !== text),
    ].slice(0, MOST_VERSIONS);
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
