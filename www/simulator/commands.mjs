/** The commands of the simulated shell. Each is a function of its words, the shell's state and its input. */
import { filesBelow, listFolder, readFile } from "./files.mjs";
import { chance, hashText } from "./random.mjs";

/** Maximum number of lines that `seq` prints. */
const SEQ_LIMIT = 500_000;
/** Maximum duration of `sleep`, in seconds. */
const SLEEP_LIMIT = 3_600;

/** @typedef {{stdout?: string, stderr?: string, returnCode?: number}} Output */
/** @typedef {(args: string[], shell: import("./shell.mjs").Shell, stdin: string) => Output} Command */

/** The device's clock, advanced by any earlier `sleep`. @param {import("./shell.mjs").Shell} shell */
const clock = (shell) => shell.nowMs + shell.delayMs;
/** @param {string} stderr @param {number} returnCode @returns {Output} */
const fail = (stderr, returnCode = 1) => ({ stderr: `${stderr}\n`, returnCode });
/** @param {string} text */
const linesOf = (text) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
/** @param {string[]} lines */
const asText = (lines) => (lines.length ? `${lines.join("\n")}\n` : "");

/** @param {number} n @param {number} [width] */
const pad = (n, width = 2) => String(n).padStart(width, "0");
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** @param {number} ms */
function clockText(ms) {
  const d = new Date(ms);
  return `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`;
}

/** @type {Command} */
function uptime(_args, shell) {
  const now = clock(shell);
  const minutes = Math.max(0, Math.floor((now - shell.device.bootedMs) / 60_000));
  const days = Math.floor(minutes / 1_440);
  const clockPart = `${String(Math.floor(minutes / 60) % 24).padStart(2)}:${pad(minutes % 60)}`;
  const load = [0, 1, 2].map((i) => (chance(shell.device.siteSeed + i, Math.floor(now / 60_000)) * 0.4).toFixed(2));
  return { stdout: ` ${clockText(now)} up ${days} days, ${clockPart},  0 users,  load average: ${load.join(", ")}\n` };
}

/** @type {Command} */
function date(args, shell) {
  const now = clock(shell);
  const d = new Date(now);
  const format = args.find((a) => a.startsWith("+"));
  if (format) {
    /** @type {Record<string, string>} */
    const parts = {
      "%s": String(Math.floor(now / 1_000)),
      "%Y": String(d.getUTCFullYear()),
      "%m": pad(d.getUTCMonth() + 1),
      "%d": pad(d.getUTCDate()),
      "%H": pad(d.getUTCHours()),
      "%M": pad(d.getUTCMinutes()),
      "%S": pad(d.getUTCSeconds()),
      "%F": d.toISOString().slice(0, 10),
      "%T": clockText(now),
      "%Z": "UTC",
      "%%": "%",
    };
    return { stdout: `${format.slice(1).replace(/%./g, (p) => parts[p] ?? p)}\n` };
  }
  if (args.some((a) => a.startsWith("-I"))) return { stdout: `${d.toISOString().slice(0, 19)}+00:00\n` };
  const day = `${WEEKDAYS[d.getUTCDay()]} ${MONTHS[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)}`;
  return { stdout: `${day} ${clockText(now)} UTC ${d.getUTCFullYear()}\n` };
}

/** @type {Command} */
function echo(args) {
  const noNewline = args[0] === "-n";
  const escapes = args[0] === "-e";
  let text = (noNewline || escapes ? args.slice(1) : args).join(" ");
  if (escapes) text = text.replace(/\\([nt\\])/g, (_, c) => ({ n: "\n", t: "\t", "\\": "\\" })[/** @type {"n"} */ (c)]);
  return { stdout: noNewline ? text : `${text}\n` };
}

/**
 * @param {string[]} args @param {import("./shell.mjs").Shell} shell @param {string} stdin
 * @param {number} [first] how many lines are needed @returns {Output}
 */
function cat(args, shell, stdin, first) {
  if (args.length === 0) return { stdout: stdin };
  const out = { stdout: "", stderr: "", returnCode: 0 };
  for (const path of args) {
    const text = path === "-" ? stdin : readFile(shell.device, path, clock(shell), shell.plantOffsetMs, first);
    if (text !== undefined) out.stdout += text;
    else {
      const why = listFolder(shell.device, path) ? "Is a directory" : "No such file or directory";
      out.stderr += `cat: ${path}: ${why}\n`;
      out.returnCode = 1;
    }
  }
  return out;
}

