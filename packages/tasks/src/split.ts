import { createRandom } from "@ohmwork/core";

/** Row numbers to learn from, in random order, and to test on, in rising order. */
export type Split = { readonly train: Uint32Array; readonly test: Uint32Array };

/**
 * Splits rows so that every class has its share in both parts, and at least one row in each.
 *
 * @throws RangeError when the fraction is not between 0 and 1 or a class has a single row
 */
export function stratifiedSplit(labels: Uint32Array, options: { readonly trainFraction: number; readonly seed: number }): Split {
  const { trainFraction, seed } = options;
  if (!(trainFraction > 0 && trainFraction < 1)) {
    throw new RangeError(`Training fraction must be between 0 and 1: ${trainFraction}`);
  }
  const random = createRandom(seed, "stratified split");
  const rowsOfClass = Map.groupBy(labels.keys(), (row) => labels[row] as number);
  const train: number[] = [];
  const test: number[] = [];
  for (const label of [...rowsOfClass.keys()].toSorted((a, b) => a - b)) {
    const rows = rowsOfClass.get(label) as number[];
    if (rows.length < 2) throw new RangeError(`Class ${label} has ${rows.length} row: expected 2 or more to split`);
    const wanted = Math.round(rows.length * trainFraction);
    const size = Math.min(Math.max(wanted, 1), rows.length - 1);
    const shuffled = [...random.permutation(rows.length)].map((i) => rows[i] as number);
    train.push(...shuffled.slice(0, size));
    test.push(...shuffled.slice(size));
  }
  return {
    train: random.permutation(train.length).map((i) => train[i] as number),
    test: Uint32Array.from(test).toSorted(),
  };
}
