// Loads the module into the generated glue, once, on the first request; if that fails, explains why.

/** The build of this JavaScript, inserted by scripts/bundle/; the module carries its own in a custom section. */
const BUILD = ARDEXA_BUILD;
const SECTION = "ardexa-client";

/** @typedef {typeof import("./ardexa_client.js").ArdexaError} ErrorClass */

/** How platforms report that they do not compile bytes. */
const POLICY = /content.security.policy|\bcsp\b/i;
const EMBEDDER = /disallowed by embedder/;

/**
 * @param {object} core
 * @param {ErrorClass} core.ArdexaError
 * @param {(module: WebAssembly.Module) => unknown} core.start passes the module to the glue
 * @param {(given?: unknown) => unknown} place where the module is: the given place, or else the default
 * @param {string} hint what to do if it is not there
 */
export function makeLoader({ ArdexaError, start }, place, hint) {
  /** @type {Promise<void> | undefined} */
  let loading;
  let loaded = false;

  /**
   * An error with code `unreachable` may be temporary.
   * @param {string} why @param {unknown} [cause] @param {"invalid-argument" | "unreachable"} [code]
   */
  const failure = (why, cause, code = "invalid-argument") =>
    new ArdexaError(`the WebAssembly module could not be loaded: ${why}`, { code, cause });

  /** The bytes at a URL, or the module if the platform compiles them while streaming. @param {any} source */
  async function fetched(source) {
    let response = source;
    try {
      if (source.ok === undefined) response = await fetch(source);
      if (!response.ok) throw new Error(`status ${response.status}`);
    } catch (cause) {
      throw failure(`${messageOf(cause)}; ${hint}`, cause, "unreachable");
    }
    const streams =
      typeof WebAssembly.compileStreaming === "function" &&
      response.headers.get("content-type")?.startsWith("application/wasm");
    return streams ? WebAssembly.compileStreaming(response) : response.arrayBuffer();
  }

  /** @param {any} source @returns {Promise<WebAssembly.Module>} */
  async function compiled(source) {
    let from = source;
    // A URL has `href`, a Request or Response `url`. No `instanceof`: naming the classes makes Node load its `fetch`.
    if (typeof from === "string" || (from.href ?? from.url) !== undefined) from = await fetched(from);
    if (from instanceof WebAssembly.Module) return from;
    try {
      return await WebAssembly.compile(from);
    } catch (cause) {
      const [first] = new Uint8Array(from.buffer ?? from, from.byteOffset ?? 0, Math.min(1, from.byteLength || 0));
      throw first === LESS_THAN ? failure(`found HTML instead; ${hint}`, cause) : cause;
    }
  }

  /** A module from another build would misread what this JavaScript passes to it. @param {WebAssembly.Module} module */
  function checkBuild(module) {
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    const build = section ? new TextDecoder().decode(section) : "unknown";
    if (build !== BUILD) {
      throw failure(
        `its version is ${build}, but this JavaScript is ${BUILD}; use both from the same package, and clear caches`,
      );
    }
  }

  /** @param {unknown} cause what was thrown during loading */
  function explained(cause) {
    if (cause instanceof ArdexaError) return cause;
    if (!globalThis.WebAssembly) return failure("this platform does not support WebAssembly", cause);
    const message = messageOf(cause);
    if (POLICY.test(message))
      return failure("blocked by the Content-Security-Policy; add 'wasm-unsafe-eval' to its script-src", cause);
    if (EMBEDDER.test(message))
      return failure("this platform cannot compile bytes; import the .wasm file and pass it to init()", cause);
    return failure(`${message}; ${hint}`, cause);
  }

  /** @param {unknown} source */
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

/** @param {unknown} thrown */
const messageOf = (thrown) => /** @type {Error} */ (thrown).message;
