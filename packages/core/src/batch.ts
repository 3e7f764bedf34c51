/**
 * Numbers in row-major order with their shape; the first axis counts the rows.
 * `lengths` holds the true length of each row where clips are padded to the longest.
 */
export type Batch = { readonly data: Float32Array; readonly shape: readonly number[]; readonly lengths?: Uint32Array };

/**
 * A batch whose data fills its shape exactly.
 *
 * @throws RangeError when a dimension is not a whole number ≥ 0, when data and shape disagree, or when `lengths` has not one entry ≤ shape[1] per row
 */
export function createBatch(data: Float32Array, shape: readonly number[], lengths?: Uint32Array): Batch {
  if (shape.length === 0) throw new RangeError("Batch shape must have at least one dimension: []");
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) throw new RangeError(`Batch shape must be whole numbers: [${shape.join(", ")}]`);
  }
  const expected = shape.reduce((product, size) => product * size, 1);
  if (data.length !== expected) {
    throw new RangeError(`Batch of shape [${shape.join(", ")}] needs ${expected} values: ${data.length} given`);
  }
  if (lengths === undefined) return { data, shape };
  const longest = shape[1] ?? 0;
  if (lengths.length !== shape[0])
    throw new RangeError(`Batch of ${shape[0]} rows needs ${shape[0]} lengths: ${lengths.length} given`);
  for (const length of lengths) {
    if (length > longest) throw new RangeError(`Row length ${length} exceeds the padded length ${longest}`);
  }
  return { data, shape, lengths };
}

/** A batch of equally long rows. @throws RangeError when the rows differ in length */
export function batchOf(rows: readonly (readonly number[])[]): Batch {
  const width = rows[0]?.length ?? 0;
  for (const [i, row] of rows.entries()) {
    if (row.length !== width) throw new RangeError(`Row ${i} has ${row.length} values, row 0 has ${width}`);
  }
  return createBatch(Float32Array.from(rows.flat()), [rows.length, width]);
}

/** Rows of a batch, and the number of values in each. */
export function rowsOf(batch: Batch): { count: number; width: number } {
  const count = batch.shape[0] ?? 0;
  return { count, width: batch.shape.slice(1).reduce((product, size) => product * size, 1) };
}

/** One row, as a view into the batch. @throws RangeError when there is no such row */
export function rowOf(batch: Batch, index: number): Float32Array {
  const { count, width } = rowsOf(batch);
  if (!Number.isInteger(index) || index < 0 || index >= count) throw new RangeError(`Row ${index} is not one of ${count}`);
  return batch.data.subarray(index * width, (index + 1) * width);
}

/** The named rows, copied in the given order. */
export function takeRows(batch: Batch, indices: ArrayLike<number>): Batch {
  const { width } = rowsOf(batch);
  const data = new Float32Array(indices.length * width);
  const lengths = batch.lengths === undefined ? undefined : new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i] as number;
    data.set(rowOf(batch, index), i * width);
    if (lengths !== undefined) lengths[i] = batch.lengths?.[index] as number;
  }
  return createBatch(data, [indices.length, ...batch.shape.slice(1)], lengths);
}
