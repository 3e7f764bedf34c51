/** Changes, out of the length of the longer name, beyond which a guess would puzzle more than help. */
const LARGEST_SHARE_CHANGED = 0.4;

/** Number of single-character insertions, deletions and substitutions between two words (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}

/** The known name that a mistyped one most likely means; undefined where none is near. Case does not count. */
export function nearestName(mistyped: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let smallest = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const share = editDistance(mistyped.toLowerCase(), name.toLowerCase()) / Math.max(mistyped.length, name.length);
    if (share > LARGEST_SHARE_CHANGED || share >= smallest) continue;
    smallest = share;
    nearest = name;
  }
  return nearest;
}
