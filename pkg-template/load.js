// How the module gets into the generated glue: once, whoever asks first; and why not, where it cannot.

/** The build that this JavaScript belongs to, put in by scripts/bundle/; the module has it in a section of its own. */
const BUILD = ARDEXA_BUILD;
const SECTION = "ardexa-client";

/** How platforms say that they compile no bytes. */
const POLICY = /content.security.policy|\bcsp\b/i;
const EMBEDDER = /disallowed by embedder/;

/**
 * @param {object} core
 * @param {typeof Error} core.ArdexaError
 * @param {(module: WebAssembly.Module) => unknown} core.start gives the module to the glue
 * @param {(given?: unknown) => unknown} place where the module is: as given, or else by itself
 * @param {string} hint what to do where it is not there
 */
export function makeLoader({ ArdexaError, start }, place, hint) {
  let loading;
  let loaded = false;

  /** An error of code `unreachable` may go away by itself. */
  const failure = (why, cause, code = "invalid-argument") =>
    new ArdexaError(`the WebAssembly module could not be loaded: ${why}`, { code, cause });

  /** The bytes at an address, or the module where the platform compiles them on their way. */
  async function fetched(source) {
    let response = source;
    try {
      if (source.ok === undefined) response = await fetch(source);
      if (!response.ok) throw new Error(`status ${response.status}`);
    } catch (cause) {
      throw failure(`${cause.message}; ${hint}`, cause, "unreachable");
    }
    const streams = WebAssembly.compileStreaming && response.headers.get("content-type")?.startsWith("application/wasm");
    return streams ? WebAssembly.compileStreaming(response) : response.arrayBuffer();
  }

  async function compiled(source) {
    let from = source;
    // A URL has `href`, a Request or Response `url`. Their classes are not named: Node would load its `fetch` for that.
    if (typeof from === "string" || (from.href ?? from.url) !== undefined) from = await fetched(from);
    if (from instanceof WebAssembly.Module) return from;
    try {
      return await WebAssembly.compile(from);
    } catch (cause) {
      const [first] = new Uint8Array(from.buffer ?? from, from.byteOffset ?? 0, Math.min(1, from.byteLength || 0));
      throw first === LESS_THAN ? failure(`HTML is in its place; ${hint}`, cause) : cause;
    }
  }

  /** A module of another build would misread what this JavaScript gives it. */
  function checkBuild(module) {
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    const build = section ? new TextDecoder().decode(section) : "unknown";
    if (build !== BUILD) {
      throw failure(`it is of version ${build} and this JavaScript of ${BUILD}; take both from one package, and empty caches`);
    }
  }

  /** @param {any} cause what was thrown while it was loaded */
  function explained(cause) {
    if (cause instanceof ArdexaError) return cause;
    if (!globalThis.WebAssembly) return failure("this platform has no WebAssembly", cause);
    const { message } = cause;
    if (POLICY.test(message)) return failure("a Content-Security-Policy forbids it; add 'wasm-unsafe-eval' to its script-src", cause);
    if (EMBEDDER.test(message)) return failure("this platform compiles no bytes; import the .wasm file, and give that to init()", cause);
    return failure(`${message}; ${hint}`, cause);
  }

  async function load(source) {
    try {
      const module = await compiled(await place(source));
      checkBuild(module);
      await start(module);
      loaded = true;
    } catch (cause) {
      loading = undefined;
      throw explained(cause);
    }
  }

  return {
    /** @param {unknown} [source] */
    init(source) {
      loading ??= load(source);
      return loading;
    },
    check() {
      if (!loaded) {
        throw new ArdexaError("the WebAssembly module is not loaded yet: await init() before new ArdexaClient(), or use connect()", { code: "not-connected" });
      }
    },
    explained,
  };
}

const LESS_THAN = 0x3c;
