import { type Batch, createBatch, rowOf, rowsOf } from "@ohmwork/core";

/** What one source node is driven with: a feature, its complement (supply − feature), or a fixed fraction of the supply. */
export type Column = { readonly feature: number; readonly complement?: boolean } | { readonly rail: number };

/** Features as source voltages. */
export type Encoding = {
  readonly supplyVolts: number;
  readonly columns: readonly Column[];
  /** Range of each feature over the rows it was learnt from, in the feature's own unit. */
  readonly ranges: readonly { readonly min: number; readonly max: number }[];
  /** Features [rows, features] to volts [rows, columns]. @throws RangeError when the number of features is wrong */
  readonly encode: (features: Batch) => Batch;
};

/** Every feature, every complement, ground and supply. */
export function defaultColumns(features: number): readonly Column[] {
  const each = Array.from({ length: features }, (_, feature) => ({ feature }));
  return [...each, ...each.map(({ feature }) => ({ feature, complement: true })), { rail: 0 }, { rail: 1 }];
}

/**
 * An encoding whose scale comes from the given rows only: their smallest value is 0 V, their largest the supply, and any
 * other row's value is clamped to that range. A feature that never varies in those rows is held at half the supply.
 *
 * @throws RangeError when there are no rows, a column names no feature, or a rail is not a fraction of the supply
 */
export function fitEncoding(
  features: Batch,
  trainRows: Uint32Array,
  options: { readonly supplyVolts: number; readonly columns: readonly Column[] },
): Encoding {
  const { supplyVolts, columns } = options;
  const { width } = rowsOf(features);
  if (!(supplyVolts > 0 && supplyVolts < Infinity)) throw new RangeError(`Supply must be positive: ${supplyVolts} V`);
  if (trainRows.length === 0) throw new RangeError("Encoding needs at least one row to learn its scale from");
  for (const column of columns) checkColumn(column, width);
  const ranges = Array.from({ length: width }, () => ({ min: Infinity, max: -Infinity }));
  for (const index of trainRows) {
    const row = rowOf(features, index);
    for (const [feature, range] of ranges.entries()) {
      const value = row[feature] as number;
      range.min = Math.min(range.min, value);
      range.max = Math.max(range.max, value);
    }
  }
  return { supplyVolts, columns, ranges, encode: (batch) => encode(batch, { supplyVolts, columns, ranges }) };
}

function checkColumn(column: Column, features: number): void {
  if ("rail" in column) {
    if (!(column.rail >= 0 && column.rail <= 1)) throw new RangeError(`Rail must be a fraction of the supply: ${column.rail}`);
  } else if (!(Number.isInteger(column.feature) && column.feature >= 0 && column.feature < features)) {
    throw new RangeError(`Column names feature ${column.feature}: expected 0 to ${features - 1}`);
  }
}

function encode(features: Batch, encoding: Omit<Encoding, "encode">): Batch {
  const { supplyVolts, columns, ranges } = encoding;
  const { count, width } = rowsOf(features);
  if (width !== ranges.length) throw new RangeError(`Encoding takes ${ranges.length} features: ${width} given`);
  const data = new Float32Array(count * columns.length);
  for (let row = 0; row < count; row += 1) {
    for (const [i, column] of columns.entries()) {
      data[row * columns.length + i] =
        supplyVolts * fraction(column, features.data.subarray(row * width, (row + 1) * width), ranges);
    }
  }
  return createBatch(data, [count, columns.length]);
}

/** Fraction of the supply, 0 to 1. */
function fraction(column: Column, row: Float32Array, ranges: Encoding["ranges"]): number {
  if ("rail" in column) return column.rail;
  const { min, max } = ranges[column.feature] as { min: number; max: number };
  const scaled = max > min ? ((row[column.feature] as number) - min) / (max - min) : 0.5;
  const clamped = Math.min(Math.max(scaled, 0), 1);
  return column.complement === true ? 1 - clamped : clamped;
}
