import type { Tensor } from "@ohmwork/autograd";

/** Labels as targets [rows, classes]: one for the class, zero elsewhere. */
export function oneHot(labels: ArrayLike<number>, classes: number): Tensor {
  const data = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row += 1) data[row * classes + (labels[row] as number)] = 1;
  return { type: "float32", shape: [labels.length, classes], data };
}
