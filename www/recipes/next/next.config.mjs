/** @type {import("next").NextConfig} */
export default {
  // The server loads the package from node_modules, where its WebAssembly module sits next to it.
  serverExternalPackages: ["ardexa-client"],
};
