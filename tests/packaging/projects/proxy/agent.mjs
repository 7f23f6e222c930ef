// As README has it: the package `ws`, through the proxy that the environment names.
import * as api from "ardexa-client";
import { HttpsProxyAgent } from "https-proxy-agent";
import WebSocket from "ws";
import { exercise } from "./exercise.mjs";

const agent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
class ProxiedWebSocket extends WebSocket {
  constructor(url) {
    super(url, { agent });
  }
}

const given = JSON.parse(process.env.GIVEN);
given.options.webSocket = ProxiedWebSocket;
console.log(JSON.stringify(await exercise(api, given)));
