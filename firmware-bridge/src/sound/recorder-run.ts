import { type ChildProcess, spawn } from "node:child_process";
import { type Clock, Seconds } from "@ohmwork/core";
import { lastLine, recorderEnvironment } from "./capture-devices.ts";
import { createRateCheck } from "./rate-check.ts";
import type { RecorderTiming } from "./recorder-timing.ts";
import type { SoundGapReason } from "./sound-source.ts";

/** How a run of the recorder came to its end. */
export type RunEnd = {
  readonly reason: SoundGapReason | "not-installed" | "stopped";
  /** Samples at its end that are not to be believed. */
  readonly suspect: number;
  readonly detail: string;
};

export type RunOptions = {
  readonly command: readonly string[];
  readonly rate: number;
  readonly timing: RecorderTiming;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @returns the number of samples in these bytes */
  readonly onBytes: (bytes: Uint8Array) => number;
  /** The recorder itself said that it was too slow, by so many seconds. */
  readonly onOverrun: (seconds: number) => void;
};

/** How long a killed recorder may take to go: one that waits for a device that was pulled out cannot even be killed. */
const KILL_SECONDS = Seconds(2);

/** Runs the recorder once, until it ends, fails, or is stopped; then it is gone. */
export async function runRecorder(options: RunOptions): Promise<RunEnd> {
  const { command, rate, timing, clock, signal, onBytes, onOverrun } = options;
  if (signal.aborted) return { reason: "stopped", suspect: 0, detail: "Stopped" };
  const [file = "arecord", ...args] = command;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: recorderEnvironment() });
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const over = new AbortController();
  const rateCheck = createRateCheck(rate, timing);
  let lastSound: number | undefined;
  const started = clock.monotonic();
  try {
    return await new Promise<RunEnd>((resolve) => {
      signal.addEventListener("abort", () => resolve({ reason: "stopped", suspect: 0, detail: "Stopped" }), {
        signal: over.signal,
      });
      child.stdout.on("data", (bytes: Uint8Array) => {
        if (over.signal.aborted) return;
        lastSound = clock.monotonic();
        rateCheck.count(onBytes(bytes), lastSound);
      });
      listenToMessages(child, { resolve, onOverrun, suspect: () => rateCheck.total() });
      void watch();

      async function watch(): Promise<void> {
        const tick = Seconds(timing.stallSeconds / 4);
        for (;;) {
          await clock.sleep(tick, over.signal).catch(() => undefined);
          if (over.signal.aborted) return;
          const now = clock.monotonic();
          const [since, limit] = lastSound === undefined ? [started, timing.startSeconds] : [lastSound, timing.stallSeconds];
          if (now - since >= limit)
            resolve({ reason: "stalled", suspect: 0, detail: `The recorder has given nothing for ${limit} s` });
          const wrong = rateCheck.wrong(now);
          if (wrong !== undefined) {
            const detail = `The recorder gives ${Math.round(wrong.rate)} samples a second, ${rate} were asked for`;
            resolve({ reason: "wrong-rate", suspect: wrong.suspect, detail });
          }
        }
      }
    });
  } finally {
    over.abort();
    child.kill("SIGKILL"); // a recorder into a pipe has nothing to save
    child.stdout.resume();
    const waiting = new AbortController();
    await Promise.race([closed, clock.sleep(KILL_SECONDS, waiting.signal).catch(() => undefined)]);
    waiting.abort();
  }
}

/** What the recorder says and how it ends. */
function listenToMessages(
  child: ChildProcess,
  {
    resolve,
    onOverrun,
    suspect,
  }: { resolve: (end: RunEnd) => void; onOverrun: (seconds: number) => void; suspect: () => number },
): void {
  const recent: string[] = [];
  let pending = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (pending + text).split("\n");
    pending = (lines.pop() ?? "").slice(-1000);
    recent.splice(0, Infinity, ...[...recent, ...lines].slice(-20));
    for (const line of lines) {
      const overrun = /overrun!!! \(at least ([\d.]+) ms long\)/.exec(line);
      if (overrun !== null) onOverrun(Number(overrun[1]) / 1000);
      const rates = /rate is not accurate \(requested = (\d+) ?Hz, got = (\d+) ?Hz\)/.exec(line);
      if (rates === null) continue;
      const detail = `The device gives ${rates[2]} samples a second, ${rates[1]} were asked for: a name that begins with plughw: converts them`;
      resolve({ reason: "wrong-rate", suspect: suspect(), detail });
    }
  });
  child.once("error", (error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "not-installed" : "ended";
    resolve({ reason, suspect: 0, detail: `The recorder cannot be run (${error.code})` });
  });
  child.once("close", (code, signal) => {
    const said = [...recent, pending].join("\n");
    const how = signal === null ? `with ${code}` : `by ${signal}`;
    const reason = /device or resource busy/i.test(said) ? "busy" : isGone(said) ? "vanished" : "ended";
    resolve({ reason, suspect: 0, detail: `The recorder ended ${how}: ${lastLine(said)}` });
  });
}

/** What ALSA says of a card that was pulled out, or was never there. */
function isGone(said: string): boolean {
  return /no such (device|file)|cannot (find|get) card|unknown pcm|invalid card|no soundcards/i.test(said);
}
