/**
 * How the module gets into the glue for the web: once, whoever asks first.
 * @param {object} core the generated glue
 * @param {() => unknown} standard where the module is, if the caller does not say; undefined for the glue's own place
 * @param {string} hint what to do where it cannot be loaded
 */
export function makeLoader(core, standard, hint) {
  let loading;
  let loaded = false;

  async function load(source) {
    try {
      const given = source === undefined ? standard() : source;
      await core.default(given === undefined ? undefined : { module_or_path: given });
      loaded = true;
    } catch (cause) {
      loading = undefined;
      throw new core.ArdexaError(`the WebAssembly module could not be loaded; ${hint}`, { code: "unreachable", cause });
    }
  }

  /** @param {unknown} [source] */
  function init(source) {
    loading ??= load(source);
    return loading;
  }

  function check() {
    if (!loaded) {
      throw new core.ArdexaError("the WebAssembly module is not loaded yet: await init() before new ArdexaClient(), or use connect()", { code: "not-connected" });
    }
  }

  return { init, check };
}
