import { type Clock, DeadlineExceededError, Seconds, withDeadline } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { type SoundLevel, soundLevel } from "@ohmwork/tasks";
import type { SoundGap, SoundSource } from "./sound-source.ts";

/** What came of a source in a while. */
export type SoundCheck = SoundLevel & {
  /** Sound that was heard [s]. */
  readonly seconds: number;
  readonly gaps: readonly SoundGap[];
};

/**
 * Listens for a while and says how loud it was: a peak of 0 is a microphone that is off, clipped samples are a gain too high.
 *
 * @param options.seconds sound to hear. @default 2
 * @param options.limitSeconds time that it may take; a source that gives nothing has then given nothing. @default 10
 * @throws BadInputError when the recorder is not installed
 */
export async function checkSound(
  source: SoundSource,
  options: {
    readonly seconds?: number;
    readonly limitSeconds?: number;
    readonly clock?: Clock;
    readonly signal?: AbortSignal;
  } = {},
): Promise<SoundCheck> {
  const { seconds = 2, limitSeconds = 10, clock = systemClock, signal } = options;
  const heard: Float32Array[] = [];
  const gaps: SoundGap[] = [];
  let count = 0;
  const listen = async (): Promise<void> => {
    for await (const piece of source) {
      if (piece.kind === "gap") {
        gaps.push(piece);
        continue;
      }
      heard.push(piece.samples);
      count += piece.samples.length;
      if (count >= seconds * source.rate) return;
    }
  };
  const limit = { clock, limit: Seconds(limitSeconds), what: "Sound", ...(signal === undefined ? {} : { signal }) };
  await withDeadline(listen, limit).catch((error: unknown) => {
    if (!(error instanceof DeadlineExceededError)) throw error;
  });
  const samples = new Float32Array(count);
  let at = 0;
  for (const piece of heard) {
    samples.set(piece, at);
    at += piece.length;
  }
  return { ...soundLevel(samples), seconds: count / source.rate, gaps };
}
