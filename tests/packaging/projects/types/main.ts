import { ArdexaError, connect, type ClientOptions, type FeedRequest } from "ardexa-client";
import { init as initInline, type ArdexaClient as InlineClient } from "ardexa-client/inline";
import * as api from "ardexa-client";
import type source from "ardexa-client/ardexa_client_bg.wasm";
import { exercise } from "./exercise.mjs";

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(text: string): void };

interface Given {
  options: ClientOptions;
  deviceId: string;
  request: FeedRequest;
  samples: number;
}

export type Same = InlineClient;
export const initFrom = (module: typeof source): Promise<void> => api.init(module);
const given: Given = JSON.parse(process.env.GIVEN ?? "");
await initInline();
const refused: unknown = await connect({ ...given.options, workgroup: "" }).catch((error: unknown) => error);
if (!(refused instanceof ArdexaError) || refused.code !== "invalid-argument") throw new Error("refused otherwise");
// @ts-expect-error: what is needed is needed
await connect({ url: given.options.url }).catch(() => undefined);
console.log(JSON.stringify(await exercise(api, given)));
