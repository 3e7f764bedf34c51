/** A run of columns of a factor that share their rows below the run, and are factored as one dense block. */
type Run = { start: number; end: number; below: number; zeros: number };

/**
 * Share of explicit zeros up to which two runs are joined, by the columns they would have: dense work on a few zeros beats
 * the bookkeeping of a run of its own (the idea and the shape of the table are those of CHOLMOD, ACM TOMS 35(3), 22 (2008);
 * the numbers were found by timing lattices).
 */
function zerosAllowed(columns: number): number {
  if (columns <= 4) return 0.5;
  if (columns <= 16) return 0.25;
  return columns <= 48 ? 0.1 : 0.05;
}

/**
 * Divides the columns into supernodes: columns with the same rows below, and small runs of nearly the same rows. The columns from
 * `kept` on are one supernode.
 *
 * @param counts of the rows below the diagonal in each column
 * @returns first column of each supernode, then the number of columns
 */
export function findSupernodes(parent: Int32Array, counts: Int32Array, kept: number): Int32Array {
  const runs: Run[] = [];
  for (let j = 0; j < kept; j += 1) {
    const previous = runs.at(-1);
    const follows = previous !== undefined && parent[j - 1] === j && (counts[j - 1] as number) === (counts[j] as number) + 1;
    if (follows && previous.zeros === 0) {
      previous.end = j + 1;
      previous.below = counts[j] as number;
    } else {
      runs.push({ start: j, end: j + 1, below: counts[j] as number, zeros: 0 });
    }
    // A run is complete when the next column does not belong to it; then its last child may be joined to it.
    const last = parent[j] === j + 1 && j + 1 < kept && (counts[j] as number) === (counts[j + 1] as number) + 1;
    if (!last) joinChildren(runs, parent);
  }
  const starts = runs.map(({ start }) => start);
  if (kept < parent.length) starts.push(kept);
  return Int32Array.from([...starts, parent.length]);
}

/** Joins the last run with the one before it, as long as that one is its child and few zeros come of it. */
function joinChildren(runs: Run[], parent: Int32Array): void {
  while (runs.length > 1) {
    const run = runs.at(-1) as Run;
    const child = runs.at(-2) as Run;
    const above = parent[child.end - 1] as number;
    if (above < run.start || above >= run.end) return;
    const columns = run.end - child.start;
    const zeros = child.zeros + run.zeros + (child.end - child.start) * (run.end - run.start + run.below - child.below);
    const entries = (columns * (columns + 1)) / 2 + columns * run.below;
    if (zeros > zerosAllowed(columns) * entries) return;
    runs.splice(-2, 2, { start: child.start, end: run.end, below: run.below, zeros });
  }
}
