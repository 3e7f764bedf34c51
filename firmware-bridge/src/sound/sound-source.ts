/** Why sound is missing. */
export type SoundGapReason =
  /** The recorder ended by itself. */
  | "ended"
  /** It gave nothing for too long. */
  | "stalled"
  /** It gives another number of samples a second than was asked for. */
  | "wrong-rate"
  /** There is no such device, or no longer. */
  | "vanished"
  /** Another program has the device. */
  | "busy"
  /** Samples came faster than they were taken. */
  | "overrun"
  /** Another recording follows, which has nothing to do with the one before. */
  | "next-clip"
  /** A file is no recording that can be read. */
  | "unreadable";

/** Samples that follow those before them without a break, as long as no gap lies between. */
export type SoundSamples = {
  readonly kind: "samples";
  /** Place of the first sample: it only grows, and over a gap it jumps by what the clock says is missing. */
  readonly position: number;
  /** Full scale is 1. */
  readonly samples: Float32Array;
  /** Name of the clip that they are of, where that is known. */
  readonly clip?: string;
};

/** Something is missing here. Nothing stands in for it: what lies on the two sides is never one sound. */
export type SoundGap = {
  readonly kind: "gap";
  readonly reason: SoundGapReason;
  /** Place one past the last sample before it. */
  readonly position: number;
  /** So many samples just before the gap are not what they were taken for, and nothing may be learned from them. */
  readonly suspect: number;
  /** What happened, in one line. */
  readonly detail: string;
};

/** Sound as it comes, once: a source is read by one reader, from its start. */
export interface SoundSource extends AsyncIterable<SoundSamples | SoundGap>, AsyncDisposable {
  /** What it is, for people. */
  readonly name: string;
  /** Samples a second. */
  readonly rate: number;
}
