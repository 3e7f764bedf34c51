/** What a real self-learning network does that an ideal one does not. Everything defaults to ideal; nothing is hidden. */
export type Imperfections = {
  /** Fixed input offset of each of an edge's two comparators, standard deviation over edges [V]. */
  readonly comparatorOffsetVolts: number;
  /** Noise of each comparator decision, standard deviation [V]. */
  readonly comparatorNoiseVolts: number;
  /** Relative standard deviation of the resistance of each single step of a potentiometer, equal in both replicas. */
  readonly tapTolerance: number;
  /** Relative standard deviation of the resistance of each edge as a whole, equal in both replicas; of a transistor or diode, of what it carries. */
  readonly endToEndTolerance: number;
  /** The same, drawn for each replica apart: the two copies of an edge differ. */
  readonly replicaMismatch: number;
  /** Names of edges whose wiper no longer moves. */
  readonly stuckEdges: readonly string[];
  /** Names of edges that no longer conduct. */
  readonly cutEdges: readonly string[];
};

export const idealEdges: Imperfections = {
  comparatorOffsetVolts: 0,
  comparatorNoiseVolts: 0,
  tapTolerance: 0,
  endToEndTolerance: 0,
  replicaMismatch: 0,
  stuckEdges: [],
  cutEdges: [],
};
