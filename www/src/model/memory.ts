/** What a tab remembers: nothing of the token unless the user asks for it. */
import type { Credentials } from "./session";

const CONNECTION = "ardexa:connection";

/** Storage may be forbidden; then nothing is remembered. */
function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

export const remembered = (): Credentials | undefined => recall<Credentials>(CONNECTION);

/** In this tab's session storage, or, with `undefined`, nowhere. */
export const remember = (credentials: Credentials | undefined) => store(CONNECTION, credentials);

export function recall<T>(key: string): T | undefined {
  return quietly(() => JSON.parse(sessionStorage.getItem(key) ?? "null") as T | null) ?? undefined;
}

export function store(key: string, value: unknown): void {
  quietly(() => (value === undefined ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, JSON.stringify(value))));
}
