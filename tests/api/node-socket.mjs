// Loaded before the tests where Node has no WebSocket of its own. (That of Node 20, on demand, says nothing of a
// connection that was refused.)
import { WebSocket } from "ws";

globalThis.WebSocket ??= /** @type {any} */ (WebSocket);
