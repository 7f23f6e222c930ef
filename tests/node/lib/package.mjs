/** The built package in pkg/. The computed path keeps `tsc` from checking generated code: it reads pkg/index.d.ts. */

/** @type {typeof import("ardexa-client")} */
export const { ArdexaClient, ArdexaError, connect } = await import(
  new URL("../../../pkg/node.js", import.meta.url).href
);
