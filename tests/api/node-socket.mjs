// Loaded before the tests if Node has no WebSocket. (The optional one of Node 20 does not report a refused connection.)
import { WebSocket } from "ws";

globalThis.WebSocket ??= /** @type {any} */ (WebSocket);
