/** The recorded frames. A frame is parsed only when shown, because thousands of samples may arrive per second. */

/** Frames kept of each kind, counted separately so that samples do not displace everything else. */
const KEPT = 2_000;
/** Bytes kept of a binary frame. */
const BINARY_BYTES = 4_096;

export interface Frame {
  n: number;
  atMs: number;
  direction: "in" | "out";
  text: string;
  size: number;
  isBinary: boolean;
  about?: About;
}
/** The parsed content of a frame: its event, its device, and the id that links it to others. */
export interface About {
  event: string;
  deviceId: string;
  requestId: string;
  summary: string;
}

interface Asked {
  n: number;
  deviceId: string;
  atMs: number;
  answeredMs?: number;
}

export class Frames {
  talk: Frame[] = [];
  noise: Frame[] = [];
  count = 0;
  /** Requests by id: replies contain neither the device nor the time of the request. */
  #asked = new Map<string, Asked>();

  record(direction: "in" | "out", frame: string | Uint8Array): void {
    const isBinary = typeof frame !== "string";
    const text = isBinary
      ? [...frame.subarray(0, BINARY_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
      : frame;
    const list = isNoise(direction, text) ? this.noise : this.talk;
    const made: Frame = { n: ++this.count, atMs: Date.now(), direction, text, size: frame.length, isBinary };
    list.push(made);
    if (direction === "out") this.#ask(made);
    else if (list === this.talk) this.#answer(made);
    if (list.length > 2 * KEPT) list.splice(0, KEPT);
  }

  #ask(frame: Frame): void {
    const { requestId, deviceId } = aboutOf(frame);
    if (!requestId) return;
    this.#asked.set(requestId, { n: frame.n, deviceId, atMs: frame.atMs });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > KEPT && oldest !== undefined) this.#asked.delete(oldest);
  }

  #answer(frame: Frame): void {
    const asked = this.#asked.get(aboutOf(frame).requestId);
    if (asked) asked.answeredMs ??= frame.atMs;
  }

  /** Links a request to its first answer, or an answer to its request. */
  joint(frame: Frame): { isRequest: boolean; ms: number } | undefined {
    const asked = this.#asked.get(aboutOf(frame).requestId);
    if (!asked) return undefined;
    const isRequest = asked.n === frame.n;
    const toMs = isRequest ? asked.answeredMs : frame.atMs;
    return toMs === undefined ? undefined : { isRequest, ms: toMs - asked.atMs };
  }

  /** The device of a frame: its own, or its request's. */
  deviceOf(frame: Frame): string {
    const { deviceId, requestId } = aboutOf(frame);
    return deviceId || (this.#asked.get(requestId)?.deviceId ?? "");
  }

  clear(): void {
    this.talk = [];
    this.noise = [];
  }

  /** Newest first. */
  list({ isQuiet, way, words }: { isQuiet: boolean; way: string; words: string }): Frame[] {
    const fits = (frame: Frame) =>
      (way === "" || frame.direction === way) && (words === "" || frame.text.toLowerCase().includes(words));
    const found: Frame[] = [];
    let [t, n] = [this.talk.length - 1, isQuiet ? -1 : this.noise.length - 1];
    // Both lists are in order: merge them from the end.
    while (t >= 0 || n >= 0) {
      const frame = t >= 0 && (n < 0 || this.talk[t]!.n > this.noise[n]!.n) ? this.talk[t--]! : this.noise[n--]!;
      if (fits(frame)) found.push(frame);
    }
    return found;
  }

  /** The other frames of the same request, oldest first. */
  joined(frame: Frame): Frame[] {
    const { requestId } = aboutOf(frame);
    return requestId === ""
      ? []
      : this.talk.filter(
          (other) => other !== frame && other.text.includes(requestId) && aboutOf(other).requestId === requestId,
        );
  }
}

/** Pings, and samples: every incoming frame of a feed that is neither an answer nor its end. */
const isNoise = (direction: "in" | "out", text: string) =>
  text === "2" ||
  text === "3" ||
  (direction === "in" &&
    text.startsWith('42["device:feed') &&
    !/^42\["device:feed:(rpc|stop)/.test(text) &&
    !text.includes('"error"'));

const PACKETS: Record<string, string> = {
  0: "open",
  1: "close",
  2: "ping",
  3: "pong",
  40: "connect",
  41: "disconnect",
  44: "refused",
};

export function aboutOf(frame: Frame): About {
  return (frame.about ??= read(frame));
}

function read({ text, isBinary }: Frame): About {
  if (isBinary) return { event: "binary", deviceId: "", requestId: "", summary: text.slice(0, 120) };
  const [kind = ""] = /^\d+/.exec(text) ?? [];
  const plain = { event: PACKETS[kind] ?? kind, deviceId: "", requestId: "", summary: text.slice(kind.length, 300) };
  const at = text.indexOf("[");
  if (at < 0 || !kind.startsWith("4")) return plain;
  try {
    const [event, payload] = JSON.parse(text.slice(at)) as [unknown, Record<string, unknown> | null | undefined];
    if (typeof event !== "string") return plain;
    const { deviceId, device, id, cn, requestId, ...rest } =
      typeof payload === "object" && payload !== null ? payload : {};
    const common = typeof cn === "string" ? /CN=([^,]+)/.exec(cn)?.[1] : undefined;
    const name = [deviceId, device, id, common].find((one) => typeof one === "string");
    return {
      event,
      deviceId: typeof name === "string" ? name : "",
      requestId: typeof requestId === "string" ? requestId : "",
      summary: JSON.stringify(rest).slice(0, 300),
    };
  } catch {
    return plain;
  }
}

/** The JSON of a frame, pretty-printed after its packet type. */
export function pretty(text: string): string {
  const at = text.search(/[[{]/);
  if (at < 0) return text;
  try {
    return `${text.slice(0, at)}\n${JSON.stringify(JSON.parse(text.slice(at)), undefined, 2)}`.trimStart();
  } catch {
    return text;
  }
}

export const lineOf = ({ atMs, direction, text }: Frame) =>
  `${new Date(atMs).toISOString()} ${direction === "in" ? "<-" : "->"} ${text}`;
