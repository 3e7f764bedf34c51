import type { SoundGap, SoundSamples } from "./sound-source.ts";

type Piece = SoundSamples | SoundGap;

/** Pieces of sound that wait for their reader, so many samples at most. */
export type SoundQueue = {
  readonly push: (piece: Piece) => void;
  /** What waits is still read, then the sound is over; or, with an error, ends in it. */
  readonly end: (error?: Error) => void;
  /** The next piece; nothing when the sound is over. */
  readonly take: () => Promise<Piece | undefined>;
};

/** Drops the oldest when its reader is late, and puts a gap where they were. */
export function createSoundQueue(mostSamples: number): SoundQueue {
  const pieces: Piece[] = [];
  let waiting = 0;
  let over: { readonly error: Error | undefined } | undefined;
  let wake: (() => void) | undefined;
  const changed = (): void => {
    wake?.();
    wake = undefined;
  };

  const isWaiting = (): boolean => pieces.length === 0 && over === undefined;

  const dropOldest = (): void => {
    let dropped: SoundSamples | undefined;
    while (waiting > mostSamples) {
      const at = pieces.findIndex(({ kind }) => kind === "samples");
      const oldest = pieces[at] as SoundSamples;
      pieces.splice(at, 1);
      waiting -= oldest.samples.length;
      dropped ??= oldest;
    }
    if (dropped === undefined) return;
    const late = pieces[0];
    if (late?.kind === "gap" && late.reason === "overrun") return;
    const detail = "Samples were dropped because nobody took them";
    pieces.unshift({ kind: "gap", reason: "overrun", position: dropped.position, suspect: 0, detail });
  };

  return {
    push: (piece) => {
      if (over !== undefined) return;
      const last = pieces.at(-1);
      // A recorder that fails again and again while nobody reads must not fill the memory with it.
      if (piece.kind === "gap" && last?.kind === "gap" && piece.reason === last.reason && piece.suspect === 0) return;
      pieces.push(piece);
      if (piece.kind === "samples") waiting += piece.samples.length;
      dropOldest();
      changed();
    },
    end: (error) => {
      over ??= { error };
      changed();
    },
    take: async () => {
      while (isWaiting()) await new Promise<void>((resolve) => (wake = resolve));
      const piece = pieces.shift();
      if (piece?.kind === "samples") waiting -= piece.samples.length;
      if (piece === undefined && over?.error !== undefined) throw over.error;
      return piece;
    },
  };
}
