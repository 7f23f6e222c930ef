// A lock that allows one builder at a time per cache folder. It only saves duplicate work: builds happen in a separate
// folder that is then renamed, so the rare case of two holders is harmless.
import { mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { progress } from "./progress.mjs";

const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const POLL_MS = 1_000;

/**
 * @template T
 * @param {string} folder exists while the lock is held
 * @param {string} label for the line shown while waiting
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, label, work) {
  await acquire(folder, label);
  const heartbeat = setInterval(() => void utimes(folder, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {string} label */
async function acquire(folder, label) {
  /** @type {ReturnType<typeof progress> | undefined} */
  let line;
  for (;;) {
    try {
      await mkdir(folder);
      await writeFile(join(folder, "owner"), `${hostname()} ${process.pid}`);
      line?.done(`${label}: the other run has ended`);
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    if (await isStale(folder)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    line ??= progress(`${label}: waiting for another run that is building it`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Whether the holder is dead (on this machine) or silent (on another one or in a container). @param {string} folder */
async function isStale(folder) {
  const age = await stat(folder).then(
    (info) => Date.now() - info.mtimeMs,
    () => 0,
  );
  if (age > STALE_MS) return true;
  const [host, pid] = (await readFile(join(folder, "owner"), "utf8").catch(() => "")).split(" ");
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
}
