// The entry for Node by `import`.
import api from "./node.cjs";

export const { ArdexaClient, ArdexaError, connect, init } = api;
