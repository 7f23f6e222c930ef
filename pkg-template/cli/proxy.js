// The proxy from the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case. Only HTTP
// proxies: an agent for SOCKS is three times the size of everything else here.
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { messageOf } from "./config.js";
import { EXIT, Failure, plain, UsageError } from "./exit.js";

/** Maximum length of a response, in characters. */
const MAX_BODY = 64 * 1024 * 1024;
const EXAMPLE = "for example http://proxy.example:3128";

/**
 * @param {string} cloud the cloud's URL
 * @param {NodeJS.ProcessEnv} env
 * @returns {HttpProxy | undefined} undefined if the cloud is reached directly
 */
export function proxyFor(cloud, env) {
  const target = URL.canParse(cloud) ? new URL(cloud.replace(/^ws/i, "http")) : undefined;
  if (!target || !getProxyForUrl(target)) return undefined;
  const scheme = target.protocol === "https:" ? "https_proxy" : "http_proxy";
  const names = [scheme, scheme.toUpperCase(), "all_proxy", "ALL_PROXY"];
  const variable = names.find((name) => env[name]) ?? scheme;
  const value = env[variable] ?? "";
  // As in curl, and unlike proxy-from-env, a proxy without a scheme is an HTTP proxy.
  const text = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(text))
    throw new UsageError(`${variable} is not the URL of a proxy; set it to one, ${EXAMPLE}, or unset it`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol))
    throw new UsageError(
      `${variable} is a ${url.protocol}// proxy, but only http:// and https:// proxies are supported; set it to one of these, ${EXAMPLE}, or add the cloud's host to NO_PROXY`,
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
            if (body.length > MAX_BODY) sent.destroy(new Error("the response is too long"));
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

/**
 * The agent's URL carries no credentials, because the agent logs it if DEBUG is set.
 * @extends {HttpsProxyAgent<string>}
 */
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
    const fail = (/** @type {string} */ why) => {
      proxy.failure = new Failure(plain(`the proxy ${proxy.host} ${why}`), EXIT.unreachable);
      return proxy.failure;
    };
    /** @type {{ statusCode: number, statusText: string }} */
    let answer = { statusCode: 0, statusText: "" };
    request.once("proxyConnect", (response) => (answer = response));
    proxy.failure = undefined;
    proxy.waiting = true;
    try {
      const socket = await super.connect(request, options);
      if (answer.statusCode === 200) return socket;
      // The agent would pass the proxy's response on as the cloud's.
      socket.destroy();
    } catch (error) {
      throw fail(`failed (${messageOf(error)}); check ${proxy.variable}, or add the cloud's host to NO_PROXY`);
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
    return `refused to connect to ${target} (${status}); ask its administrator, or add the cloud's host to NO_PROXY`;
  return credentials
    ? `rejected the user name and password in ${variable} (${status}); correct them`
    : `requires a user name and password (${status}); add them to ${variable}, for example http://user:password@proxy.example:3128`;
}

/** The credentials encoded for the header. @param {URL} url @param {string} variable */
function credentialsOf({ username, password }, variable) {
  if (!username && !password) return undefined;
  try {
    return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  } catch {
    throw new UsageError(
      `the user name or password in ${variable} has an invalid % sequence; write a literal % as %25`,
    );
  }
}
