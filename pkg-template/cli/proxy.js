// The proxy from the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case. Only HTTP
// proxies: an agent for SOCKS is three times the size of everything else here.
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { EXIT, Failure, plain, UsageError } from "./exit.js";

/** Maximum length of a response, in characters. */
const MAX_BODY = 64 * 1024 * 1024;
const EXAMPLE = "as http://proxy.example:3128";

/**
 * @param {string} cloud the cloud's URL
 * @param {NodeJS.ProcessEnv} env
 * @returns {HttpProxy | undefined} undefined if the cloud is reached directly
 */
export function proxyFor(cloud, env) {
  const target = URL.canParse(cloud) ? new URL(cloud.replace(/^ws/i, "http")) : undefined;
  if (!target || !getProxyForUrl(target)) return undefined;
  const scheme = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const variable = [scheme, scheme.toUpperCase(), "all_proxy", "ALL_PROXY"].find((name) => env[name]);
  // As in curl, and unlike proxy-from-env, a proxy without a scheme is an HTTP proxy.
  const text = env[variable].includes("://") ? env[variable] : `http://${env[variable]}`;
  if (!URL.canParse(text))
    throw new UsageError(`${variable} does not hold the URL of a proxy; set it to one, ${EXAMPLE}, or unset it`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol))
    throw new UsageError(
      `${variable} names a proxy of the kind ${url.protocol}//, and only http:// and https:// can be used, no SOCKS; set it to one of these, ${EXAMPLE}, or put the cloud's host into NO_PROXY`,
    );
  return new HttpProxy(url, variable);
}

export class HttpProxy {
  /** Why the last attempt did not get through the proxy. @type {Failure | undefined} */
  failure;
  /** Whether the last attempt is waiting for the proxy. */
  waiting = false;

  /** @param {URL} url @param {string} variable the variable that names it */
  constructor(url, variable) {
    this.variable = variable;
    this.credentials = credentialsOf(url, variable);
    this.host = url.host;
    this.url = new URL(url.protocol + "//" + url.host);
  }

  /** A `ws` that connects through the proxy. @param {typeof import("ws").WebSocket} WebSocket */
  webSocket(WebSocket) {
    const agent = new Tunnel(this);
    return class extends WebSocket {
      /** @param {string} address @param {string | string[]} [protocols] */
      constructor(address, protocols) {
        super(address, protocols, { agent });
      }
    };
  }

  /**
   * A `fetch` for one GET through the proxy; Node's own does not support agents.
   * @param {string} address @param {import("../catalog.js").FetchInit} init
   * @returns {Promise<import("../catalog.js").ResponseLike>}
   */
  fetch(address, { headers, signal }) {
    const request = address.startsWith("https:") ? requestTls : requestPlain;
    return new Promise((resolve, reject) => {
      const sent = request(address, { agent: new Tunnel(this), headers, signal }, (response) => {
        let body = "";
        response
          .setEncoding("utf8")
          .on("data", (chunk) => {
            body += chunk;
            if (body.length > MAX_BODY) sent.destroy(new Error("the answer is too long"));
          })
          .once("error", reject)
          .once("end", () => {
            const status = response.statusCode ?? 0;
            resolve({ ok: status >= 200 && status < 300, status, text: async () => body });
          });
      });
      sent.once("error", reject).end();
    });
  }
}

/** The agent's URL carries no credentials, because the agent logs it if DEBUG is set. */
class Tunnel extends HttpsProxyAgent {
  #proxy;

  /** @param {HttpProxy} proxy */
  constructor(proxy) {
    const { credentials } = proxy;
    super(proxy.url, { headers: () => (credentials ? { "Proxy-Authorization": `Basic ${credentials}` } : {}) });
    this.#proxy = proxy;
  }

  /** @param {import("node:http").ClientRequest} request @param {any} options */
  async connect(request, options) {
    const proxy = this.#proxy;
    const fail = (why) => {
      proxy.failure = new Failure(plain(`the proxy ${proxy.host} ${why}`), EXIT.unreachable);
      return proxy.failure;
    };
    let answer;
    request.once("proxyConnect", (told) => (answer = told));
    proxy.failure = undefined;
    proxy.waiting = true;
    try {
      const socket = await super.connect(request, options);
      if (answer.statusCode === 200) return socket;
      // The agent would pass the proxy's response on as the cloud's.
      socket.destroy();
    } catch (error) {
      throw fail(`cannot be used (${error.message}); check ${proxy.variable}, or put the cloud's host into NO_PROXY`);
    } finally {
      proxy.waiting = false;
    }
    throw fail(refusal(answer, proxy, `${options.host}:${options.port}`));
  }
}

/** @param {{ statusCode: number, statusText: string }} answer @param {HttpProxy} proxy @param {string} target */
function refusal({ statusCode, statusText }, { credentials, variable }, target) {
  const status = `${statusCode} ${statusText}`.trim();
  if (statusCode !== 407)
    return `refused to connect to ${target} (${status}); ask who runs it, or put the cloud's host into NO_PROXY`;
  return credentials
    ? `refused the user and the password in ${variable} (${status}); correct them there`
    : `wants a user and a password (${status}); put them into ${variable}, as http://user:password@proxy.example:3128`;
}

/** The credentials encoded for the header. @param {URL} url @param {string} variable */
function credentialsOf({ username, password }, variable) {
  if (!username && !password) return undefined;
  try {
    return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  } catch {
    throw new UsageError(`the user or the password in ${variable} has a % that begins no code; write it as %25`);
  }
}
