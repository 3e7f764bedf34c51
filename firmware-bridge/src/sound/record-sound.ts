import { BadInputError, type Clock, createRandom, Seconds } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { notInstalled } from "./capture-devices.ts";
import { createPcmReader, type PcmFormat } from "./pcm-format.ts";
import { runRecorder } from "./recorder-run.ts";
import { defaultRecorderTiming, type RecorderTiming } from "./recorder-timing.ts";
import { createSoundQueue, type SoundQueue } from "./sound-queue.ts";
import type { SoundSource } from "./sound-source.ts";

export type RecordOptions = {
  /** ALSA's name of the device, as `listCaptureDevices` gives them. @default "default" */
  readonly device?: string;
  /** Samples a second. @default 16000 */
  readonly rate?: number;
  /** @default "S16_LE" */
  readonly format?: PcmFormat;
  /** Channels that the device is asked for. @default 1 */
  readonly channels?: number;
  /** The one that is listened to. @default 0 */
  readonly channel?: number;
  /** The recorder, and words before its options. @default ["arecord"] */
  readonly command?: readonly string[];
  readonly timing?: Partial<RecorderTiming>;
  readonly clock?: Clock;
  /** Draws the jitter of the pauses; devices that fail together must not come back together. @default 1 */
  readonly seed?: number;
};

/**
 * Sound of a microphone by way of `arecord`, which is started when reading begins, watched, and started again when it ends, stalls,
 * gives another rate or loses its device. Each of these is a gap.
 *
 * @throws BadInputError when the recorder is not installed, where the source is read
 */
export function recordSound(options: RecordOptions = {}): SoundSource {
  const { device = "default", rate = 16_000, format = "S16_LE", channels = 1, channel = 0, clock = systemClock } = options;
  if (!(Number.isInteger(rate) && rate >= 1000)) throw new RangeError(`Rate must be a whole number of 1000 or more: ${rate}`);
  if (!(Number.isInteger(channel) && channel >= 0 && channel < channels))
    throw new RangeError(`Channel must be one of ${channels}, counted from 0: ${channel}`);
  const timing = { ...defaultRecorderTiming, ...options.timing };
  const [file = "arecord", ...first] = options.command ?? ["arecord"];
  const words = ["-t", "raw", "-f", format, "-r", String(rate), "-c", String(channels), "-D", device];
  const command = [file, ...first, ...words];
  const stop = new AbortController();
  const queue = createSoundQueue(timing.waitingSeconds * rate);
  let running: Promise<void> | undefined;
  return {
    name: `${file} ${device}`,
    rate,
    async *[Symbol.asyncIterator]() {
      const supervised = { rate, format, channels, channel, timing, clock, seed: options.seed ?? 1, stop, queue };
      running ??= supervise(command, supervised).catch((error: Error) => queue.end(error));
      for (let piece = await queue.take(); piece !== undefined; piece = await queue.take()) yield piece;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      queue.end();
      await running;
    },
  };
}

type Supervised = {
  readonly rate: number;
  readonly format: PcmFormat;
  readonly channels: number;
  readonly channel: number;
  readonly timing: RecorderTiming;
  readonly clock: Clock;
  readonly seed: number;
  readonly stop: AbortController;
  readonly queue: SoundQueue;
};

async function supervise(command: readonly string[], supervised: Supervised): Promise<void> {
  const { rate, timing, clock, seed, stop, queue } = supervised;
  const random = createRandom(seed, "pauses of the recorder");
  let [begin, end, failures] = [Number.NaN, 0, 0];
  let heard = false;
  while (!stop.signal.aborted) {
    const read = createPcmReader(supervised.format, supervised);
    let first = true;
    const started = clock.monotonic();
    const run = await runRecorder({
      command,
      rate,
      timing,
      clock,
      signal: stop.signal,
      onBytes: (bytes) => {
        const samples = read(bytes);
        if (samples.length === 0) return 0;
        const now = clock.monotonic();
        if (!heard) begin = now - samples.length / rate;
        if (first) end = Math.max(end, Math.round((now - begin) * rate) - samples.length);
        [heard, first] = [true, false];
        queue.push({ kind: "samples", position: end, samples });
        end += samples.length;
        return samples.length;
      },
      onOverrun: (seconds) => {
        const detail = `The recorder was kept waiting and lost ${seconds} s`;
        // Where in the samples it happened, it does not say: what it gave before is at most its buffer of half a second.
        queue.push({ kind: "gap", reason: "overrun", position: end, suspect: Math.min(end, Math.round(rate / 2)), detail });
        end += Math.round(seconds * rate);
      },
    });
    if (run.reason === "stopped") break;
    if (run.reason === "not-installed" && !heard) return queue.end(new BadInputError(notInstalled(command[0] ?? "")));
    const reason = run.reason === "not-installed" ? "vanished" : run.reason;
    queue.push({ kind: "gap", reason, position: end, suspect: run.suspect, detail: run.detail });
    failures = clock.monotonic() - started >= timing.steadySeconds ? 1 : failures + 1;
    const pause = Math.min(timing.longestRetrySeconds, timing.retrySeconds * 2 ** (failures - 1));
    await clock.sleep(Seconds(pause * (0.5 + random.uniform())), stop.signal).catch(() => undefined);
  }
  queue.end();
}
