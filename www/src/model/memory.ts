/** What a tab or a browser stores. The token is stored only at the user's request. */
import type { Credentials } from "./session";

const CONNECTION = "ardexa:connection";
const CLOUD = "ardexa:cloud";

/** Storage may be blocked or full; then nothing is stored. */
function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** The connection remembered by this tab, including its token. */
export const remembered = (): Credentials | undefined => recall<Credentials>(CONNECTION);
/** Stores it in this tab's session storage; `undefined` removes it. */
export const remember = (credentials: Credentials | undefined) => store(CONNECTION, credentials);

/** The last cloud that this browser connected to; never a token. */
export const lastCloud = (): { url: string; workgroup: string } | undefined => recallLong(CLOUD);
export const rememberCloud = ({ url, workgroup }: Credentials) => storeLong(CLOUD, { url, workgroup });

/** Storage of this tab. */
export const recall = <T>(key: string): T | undefined => read<T>("session", key);
export const store = (key: string, value: unknown) => write("session", key, value);
/** Storage of this browser, across reloads and restarts. */
export const recallLong = <T>(key: string): T | undefined => read<T>("local", key);
export const storeLong = (key: string, value: unknown) => write("local", key, value);

const storage = (kind: "session" | "local") => (kind === "session" ? sessionStorage : localStorage);

function read<T>(kind: "session" | "local", key: string): T | undefined {
  return quietly(() => JSON.parse(storage(kind).getItem(key) ?? "null") as T | null) ?? undefined;
}

function write(kind: "session" | "local", key: string, value: unknown): void {
  quietly(() =>
    value === undefined ? storage(kind).removeItem(key) : storage(kind).setItem(key, JSON.stringify(value)),
  );
}
