/** The one connection of the page: its client, what state it is in, and the sentence for that. */
import { ArdexaClient, init } from "ardexa-client";
import type { ArdexaError, ClientEvents } from "ardexa-client";
import { signal } from "@preact/signals";
import { Emitter } from "../signals";
import { LOST, NOT_CONNECTED, Notice, isArdexaError, sentence } from "../words";

export interface Credentials {
  url: string;
  workgroup: string;
  token: string;
  allowInsecure?: boolean;
}

export type Phase = "none" | "connecting" | "connected" | "waiting" | "ended";

export interface SessionState {
  phase: Phase;
  /** Since when it is so. */
  sinceMs: number;
  /** When the next attempt is due, while waiting. */
  retryAtMs?: number;
  attempt: number;
  /** What happened; empty while all is well. */
  problem: string;
  /** There was a connection, and it was lost. */
  lost?: boolean;
  /** The cloud refused: without another token or workgroup no attempt will succeed. */
  refused?: boolean;
}

const NONE: SessionState = { phase: "none", sinceMs: Date.now(), attempt: 0, problem: "" };

export class Session {
  readonly state = signal<SessionState>(NONE);
  /** The client in use; another one for another cloud. */
  readonly client = signal<ArdexaClient | undefined>(undefined);
  readonly warnings = new Emitter<ArdexaError>();
  credentials: Credentials | undefined;

  /** The client, for an act that makes no sense without a connection: throws a sentence where there is none. */
  connected(): ArdexaClient {
    const client = this.client.value;
    if (!client || this.state.value.phase !== "connected") throw new Notice(NOT_CONNECTED);
    return client;
  }

  /** Settles when connected, or with why not. Further attempts go on by themselves unless the cloud refused. */
  async connect(credentials: Credentials): Promise<void> {
    const client = this.client.value;
    const old = this.credentials;
    if (client && old?.url === credentials.url && old.workgroup === credentials.workgroup && old.allowInsecure === credentials.allowInsecure) {
      old.token = credentials.token;
      if (client.state !== "closed") await client.close();
    } else await this.#replace(credentials);
    await this.again();
  }

  /** Connects with what was given before. */
  async again(): Promise<void> {
    const client = this.client.value;
    if (!client) return;
    this.#set("connecting", { problem: "" });
    try {
      await client.connect();
    } catch (error) {
      if (this.client.value !== client) return;
      if (isArdexaError(error) && error.code === "closed") return; // close() was called meanwhile
      this.#set("ended", { problem: sentence(error), refused: isArdexaError(error) && error.code === "unauthorized" });
      throw error;
    }
  }

  /** Ends the connection; the page keeps what it shows. */
  async disconnect(): Promise<void> {
    await this.client.value?.close();
    this.#set("ended", { problem: "" });
  }

  /** What is given counts once there is a client for it: the token of one cloud must not go to another. */
  async #replace(credentials: Credentials): Promise<void> {
    await init();
    const { url, workgroup, allowInsecure } = credentials;
    const options = {
      url,
      workgroup,
      // Asked again before every attempt: a token that was pasted meanwhile is the one that counts.
      token: () => credentials.token,
      reconnect: { firstConnect: true, maxDelayMs: 15_000 },
      ...(allowInsecure && { allowInsecure }),
    };
    const client = new ArdexaClient(options);
    const old = this.client.value;
    this.credentials = credentials;
    this.#listen(client);
    this.client.value = client;
    await old?.close();
  }

  #listen(client: ArdexaClient): void {
    const on = <K extends keyof ClientEvents>(event: K, act: (payload: ClientEvents[K]) => void) =>
      client.on(event, (payload) => {
        if (this.client.value === client) act(payload);
      });
    on("connect", () => this.#set("connected", { problem: "" }));
    on("disconnect", ({ reason, willReconnect }) => {
      if (reason === "io client disconnect") this.#set("ended", { problem: "" });
      else if (willReconnect) this.#set("waiting", { problem: LOST[reason], lost: true });
      else this.#set("ended", { problem: `${LOST[reason]}. Connect again, or paste a new token.` });
    });
    on("reconnecting", ({ attempt, delayMs }) => {
      const now = this.state.value;
      this.state.value = { ...now, phase: "waiting", attempt, sinceMs: now.phase === "waiting" ? now.sinceMs : Date.now(), retryAtMs: Date.now() + delayMs };
    });
    on("connect_error", ({ error, willRetry }) => {
      const refused = error.code === "unauthorized";
      if (!willRetry) this.#set("ended", { problem: sentence(error), refused });
      else if (!this.state.value.lost || error.code !== "unreachable") this.state.value = { ...this.state.value, problem: sentence(error) };
    });
    on("warning", ({ error }) => this.warnings.emit(error));
  }

  #set(phase: Phase, what: { problem: string; refused?: boolean; lost?: boolean }): void {
    this.state.value = { phase, sinceMs: Date.now(), attempt: 0, ...what };
  }
}
