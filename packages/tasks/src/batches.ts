import { createRandom } from "@ohmwork/core";
import { type LabelledBatch, takeLabelled } from "./labelled-batch.ts";

/**
 * One epoch: every example once, in an order that seed and epoch decide, `size` at a time; the last batch holds what is left.
 *
 * @throws RangeError when the size is not a whole number ≥ 1, or the epoch not one ≥ 0
 */
export function* batches(
  examples: LabelledBatch,
  options: { readonly size: number; readonly seed: number; readonly epoch: number },
): Generator<LabelledBatch, void, undefined> {
  const { size, seed, epoch } = options;
  if (!(Number.isInteger(size) && size >= 1)) throw new RangeError(`Batch size must be a whole number of 1 or more: ${size}`);
  if (!(Number.isInteger(epoch) && epoch >= 0)) throw new RangeError(`Epoch must be a whole number of 0 or more: ${epoch}`);
  const order = createRandom(seed, `order of epoch ${epoch}`).permutation(examples.labels.length);
  for (let start = 0; start < order.length; start += size) yield takeLabelled(examples, order.subarray(start, start + size));
}
