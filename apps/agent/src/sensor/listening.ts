import type { SoundGap, SoundSamples } from "@ohmwork/firmware-bridge";
import { alignedClip, CLIP_RATE, type ClipLayout, createEndpointer, type Endpointer, type Utterance } from "@ohmwork/tasks";

/** A sound as the circuit is to hear it. */
export type HeardSound = {
  readonly kind: "sound";
  readonly utterance: Utterance;
  /** The sound at the level of the gain control, laid out as the circuit takes it [V]. */
  readonly row: Float32Array;
  /** More than 1 % of it is at full scale: what was said is not what was recorded. */
  readonly isClipped: boolean;
  /** Name of the clip that it is of, where that is known. */
  readonly clip?: string;
};

/** Why a sound gets no answer: shorter than 60 ms, longer than 3 s, broken off by a gap, or with nothing in it to hear. */
export type UnheardReason = "tooShort" | "tooLong" | "brokenOff" | "silent";

/** What came of a piece of sound. */
export type Listened =
  | HeardSound
  | { readonly kind: "unheard"; readonly reason: UnheardReason }
  /** All from this place on is not what it was taken for. */
  | { readonly kind: "suspect"; readonly from: number };

/** Finds in a stream of sound, as it comes, what a sensor is to answer. */
export type Listening = {
  readonly take: (piece: SoundSamples | SoundGap) => Listened[];
  /** The stream has ended, and a sound with it. */
  readonly finish: () => Listened[];
};

/** Shortest sound that is answered [s]. */
const LEAST_SECONDS = 0.06;
/** Longest sound that is answered, as the endpointer cuts it [s]. */
const MOST_SECONDS = 3;
/** Share of samples at full scale from which a sound is clipped. */
const CLIPPED_SHARE = 0.01;

/** A listening to sound of 16 kHz. Its memory is that of the longest sound. */
export function createListening(layout: ClipLayout): Listening {
  const begin = (): Endpointer => createEndpointer({ rate: CLIP_RATE, leastSeconds: 0.02, mostSeconds: MOST_SECONDS });
  let endpointer = begin();
  /** The last clip that is known by name, and where it ended so far. */
  let clip: { readonly name: string; readonly end: number } | undefined;
  /** Where a sound was cut; what goes on there is the same sound. */
  let cutAt: number | undefined;
  /** Since the last gap: samples, and whether any of them was a sound. */
  let samples = 0;
  let isSilent = true;

  const judge = (utterance: Utterance): Listened[] => {
    isSilent = false;
    const { onset, level, cut, position, clipped } = utterance;
    const end = position + utterance.samples.length;
    const goesOn = cutAt !== undefined && position <= cutAt;
    cutAt = cut ? end : undefined;
    if (goesOn) return [];
    const seconds = (utterance.samples.length - onset) / CLIP_RATE;
    if (cut) return [{ kind: "unheard", reason: "tooLong" }];
    if (seconds < LEAST_SECONDS) return [{ kind: "unheard", reason: "tooShort" }];
    const row = level > 0 ? alignedClip(utterance.samples, layout) : undefined;
    if (row === undefined) return [{ kind: "unheard", reason: "silent" }];
    const isClipped = clipped > CLIPPED_SHARE * (utterance.samples.length - onset);
    return [
      { kind: "sound", utterance, row, isClipped, ...(clip !== undefined && clip.end > position + onset && { clip: clip.name }) },
    ];
  };

  /** A stretch without gaps is over; one in which nothing was heard is counted. */
  const endStretch = (): Listened[] => {
    const wasSilent = isSilent && samples > 0;
    [samples, isSilent, cutAt] = [0, true, undefined];
    return wasSilent ? [{ kind: "unheard", reason: "silent" }] : [];
  };

  const takeGap = ({ reason, position, suspect }: SoundGap): Listened[] => {
    const open = endpointer.finish();
    const found: Listened[] = [];
    if (reason === "next-clip") {
      found.push(...open.flatMap(judge));
      endpointer = begin(); // another recording has another level
    } else if (open.length > 0) {
      isSilent = false;
      found.push({ kind: "unheard", reason: "brokenOff" });
    }
    found.push(...endStretch());
    endpointer.restart(position);
    if (suspect > 0) found.push({ kind: "suspect", from: position - suspect });
    return found;
  };

  return {
    take: (piece) => {
      if (piece.kind === "gap") return takeGap(piece);
      if (samples === 0) endpointer.restart(piece.position);
      if (piece.clip !== undefined) clip = { name: piece.clip, end: piece.position + piece.samples.length };
      samples += piece.samples.length;
      return endpointer.push(piece.samples).flatMap(judge);
    },
    finish: () => [...endpointer.finish().flatMap(judge), ...endStretch()],
  };
}
