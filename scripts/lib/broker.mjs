// The MQTT broker that one of the recipes is tested against.
import { ensureProgram, findProgram } from "./programs.mjs";

/** @type {import("./programs.mjs").Program} */
const MOSQUITTO = {
  title: "Mosquitto",
  variable: "MOSQUITTO_PATH",
  commands: ["mosquitto"],
  // Debian installs it in a folder that is often not on a user's PATH.
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

/** Finds the broker, installing it if the system's package manager can be used. Returns its executable. */
export const ensureBroker = () => ensureProgram(MOSQUITTO);
