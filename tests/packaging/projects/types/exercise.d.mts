import type * as api from "ardexa-client";

export function exercise(from: typeof api, given: object): Promise<object>;
