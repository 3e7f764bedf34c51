import type { Sample } from "@ohmwork/wire";

export type OutboxState = {
  /** Samples that no acknowledgement covers yet, of all boots. */
  readonly depth: number;
  /** `seq` of the first of this boot that waits; the next one to be given when there is none. */
  readonly oldest: number;
  /** Samples that were not taken, or went with a file that was corrupt, since the outbox was first made. */
  readonly dropped: number;
  /** Of each earlier boot whose samples still wait, the `seq` of the first; absent when there is none. */
  readonly earlier?: Readonly<Record<string, number>>;
};

/** A sample that waits, and where it stands in the line. */
export type WaitingSample = {
  /** Greater for each later sample, whatever its boot. */
  readonly position: number;
  readonly boot: string;
  readonly seq: number;
  readonly payload: Uint8Array;
};

/** What was measured; the outbox gives it its boot and its number. */
export type MeasuredSample = Omit<Sample, "boot" | "seq" | "id">;

/**
 * Samples until a trainer has committed them; those of earlier boots stand before those of this one. What does not fit or
 * cannot be written is dropped before it gets a `seq`, and never what waits already: a trainer acknowledges only what is
 * without a gap, so it would wait for ever for a number that was thrown away.
 */
export interface Outbox extends Disposable {
  /** Whether what was taken survives the end of the process. */
  readonly durable: boolean;
  state(): OutboxState;
  /** Takes samples in one commit; gives how many, from the first on. */
  add(samples: readonly MeasuredSample[]): number;
  /** The first that waits behind a position. */
  after(position: number): WaitingSample | undefined;
  /** Lets go, of each boot, of everything up to and including a `seq`; false when nothing of it is news, or was ever produced. */
  acknowledge(upTo: Readonly<Record<string, number>>): boolean;
}
