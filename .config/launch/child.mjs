import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./places.mjs";

/** The launcher was told to stop; `code` is what it exits with. */
export class Stopped extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(signal);
    this.code = 128 + constants.signals[signal];
  }
}

/** @type {import("node:child_process").ChildProcess | undefined} */
let running;
/** @type {NodeJS.Signals | undefined} */
let stoppedBy;
/** @type {NodeJS.Timeout | undefined} */
let forwarding;
/**
 * How long a signal is held back before it is passed on [ms]. A signal to the whole group reaches the command as well, and
 * us again through npm: held back they are one more at the most, too soon after the first to count as a second Ctrl-C.
 */
const heldBack = 100;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    stoppedBy = signal;
    if (running === undefined) process.exit(new Stopped(signal).code);
    // A terminal sends Ctrl-C to every process in its foreground group; a second one from here would look like impatience.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    forwarding ??= setTimeout(() => {
      forwarding = undefined;
      running?.kill(stoppedBy);
    }, heldBack).unref();
  });
}

// npm starts scripts through a shell, which dies of a signal without passing it on: then we are what it should have reached.
const parent = process.ppid;
if (process.env["npm_lifecycle_event"] !== undefined) {
  setInterval(() => process.ppid !== parent && process.emit("SIGTERM", "SIGTERM"), 500).unref();
}

/** Runs a command to its end with the terminal handed over. @returns {Promise<number>} its exit code, 128 + n after signal n */
export async function runAttached(command, args, { env = process.env, cwd = root } = {}) {
  const { code, signal } = await run(command, args, { env, cwd, stdio: "inherit" });
  return signal === null ? code : new Stopped(signal).code;
}

/** Runs a command to its end and keeps what it says. @throws Stopped when the launcher was told to stop meanwhile */
export async function runQuietly(command, args, { env = process.env, cwd = root } = {}) {
  const { code, output } = await run(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  if (stoppedBy !== undefined) throw new Stopped(stoppedBy);
  return { code, output };
}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, windowsHide: true });
    running = child;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", (error) => {
      running = undefined;
      reject(error);
    });
    child.once("close", (code, signal) => {
      running = undefined;
      resolve({ code: code ?? 1, signal, output });
    });
  });
}
