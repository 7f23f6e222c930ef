/** Tokens like the cloud's: JSON Web Tokens with `iat` and `exp` in seconds. The signature uses no secret. */
import { createHash } from "node:crypto";

/** @param {unknown} value */
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * @param {object} claims
 * @param {string} [claims.subject]
 * @param {number} [claims.issuedMs]
 * @param {number} [claims.expiresMs]
 */
export function makeToken({ subject = "demo", issuedMs = Date.now(), expiresMs = issuedMs + 60 * 86_400_000 } = {}) {
  const head = `${part({ alg: "HS256", typ: "JWT" })}.${part({
    sub: subject,
    iss: "ardexa-simulator",
    iat: Math.floor(issuedMs / 1_000),
    exp: Math.floor(expiresMs / 1_000),
  })}`;
  return `${head}.${createHash("sha256").update(head).digest("base64url")}`;
}

/** When a token expires, if it has an expiry. @param {string} token @returns {number | undefined} */
export function expiryOf(token) {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(parts[1], "base64url").toString("utf8"));
    return typeof claims?.exp === "number" ? claims.exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

/** @typedef {"control" | "read-only"} Privilege */
/** @typedef {{privilege: Privilege} | {refused: {message: string, data: {code: number, reason: string}}}} Verdict */

/** @param {number} code @param {string} message @param {string} reason @returns {Verdict} */
const refused = (code, message, reason) => ({ refused: { message, data: { code, reason } } });

/**
 * @param {Record<string, unknown>} query  of the handshake
 * @param {{accepted: Map<string, Privilege>, workgroup: string, nowMs: number}} cloud
 * @returns {Verdict}
 */
export function judge(query, { accepted, workgroup, nowMs }) {
  const { token, orgName } = query;
  if (typeof token !== "string" || token === "") return refused(401, "Authentication failed", "token missing");
  const expiry = expiryOf(token);
  if (expiry !== undefined && expiry <= nowMs) return refused(401, "Authentication failed", "token expired");
  const privilege = accepted.get(token);
  if (!privilege) return refused(401, "Authentication failed", "token invalid");
  if (orgName !== workgroup) return refused(403, "Not permitted", "unknown workgroup");
  return { privilege };
}
