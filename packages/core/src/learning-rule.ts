import type { Random } from "./random.ts";

/**
 * How a self-learning system changes: what is done to its outputs, and what each edge makes of its own two voltage drops.
 * A rule knows no system by name and a system knows no rule: a system is given one.
 */
export interface LearningRule {
  readonly name: string;
  /** Which two states an edge compares: free and clamped, or two clamped states on either side of the free one. */
  readonly contrast: "free-clamped" | "symmetric";
  /** Alternate which replica is clamped, so that a fixed error of an edge changes sign from step to step. */
  readonly swapReplicas: boolean;
  /**
   * Writes the displacement of every output from its free voltage, towards its label [V]; NaN for an output that is left
   * free. Returns how strongly to learn: 1 as usual, 0 when there is nothing to teach and the clamped state is skipped.
   */
  nudge(free: Float64Array, label: Float64Array, displacement: Float64Array): number;
  /**
   * Writes what each edge does: positive makes it more conductive. Digital rules give −1, 0 or +1 tick; continuous rules a
   * change in the edge's own parameter unit. `second` holds the drops [V] that the edges sensed in the state nearer to the
   * label (clamped, or displaced by +d), `first` those in the other one (free, or displaced by −d). `shares` says what
   * share each edge's own parameter is of its largest value.
   */
  change(
    first: Float64Array,
    second: Float64Array,
    strength: number,
    random: Random,
    changes: Float64Array,
    shares?: Float64Array,
  ): void;
}
