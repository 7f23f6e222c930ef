// Debian's and Ubuntu's package manager, for the few system dependencies.
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { ask, step } from "./run.mjs";

/** `apt-get` fails at once if another one updates the package lists. */
const LOCK = join(tmpdir(), "ardexa-apt.lock");
/** How long it waits for one that installs and was not started here, such as a machine's own upgrades. */
const LOCK_TIMEOUT_S = 300;

/**
 * The command prefix for `apt-get`, or `undefined` if this user or system cannot install packages.
 * @returns {string[] | undefined}
 */
function aptPrefix() {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) return undefined;
  if (process.getuid?.() === 0) return [];
  return ask("sudo", ["-n", "true"]) === undefined ? undefined : ["sudo", "-n"];
}

export const canInstall = () => aptPrefix() !== undefined;

/** Ubuntu's `chromium` package is a stub for snap, which does not run in containers. */
export const isUbuntu = () =>
  existsSync("/etc/os-release") && /^ID=ubuntu$/m.test(readFileSync("/etc/os-release", "utf8"));

/**
 * @param {string} label
 * @param {string[]} packages
 */
export async function aptInstall(label, packages) {
  const prefix = aptPrefix() ?? [];
  /** @param {string[]} args */
  const command = (...args) => {
    const wait = ["-o", `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`];
    const words = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...wait, ...args];
    return /** @type {[string, string[]]} */ ([words[0], words.slice(1)]);
  };
  await withLock(LOCK, label, async () => {
    await step(`${label}: package lists`, ...command("update"));
    await step(label, ...command("install", "-y", "--no-install-recommends", ...packages), {
      remedy: () =>
        `${label} could not be installed; install ${packages.join(" and ")} by hand and run the same command again.`,
    });
  });
}