/** @type {Command} */
function ls(args, shell) {
  const paths = args.filter((a) => !a.startsWith("-"));
  const out = { stdout: "", stderr: "", returnCode: 0 };
  for (const path of paths.length ? paths : [shell.env.PWD]) {
    const names = listFolder(shell.device, path);
    if (names) out.stdout += asText(names);
    else if (readFile(shell.device, path, clock(shell), shell.plantOffsetMs) !== undefined) out.stdout += `${path}\n`;
    else {
      out.stderr += `ls: cannot access '${path}': No such file or directory\n`;
      out.returnCode = 2;
    }
  }
  return out;
}

/** @type {Command} */
function uname(args, shell) {
  const all = `Linux ${shell.device.hostname} 5.10.0-28-amd64 #1 SMP Debian 5.10.209-2 (2024-01-31) x86_64 GNU/Linux`;
  const part = { "-a": all, "-r": "5.10.0-28-amd64", "-m": "x86_64", "-n": shell.device.hostname }[
    /** @type {"-a"} */ (args[0])
  ];
  return { stdout: `${part ?? "Linux"}\n` };
}

/** @type {Command} */
function seq(args) {
  const numbers = args.map(Number);
  if (numbers.length === 0 || numbers.some((n) => !Number.isInteger(n))) return fail("seq: invalid argument");
  const [first, last] = numbers.length === 1 ? [1, numbers[0]] : [numbers[0], numbers[numbers.length - 1]];
  const count = Math.max(0, last - first + 1);
  if (count > SEQ_LIMIT) return fail(`seq: the simulator prints at most ${SEQ_LIMIT} lines`);
  return { stdout: asText(Array.from({ length: count }, (_, i) => String(first + i))) };
}

/** @type {Command} */
function sleep(args, shell) {
  const seconds = Number((args[0] ?? "").replace(/s$/, ""));
  if (!args[0] || !(seconds >= 0)) return fail(`sleep: invalid time interval '${args[0] ?? ""}'`);
  shell.delayMs += Math.min(seconds, SLEEP_LIMIT) * 1_000;
  return {};
}

/** @type {Command} */
function exit(args, shell) {
  shell.exited = true;
  const code = Number(args[0] ?? shell.env["?"]);
  return Number.isInteger(code)
    ? { returnCode: ((code % 256) + 256) % 256 }
    : fail(`sh: 1: exit: Illegal number: ${args[0]}`, 2);
}

/** The count from `-n N`, `-N` or `-nN`, and the remaining words. @param {string[]} args @param {number} otherwise */
function countOption(args, otherwise) {
  const rest = [...args];
  let count = otherwise;
  const at = rest.findIndex((a) => /^-n?\d*$/.test(a) && a !== "-");
  if (at >= 0) {
    const inline = rest[at].replace(/^-n?/, "");
    count = Number(inline || rest[at + 1]) || 0;
    rest.splice(at, inline ? 1 : 2);
  }
  return { count, rest };
}

/** @param {(lines: string[], count: number) => string[]} pick @param {{ fromTop: boolean }} where @returns {Command} */
const lineFilter =
  (pick, { fromTop }) =>
  (args, shell, stdin) => {
    const { count, rest } = countOption(args, 10);
    const out = { stdout: "", stderr: "", returnCode: 0 };
    for (const path of rest.length ? rest : ["-"]) {
      const input = cat([path], shell, stdin, fromTop ? count : undefined);
      out.stderr += input.stderr ?? "";
      out.returnCode ||= input.returnCode ?? 0;
      if (input.returnCode) continue;
      // Prints headers for several files, as head and tail do.
      if (rest.length > 1) out.stdout += `${out.stdout && "\n"}==> ${path} <==\n`;
      out.stdout += asText(pick(linesOf(input.stdout ?? ""), count));
    }
    return out;
  };

/** `find FOLDER… -name NAME`, with `-L`, `-type f` and `-exec COMMAND {} +`. @type {Command} */
function find(args, shell, stdin) {
  const end = args.findIndex((a) => /^-[a-z]/.test(a));
  const folders = args.slice(0, end < 0 ? args.length : end).filter((a) => a !== "-L");
  const exec = args.indexOf("-exec");
  const name = args[args.indexOf("-name") + 1];
  const wanted = args.includes("-name")
    ? (/** @type {string} */ path) => path.endsWith(`/${name.replace(/\\(.)/g, "$1")}`)
    : () => true;
  const out = { stdout: "", stderr: "", returnCode: 0 };
  /** @type {string[]} */
  const found = [];
  for (const folder of folders) {
    const files = filesBelow(shell.device, folder.replace(/(.)\/$/, "$1"));
    if (!files.length) out.stderr += `find: '${folder}': No such file or directory\n`;
    found.push(...files.filter(wanted));
  }
  if (out.stderr) out.returnCode = 1;
  if (exec < 0) return { ...out, stdout: asText(found) };
  const [command, ...words] = args.slice(exec + 1, args.lastIndexOf("+"));
  const known = COMMANDS.get(command);
  if (!known || args.at(-1) !== "+") return fail("find: the simulator supports only -exec COMMAND {} +");
  if (!found.length) return out;
  const result = known(
    words.flatMap((word) => (word === "{}" ? found : [word])),
    shell,
    stdin,
  );
  return {
    stdout: result.stdout,
    stderr: out.stderr + (result.stderr ?? ""),
    returnCode: out.returnCode || (result.returnCode ? 1 : 0),
  };
}

