/** A shell that is not POSIX: just enough of `cmd.exe` for a client to recognise it. */

/**
 * @type {Record<string, (words: string[], device: import("./fleet.mjs").Device) =>
 *   Partial<import("./shell.mjs").Result>>}
 */
const COMMANDS = {
  hostname: (_words, device) => ({ stdout: `${device.hostname.toUpperCase()}\r\n` }),
  echo: (words) => ({ stdout: `${words.join(" ")}\r\n` }),
  ver: () => ({ stdout: "\r\nMicrosoft Windows [Version 10.0.17763.5329]\r\n" }),
  find: () => ({ stderr: "FIND: Parameter format not correct\r\n", returnCode: 2 }),
};

/** @param {import("./fleet.mjs").Device} device @param {string} line @returns {import("./shell.mjs").Result} */
export function runOnWindows(device, line) {
  const [name = "", ...words] = line.trim().split(/\s+/);
  const known = Object.hasOwn(COMMANDS, name.toLowerCase()) ? COMMANDS[name.toLowerCase()] : undefined;
  const unknown = `'${name}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`;
  const said = known ? known(words, device) : { stderr: unknown, returnCode: 1 };
  return { stdout: "", stderr: "", returnCode: 0, delayMs: 0, ...said };
}
