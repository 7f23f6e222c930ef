/** The version and hash of the build, inserted by scripts/bundle/. */
declare const ARDEXA_BUILD: string;

// The package has no types of its own.
declare module "proxy-from-env" {
  /** The URL of the proxy for a URL; empty if there is none. */
  export function getProxyForUrl(url: string | URL): string;
}