/** @type {Command} */
function grep(args, shell, stdin) {
  const [pattern = "", ...files] = args.filter((a) => !a.startsWith("-"));
  const input = files.length ? cat(files, shell, stdin) : { stdout: stdin };
  const invert = args.includes("-v");
  const fold = (/** @type {string} */ s) => (args.includes("-i") ? s.toLowerCase() : s);
  const found = linesOf(input.stdout ?? "").filter((line) => fold(line).includes(fold(pattern)) !== invert);
  return {
    ...input,
    stdout: args.includes("-c") ? `${found.length}\n` : asText(found),
    returnCode: found.length ? 0 : 1,
  };
}

/** @type {Command} */
function wc(args, shell, stdin) {
  const files = args.filter((a) => !a.startsWith("-"));
  const text = (files.length ? cat(files, shell, stdin).stdout : stdin) ?? "";
  const counts = {
    "-l": text.split("\n").length - 1,
    "-w": text.split(/\s+/).filter(Boolean).length,
    "-c": Buffer.byteLength(text),
  };
  const option = args.find((a) => Object.hasOwn(counts, a));
  return {
    stdout: option
      ? `${counts[/** @type {"-l"} */ (option)]}\n`
      : `${Object.values(counts)
          .map((n) => String(n).padStart(7))
          .join(" ")}\n`,
  };
}

const DF = `Filesystem      Size  Used Avail Use% Mounted on
udev            1.9G     0  1.9G   0% /dev
tmpfs           393M  1.1M  392M   1% /run
/dev/mmcblk0p2   29G  6.3G   22G  23% /
/dev/mmcblk0p1  253M   50M  203M  20% /boot
`;
const FREE = `               total        used        free      shared  buff/cache   available
Mem:            3926         214        2893           1         818        3496
Swap:            975           0         975
`;
const PS = `    PID TTY          TIME CMD
      1 ?        00:04:11 systemd
    412 ?        00:00:38 sshd
    655 ?        01:12:07 ardexa
    702 ?        00:22:45 modbus-poller
   9120 ?        00:00:00 sh
   9121 ?        00:00:00 ps
`;

/** @type {Map<string, Command>} */
export const COMMANDS = new Map(
  Object.entries(
    /** @type {Record<string, Command>} */ ({
      uptime,
      date,
      echo,
      ls,
      uname,
      seq,
      sleep,
      exit,
      grep,
      wc,
      find,
      cat: (args, shell, stdin) => cat(args, shell, stdin),
      head: lineFilter((lines, count) => lines.slice(0, count), { fromTop: true }),
      tail: lineFilter((lines, count) => (count > 0 ? lines.slice(-count) : []), { fromTop: false }),
      true: () => ({}),
      ":": () => ({}),
      false: () => ({ returnCode: 1 }),
      hostname: (_args, shell) => ({ stdout: `${shell.device.hostname}\n` }),
      whoami: () => ({ stdout: "root\n" }),
      id: () => ({ stdout: "uid=0(root) gid=0(root) groups=0(root)\n" }),
      pwd: (_args, shell) => ({ stdout: `${shell.env.PWD}\n` }),
      env: (_args, shell) => ({
        stdout: asText(
          Object.entries(shell.env)
            .filter(([k]) => k !== "?")
            .map(([k, v]) => `${k}=${v}`),
        ),
      }),
      df: () => ({ stdout: DF }),
      free: () => ({ stdout: FREE }),
      ps: () => ({ stdout: PS }),
      printf: (args) => ({ stdout: (args[0] ?? "").replace(/\\n/g, "\n").replace(/%s/g, () => args[1] ?? "") }),
      ardexa: (_args, shell) => ({ stdout: `Ardexa agent ${shell.device.agentVersion}\n` }),
      // The commands below exist on no real device.
      slow: (_args, shell) => ((shell.delayMs += shell.slowCommandMs), { stdout: "done\n" }),
      complain: (args) => fail(args.join(" ") || "complain: nothing on stdout, by design", 0),
      unicode: (_args, shell) => ({ stdout: `Zähler läuft · ${shell.device.name} · 発電所 ☀️ · 𝔸𝕣𝕕 · café\n` }),
      random: (args, shell) => ({ stdout: `${hashText(shell.device.siteSeed, args.join(" "))}\n` }),
    }),
  ),
);
