import type { Random } from "./random.ts";

/**
 * How a self-learning system changes: what is done to its outputs, and what each edge makes of its own two voltage drops.
 * A rule knows no system by name and a system knows no rule: a system is given one.
 * All arrays are plain volts; a rule writes only into its last array argument.
 */
export interface LearningRule {
  readonly name: string;
  /** Which two states an edge compares: free and clamped, or two clamped states on either side of the free one. */
  readonly contrast: "free-clamped" | "symmetric";
  /** Alternate which replica is clamped, so that a fixed error of an edge changes sign from step to step. */
  readonly swapReplicas: boolean;
  /**
   * Displacement of every output from its free voltage, towards its label [V]; NaN for an output that is left free.
   * Returns how strongly to learn (1 as usual, 0: nothing to be taught, skip the clamped state).
   */
  nudge(free: Float64Array, label: Float64Array, displacement: Float64Array): number;
  /**
   * What each edge does, from the drops it sensed itself: positive makes it more conductive. Digital rules give
   * −1, 0 or +1 tick; continuous rules a change in the edge's own parameter unit. `second` is the state nearer to the
   * label (clamped, or displaced by +d), `first` the other (free, or displaced by −d): dropping more in `second` means
   * conduct less.
   */
  change(first: Float64Array, second: Float64Array, strength: number, random: Random, changes: Float64Array): void;
}
