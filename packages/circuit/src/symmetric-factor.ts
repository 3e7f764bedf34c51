/**
 * LDLᵀ factorisation of a symmetric positive definite matrix of fixed pattern; indices are elimination positions.
 * `values` is filled by the caller at the slots that `slotOf` names (lower triangle: row ≥ column), then `factor` is called.
 */
export interface SymmetricFactor {
  readonly size: number;
  readonly values: Float64Array;
  /** Memory held [bytes]. */
  readonly bytes: number;
  slotOf(row: number, column: number): number;
  /** Factors `values`. @returns −1, or the first position whose pivot vanishes: the matrix is singular there */
  factor(): number;
  /** Solves in place for `width` right-hand sides; x [size, width]. */
  solve(x: Float64Array, width: number): void;
  /**
   * Given x at positions from `first` on, fills the positions before it with the solution of a system that is driven from
   * those last positions only: back substitution alone. x [size].
   */
  spread(x: Float64Array, first: number): void;
  /** Copies the trailing Schur complement over the positions from `first` on; block [size − first, size − first], full. */
  trailing(first: number, block: Float64Array): void;
  /** Rank-one change: adds delta · w wᵀ with w = e_i − e_j, or e_i where j < 0. @returns whether the pivots stayed safe; if not, factor anew */
  change(i: number, j: number, delta: number): boolean;
}

/**
 * A change that leaves a pivot below this part of the largest it has been since `factor` is refused: what was added to that pivot
 * has rounded away what it stood on.
 */
export const smallestPivotDrop = 1e-6;

/** A pivot smaller than this part of its diagonal entry is rounding error: what is left when all of a node's conductance was cut. */
export const smallestPivotRatio = 1e-14;
