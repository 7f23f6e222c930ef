// Loads the module into the generated glue, once, on the first request; if that fails, explains why.

/** The build of this JavaScript, inserted by scripts/bundle/; the module carries its own in a custom section. */
const BUILD = ARDEXA_BUILD;
const SECTION = "ardexa-client";

/** How platforms report that they do not compile bytes. */
const POLICY = /content.security.policy|\bcsp\b/i;
const EMBEDDER = /disallowed by embedder/;

/**
 * @param {object} core
 * @param {typeof Error} core.ArdexaError
 * @param {(module: WebAssembly.Module) => unknown} core.start passes the module to the glue
 * @param {(given?: unknown) => unknown} place where the module is: the given place, or else the default
 * @param {string} hint what to do if it is not there
 */
export function makeLoader({ ArdexaError, start }, place, hint) {
  let loading;
  let loaded = false;

  /** An error with code `unreachable` may be temporary. */
  const failure = (why, cause, code = "invalid-argument") =>
    new ArdexaError(`the WebAssembly module could not be loaded: ${why}`, { code, cause });

  /** The bytes at a URL, or the module if the platform compiles them while streaming. */
  async function fetched(source) {
    let response = source;
    try {
      if (source.ok === undefined) response = await fetch(source);
      if (!response.ok) throw new Error(`status ${response.status}`);
    } catch (cause) {
      throw failure(`${cause.message}; ${hint}`, cause, "unreachable");
    }
    const streams =
      WebAssembly.compileStreaming && response.headers.get("content-type")?.startsWith("application/wasm");
    return streams ? WebAssembly.compileStreaming(response) : response.arrayBuffer();
  }

  async function compiled(source) {
    let from = source;
    // A URL has `href`, a Request or Response `url`. No `instanceof`: naming the classes makes Node load its `fetch`.
    if (typeof from === "string" || (from.href ?? from.url) !== undefined) from = await fetched(from);
    if (from instanceof WebAssembly.Module) return from;
    try {
      return await WebAssembly.compile(from);
    } catch (cause) {
      const [first] = new Uint8Array(from.buffer ?? from, from.byteOffset ?? 0, Math.min(1, from.byteLength || 0));
      throw first === LESS_THAN ? failure(`HTML is in its place; ${hint}`, cause) : cause;
    }
  }

  /** A module from another build would misread what this JavaScript passes to it. */
  function checkBuild(module) {
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    const build = section ? new TextDecoder().decode(section) : "unknown";
    if (build !== BUILD) {
      throw failure(
        `it is of version ${build} and this JavaScript of ${BUILD}; take both from one package, and empty caches`,
      );
    }
  }

  /** @param {any} cause what was thrown during loading */
  function explained(cause) {
    if (cause instanceof ArdexaError) return cause;
    if (!globalThis.WebAssembly) return failure("this platform has no WebAssembly", cause);
    const { message } = cause;
    if (POLICY.test(message))
      return failure("a Content-Security-Policy forbids it; add 'wasm-unsafe-eval' to its script-src", cause);
    if (EMBEDDER.test(message))
      return failure("this platform compiles no bytes; import the .wasm file, and give that to init()", cause);
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
        throw new ArdexaError(
          "the WebAssembly module is not loaded yet: await init() before new ArdexaClient(), or use connect()",
          { code: "not-connected" },
        );
      }
    },
    explained,
  };
}

const LESS_THAN = 0x3c;
