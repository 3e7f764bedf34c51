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
  const parts = [...rowsOfClass.keys()]
    .toSorted((a, b) => a - b)
    .map((label) => {
      const rows = rowsOfClass.get(label) as number[];
      if (rows.length < 2) throw new RangeError(`Class ${label} has ${rows.length} row: expected 2 or more to split`);
      const size = Math.min(Math.max(Math.round(rows.length * trainFraction), 1), rows.length - 1);
      const shuffled = Array.from(random.permutation(rows.length), (i) => rows[i] as number);
      return { train: shuffled.slice(0, size), test: shuffled.slice(size) };
    });
  const train = parts.flatMap((part) => part.train);
  const test = parts.flatMap((part) => part.test);
  return {
    train: random.permutation(train.length).map((i) => train[i] as number),
    test: Uint32Array.from(test).toSorted(),
  };
}
