/** Reports of a run, so that a person sees it move. */
const REPORTS = 50;
/** Presentations between two reports at the most: what a stretch of teaching holds in memory, and how soon it can be stopped. */
const MOST = 10_000;

/** Presentations between two reports of a run of so many. */
export function reportEveryOf(steps: number, reports: number = REPORTS): number {
  return Math.min(MOST, Math.ceil(steps / reports));
}
