import type { TrainingState } from "./training-state.ts";

/** A state at the end of an epoch, with that epoch's score entered; a score that is no number is worse than any. */
export function withScore(state: TrainingState, score: number): TrainingState {
  const { best, epoch, parameters } = state;
  const better = best === undefined || score > best.score || (Number.isNaN(best.score) && !Number.isNaN(score));
  return better ? { ...state, best: { epoch, score, parameters } } : state;
}

/** Whether so many epochs have gone by without a better one. */
export function ranDry({ best, epoch }: TrainingState, patience: number): boolean {
  return best !== undefined && epoch - best.epoch > patience;
}
