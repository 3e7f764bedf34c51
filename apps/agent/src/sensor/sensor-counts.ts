import type { SoundGapReason } from "@ohmwork/firmware-bridge";
import type { UnheardReason } from "./listening.ts";

/** What became of the sounds of a sensor since it was started. */
export type SensorCounts = {
  /** Sounds that were answered, `unknown` and clipped among them. */
  answers: number;
  unknown: number;
  clipped: number;
  /** Sounds without an answer, by reason. */
  readonly unheard: Record<UnheardReason, number>;
  /** Sounds without an answer because a lease had the circuit. */
  leased: number;
  /** Sounds without an answer because the circuit could not be measured, or gave what is no number. */
  failed: number;
  /** Interruptions of the sound, by reason; recordings that follow each other are none. */
  readonly gaps: Partial<Record<SoundGapReason, number>>;
  /** Answers found out later to rest on sound that may not be what was heard. */
  suspect: number;
  /** Evidence that the disk refused. */
  evidenceRefused: number;
};

export const noCounts = (): SensorCounts => ({
  answers: 0,
  unknown: 0,
  clipped: 0,
  unheard: { tooShort: 0, tooLong: 0, brokenOff: 0, silent: 0 },
  leased: 0,
  failed: 0,
  gaps: {},
  suspect: 0,
  evidenceRefused: 0,
});
