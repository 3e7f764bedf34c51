import type { Tensor } from "@ohmwork/autograd";

/**
 * Labels as targets [rows, classes]: one for the class, zero elsewhere.
 *
 * @throws RangeError for a label that is no class
 */
export function oneHot(labels: ArrayLike<number>, classes: number): Tensor {
  const data = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row += 1) {
    const label = labels[row] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new RangeError(`Label ${label} of row ${row} is no class: expected a whole number from 0 to ${classes - 1}`);
    data[row * classes + label] = 1;
  }
  return { type: "float32", shape: [labels.length, classes], data };
}
