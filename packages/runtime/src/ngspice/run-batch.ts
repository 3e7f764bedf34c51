import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { AbortedError, BadInputError, type Clock, DeadlineExceededError, type Seconds, throwIfAborted } from "@ohmwork/core";

type BatchOptions = {
  /** The longest between two results, if there is one. */
  readonly limit: Seconds | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** What is waited for, for messages. */
  readonly what: string;
};

/**
 * Runs `all.cir` of a folder in ngspice.
 *
 * @returns what it said
 * @throws BadInputError when it cannot be run
 * @throws DeadlineExceededError when no further result came within the limit
 * @throws AbortedError when the signal fires
 */
export async function runBatch(command: string, folder: string, options: BatchOptions): Promise<string> {
  const { limit, clock, signal, what } = options;
  throwIfAborted(signal, what);
  const child = spawn(command, ["-b", "all.cir"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-20_000)));
  let ended: Error | undefined;
  const end = (why: Error): void => {
    ended ??= why;
    child.stderr.destroy(); // what it may have started itself could hold it open
    child.kill("SIGKILL");
  };
  const onAbort = (): void => end(new AbortedError(what, { cause: signal?.reason }));
  signal?.addEventListener("abort", onAbort, { once: true });
  const over = new AbortController();
  const watching =
    limit === undefined
      ? undefined
      : untilSilent(folder, limit, clock, over.signal).then(
          () => end(new DeadlineExceededError(what, limit)),
          () => undefined, // it ended by itself
        );
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("error", (cause: NodeJS.ErrnoException) => {
        const why =
          cause.code === "ENOENT"
            ? "is not installed (on Debian and Ubuntu: apt install ngspice)"
            : `cannot be run (${cause.code})`;
        reject(new BadInputError(`${command} ${why}`, {}, { cause }));
      });
      child.once("close", resolve);
    });
  } finally {
    over.abort();
    signal?.removeEventListener("abort", onAbort);
    await watching;
  }
  if (ended !== undefined) throw ended;
  return said;
}

/** Resolves when the folder has got no further result for so long. */
async function untilSilent(folder: string, limit: Seconds, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let before = -1; ;) {
    const results = (await readdir(folder)).filter((name) => name.endsWith(".raw")).length;
    if (results === before) return;
    before = results;
    await clock.sleep(limit, signal);
  }
}
