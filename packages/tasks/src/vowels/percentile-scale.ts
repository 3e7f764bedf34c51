import { type Batch, createBatch, rowsOf } from "@ohmwork/core";

/** What 0 and 1 stand for, in the feature's own unit. */
export type FeatureRange = { readonly low: number; readonly high: number };

/**
 * The 1st and the 99th percentile of each feature over the given rows, interpolated between neighbours in rank as numpy does.
 *
 * @throws RangeError when there are no rows
 */
export function percentileRanges(features: Batch, rows: Uint32Array): FeatureRange[] {
  const { width } = rowsOf(features);
  if (rows.length === 0) throw new RangeError("Percentiles need at least one row");
  return Array.from({ length: width }, (_, i) => {
    const sorted = Float64Array.from(rows, (row) => features.data[row * width + i] as number).sort();
    return { low: quantile(sorted, 0.01), high: quantile(sorted, 0.99) };
  });
}

/** Features [rows, features] brought to 0 to 1 of their ranges; what lies outside is held at the end, what has no range at ½. */
export function scaleToRanges(features: Batch, ranges: readonly FeatureRange[]): Batch {
  const { count, width } = rowsOf(features);
  const data = features.data.map((value, i) => {
    const { low, high } = ranges[i % width] as FeatureRange;
    return high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0.5;
  });
  return createBatch(data, [count, width]);
}

function quantile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = Math.floor(rank);
  const value = sorted[below] as number;
  return value + (rank - below) * ((sorted[below + 1] ?? value) - value);
}
