/** The page's only connection: its client, its state, and the current problem in a sentence. */
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
  /** Start of the current phase. */
  sinceMs: number;
  /** When the next attempt is due, while waiting. */
  retryAtMs?: number;
  attempt: number;
  /** The problem in a sentence; empty if there is none. */
  problem: string;
  /** Set if an established connection was lost. */
  lost?: boolean;
  /** Set if the cloud refused: only another token or workgroup can help. */
  refused?: boolean;
}

const NONE: SessionState = { phase: "none", sinceMs: Date.now(), attempt: 0, problem: "" };

export class Session {
  readonly state = signal<SessionState>(NONE);
  /** The current client; replaced when the cloud changes. */
  readonly client = signal<ArdexaClient | undefined>(undefined);
  readonly warnings = new Emitter<ArdexaError>();
  credentials: Credentials | undefined;

  /** Returns the client; throws a sentence for the user if not connected. */
  connected(): ArdexaClient {
    const client = this.client.value;
    if (!client || this.state.value.phase !== "connected") throw new Notice(NOT_CONNECTED);
    return client;
  }

  /** Resolves when connected, else rejects with the reason. Retries continue by themselves unless the cloud refused. */
  async connect(credentials: Credentials): Promise<void> {
    const client = this.client.value;
    const old = this.credentials;
    if (
      client &&
      old?.url === credentials.url &&
      old.workgroup === credentials.workgroup &&
      old.allowInsecure === credentials.allowInsecure
    ) {
      old.token = credentials.token;
      if (client.state !== "closed") await client.close();
    } else await this.#replace(credentials);
    await this.again();
  }

  /** Reconnects with the previous credentials. */
  async again(): Promise<void> {
    const client = this.client.value;
    if (!client) return;
    this.#set("connecting", { problem: "" });
    try {
      await client.connect();
    } catch (error) {
      if (this.client.value !== client) return;
      if (isArdexaError(error) && error.code === "closed") return; // close() was called in the meantime
      this.#set("ended", { problem: sentence(error), refused: isArdexaError(error) && error.code === "unauthorized" });
      throw error;
    }
  }

  /** Ends the connection; the page keeps its contents. */
  async disconnect(): Promise<void> {
    await this.client.value?.close();
    this.#set("ended", { problem: "" });
  }

  /** Credentials take effect with a new client: the token of one cloud must not go to another. */
  async #replace(credentials: Credentials): Promise<void> {
    await init();
    const { url, workgroup, allowInsecure } = credentials;
    const options = {
      url,
      workgroup,
      // Called before every attempt, so that a newly pasted token is used.
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
      this.state.value = {
        ...now,
        phase: "waiting",
        attempt,
        sinceMs: now.phase === "waiting" ? now.sinceMs : Date.now(),
        retryAtMs: Date.now() + delayMs,
      };
    });
    on("connect_error", ({ error, willRetry }) => {
      const refused = error.code === "unauthorized";
      if (!willRetry) this.#set("ended", { problem: sentence(error), refused });
      else if (!this.state.value.lost || error.code !== "unreachable")
        this.state.value = { ...this.state.value, problem: sentence(error) };
    });
    on("warning", ({ error }) => this.warnings.emit(error));
  }

  #set(phase: Phase, what: { problem: string; refused?: boolean; lost?: boolean }): void {
    this.state.value = { phase, sinceMs: Date.now(), attempt: 0, ...what };
  }
}
