/** @type {import("next").NextConfig} */
export default {
  // The server loads the package from node_modules, where its WebAssembly module lies beside it.
  serverExternalPackages: ["ardexa-client"],
};
