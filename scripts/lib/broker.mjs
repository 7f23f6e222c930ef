// The MQTT broker that a recipe is tested against.
import { ensureProgram, findProgram } from "./programs.mjs";

/** @type {import("./programs.mjs").Program} */
const MOSQUITTO = {
  title: "Mosquitto",
  variable: "MOSQUITTO_PATH",
  commands: ["mosquitto"],
  // Debian puts it where a user's PATH often does not lead.
  places: [
    "/usr/sbin/mosquitto",
    "/usr/local/sbin/mosquitto",
    "/opt/homebrew/sbin/mosquitto",
    "%PROGRAMFILES%\\mosquitto\\mosquitto.exe",
  ],
  debian: "mosquitto",
};

/** The broker's executable, or undefined. @param {NodeJS.ProcessEnv} [env] */
export const findBroker = (env = process.env) => findProgram(MOSQUITTO, env);

/** Finds the broker, installing it where the system's package manager may be used. Answers its executable. */
export const ensureBroker = () => ensureProgram(MOSQUITTO);
