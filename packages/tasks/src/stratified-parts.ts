import { createRandom } from "@ohmwork/core";

/**
 * Rows in parts that each have their share of every class, each part in rising order.
 *
 * @param options.fractions share of each part, of sum 1; rounded to whole rows of each class
 * @throws RangeError when the fractions are not positive or do not sum to 1
 */
export function stratifiedParts(
  labels: Uint32Array,
  options: { readonly fractions: readonly number[]; readonly seed: number },
): Uint32Array[] {
  const { fractions, seed } = options;
  const total = fractions.reduce((sum, fraction) => sum + fraction, 0);
  if (!fractions.every((fraction) => fraction > 0) || Math.abs(total - 1) > 1e-9) {
    throw new RangeError(`Fractions must be positive and sum to 1: ${fractions.join(", ")}`);
  }
  const random = createRandom(seed, "stratified parts");
  const parts = fractions.map((): number[] => []);
  const rowsOfClass = Map.groupBy(labels.keys(), (row) => labels[row] as number);
  for (const label of [...rowsOfClass.keys()].toSorted((a, b) => a - b)) {
    const rows = rowsOfClass.get(label) as number[];
    const order = random.permutation(rows.length);
    let reached = 0;
    let start = 0;
    for (const [i, part] of parts.entries()) {
      reached += fractions[i] as number;
      const end = i === parts.length - 1 ? rows.length : Math.round(reached * rows.length);
      for (const k of order.subarray(start, end)) part.push(rows[k] as number);
      start = end;
    }
  }
  return parts.map((part) => Uint32Array.from(part).sort());
}
