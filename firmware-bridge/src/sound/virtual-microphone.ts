import { addNormals, type Clock, createRandom, Seconds } from "@ohmwork/core";
import { type Clip, listClipFiles, readClip } from "./clip-files.ts";
import { inPieces } from "./in-pieces.ts";
import type { SoundGap, SoundSamples, SoundSource } from "./sound-source.ts";

export type VirtualMicrophoneOptions = {
  /** What is played: clips at the microphone's rate, or a WAV file or folder of them. */
  readonly clips: readonly Clip[] | string;
  /** Draws the order, the pauses and the noise. @default 1 */
  readonly seed?: number;
  /** Samples a second. @default 16000 */
  readonly rate?: number;
  /** RMS of the noise of the room, under the clips as well; full scale is 1. @default 0.001 */
  readonly noise?: number;
  /** Shortest and longest pause before each clip and after the last [s]. @default [0.5, 1] */
  readonly pauseSeconds?: readonly [number, number];
  /** Times that all clips are played, each time in another order. @default 1 */
  readonly rounds?: number;
  /** Where it is given, sound comes no faster than it would from a room. */
  readonly clock?: Clock;
};

/**
 * A microphone in a quiet room in which clips are played: one stream without gaps, the same for the same seed.
 *
 * @throws BadInputError when there are no such files; where it is read, when one of them is no recording
 */
export async function openVirtualMicrophone(options: VirtualMicrophoneOptions): Promise<SoundSource> {
  const { clips, seed = 1, rate = 16_000, noise = 0.001, rounds = 1, clock } = options;
  const [shortest, longest] = options.pauseSeconds ?? [0.5, 1];
  if (!(shortest >= 0 && longest >= shortest))
    throw new RangeError(`Pauses must be of 0 s or more, the shortest first: ${shortest} s, ${longest} s`);
  const named: readonly (Clip | string)[] = typeof clips === "string" ? await listClipFiles(clips) : clips;
  const stop = new AbortController();
  return {
    name: "virtual microphone",
    rate,
    async *[Symbol.asyncIterator]() {
      const started = clock?.monotonic() ?? 0;
      let position = 0;
      for await (const piece of play()) {
        const end = position + piece.samples.length;
        if (clock !== undefined)
          await clock.sleep(Seconds(Math.max(0, started + end / rate - clock.monotonic())), stop.signal).catch(() => undefined);
        if (stop.signal.aborted) return;
        yield { kind: "samples", position, ...piece } satisfies SoundSamples | SoundGap;
        position = end;
      }
    },
    [Symbol.asyncDispose]: async () => stop.abort(),
  };

  async function* play(): AsyncGenerator<Omit<SoundSamples, "kind" | "position">> {
    const [orders, pauses, hiss] = ["order", "pauses", "noise"].map((what) =>
      createRandom(seed, `${what} of the microphone`),
    ) as [ReturnType<typeof createRandom>, ReturnType<typeof createRandom>, ReturnType<typeof createRandom>];
    const noisy = (samples: Float32Array): Float32Array => {
      const heard = samples.slice();
      addNormals(heard, noise, hiss);
      return heard.map((value) => Math.max(-1, Math.min(1, value)));
    };
    const pause = (): Float32Array => new Float32Array(Math.round((shortest + (longest - shortest) * pauses.uniform()) * rate));
    for (let round = 0; round < rounds; round += 1) {
      for (const k of orders.permutation(named.length)) {
        const next = named[k] as Clip | string;
        const clip = typeof next === "string" ? await readClip(next, rate) : next;
        for (const samples of inPieces(pause(), rate)) yield { samples: noisy(samples) };
        for (const samples of inPieces(clip.samples, rate)) yield { samples: noisy(samples), clip: clip.name };
      }
    }
    for (const samples of inPieces(pause(), rate)) yield { samples: noisy(samples) };
  }
}
