/** Part of the longer name that may be mistyped before a guess would puzzle more than help; one slip is always forgiven. */
const LARGEST_PART = 0.4;

/** Number of single-character insertions, deletions, substitutions and swaps of neighbours between two words. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const areSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = areSwapped ? (beforeLast[j - 2] as number) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(substituted, swapped, (last[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}

/** The known name that a mistyped one most likely means; undefined where none is near. Case does not count. */
export function nearestName(mistyped: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const length = Math.max(mistyped.length, name.length);
    const edits = editDistance(mistyped.toLowerCase(), name.toLowerCase());
    if (edits >= length || edits > Math.max(1, LARGEST_PART * length) || edits / length >= smallest) continue;
    smallest = edits / length;
    nearest = name;
  }
  return nearest;
}

/** The end of a message about an unknown name: `, did you mean "x"?` where a known one is near, else `, expected one of a, b`. */
export function didYouMean(mistyped: string, known: readonly string[]): string {
  const near = nearestName(mistyped, known);
  return near === undefined ? `, expected one of ${known.join(", ")}` : `, did you mean "${near}"?`;
}
