import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { hasPrograms } from "./firmware-tools.ts";

/** A serial port without hardware: what is written to its path comes out of `output`, and the other way round with `input`. */
export interface PseudoTerminal extends AsyncDisposable {
  readonly path: string;
  readonly input: Writable;
  readonly output: Readable;
}

/** Hands bytes on between its own ends and the master's side, until its input ends. */
const program = `
import os, pty, select, sys, tty
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
while True:
    ready, _, _ = select.select([0, master], [], [])
    if 0 in ready:
        data = os.read(0, 4096)
        if not data: sys.exit()
        os.write(master, data)
    if master in ready: os.write(1, os.read(master, 4096))
`;

/** Whether tests that need a pseudo-terminal can run here; says so when not. With OHMWORK_REQUIRE_ALL=1 they have to. */
export function hasPseudoTerminal(what: string): boolean {
  return hasPrograms(what, ["python3"]);
}

/** Opens a pseudo-terminal; disposed of, it vanishes as an unplugged port does. */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const terminal = spawn("python3", ["-c", program], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(terminal, "close");
  terminal.stdin.on("error", () => undefined); // bytes for a port that has gone
  const path = String((await once(terminal.stdout, "data"))[0]).trim();
  return {
    path,
    input: terminal.stdin,
    output: terminal.stdout,
    [Symbol.asyncDispose]: async () => {
      terminal.stdin.end();
      terminal.stdout.resume();
      await gone;
    },
  };
}
