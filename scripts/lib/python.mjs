// Python with the packages of a requirements file, in a virtual environment in the cache folder, for the tests against
// a server that is not written in JavaScript.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { cacheFolder } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { ask, step } from "./run.mjs";
import { aptInstall, canInstall } from "./system.mjs";

const MINIMUM = [3, 11];
const COMMANDS = process.platform === "win32" ? ["python", "py"] : ["python3", "python"];

/**
 * The Python of a virtual environment with exactly the packages of a requirements file. The environment is created once
 * per file and Python version and then reused.
 * @param {string} requirements the file; every package in it is pinned, with hashes
 * @returns {Promise<string>} the program
 */
export async function ensurePython(requirements) {
  const base = await basePython();
  const key = createHash("sha256")
    .update(await readFile(requirements))
    .update(base.version)
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheFolder(), "python");
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw new Problem(`${folder} cannot be written (${error.code}); set ARDEXA_CACHE to a folder that can.`);
  });
  const environment = join(folder, key);
  if (!isReady(environment)) {
    await withLock(join(folder, `.lock-${key}`), "Python packages", async () => {
      if (!isReady(environment)) await make(environment, base.program, requirements);
    });
  }
  return programOf(environment);
}

/** @param {string} environment */
const programOf = (environment) =>
  process.platform === "win32" ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");

/** Whether it is complete and the Python that created it still exists. @param {string} environment */
const isReady = (environment) => existsSync(join(environment, "ready")) && ask(programOf(environment)) !== undefined;

/** @param {string} environment @param {string} python @param {string} requirements */
async function make(environment, python, requirements) {
  await rm(environment, { recursive: true, force: true });
  await step("Python: virtual environment", python, ["-m", "venv", environment]);
  const install = [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--require-hashes",
    "-r",
    requirements,
  ];
  await step("Python packages", programOf(environment), install, {
    remedy: () => "The Python packages could not be installed; pip's last lines are above. Run the same command again.",
  });
  // Written last: without it the environment is created again.
  await writeFile(join(environment, "ready"), "");
}

/** @returns {Promise<{ program: string, version: string }>} one that can make virtual environments */
async function basePython() {
  const found = findPython();
  if (found && canMakeEnvironments(found.program)) return found;
  const wanted = `Python ${MINIMUM.join(".")} or later with venv and pip`;
  if (!canInstall())
    throw new Problem(
      `${found ? "This Python cannot make virtual environments" : "There is no Python that will do"}: install ${wanted}, and put it on PATH or name it in PYTHON.`,
    );
  await aptInstall(wanted, ["python3", "python3-venv", "python3-pip"]);
  const now = findPython();
  if (now && canMakeEnvironments(now.program)) return now;
  throw new Problem(`The system's Python will not do: install ${wanted}, and name it in PYTHON.`);
}

function findPython() {
  const told = process.env.PYTHON;
  for (const program of told ? [told] : COMMANDS) {
    const version = ask(program, ["-c", "import sys; print('.'.join(map(str, sys.version_info[:3])))"]);
    if (version === undefined) continue;
    const [major, minor] = version.split(".").map(Number);
    if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return { program, version };
  }
  return undefined;
}

/** Debian's Python lacks these modules by default. @param {string} program */
const canMakeEnvironments = (program) => ask(program, ["-c", "import venv, ensurepip; print(1)"]) === "1";
