import { createBatch } from "@ohmwork/core";
import { digits8x8Lines } from "../data/digits-8x8.ts";
import { type LabelledBatch, type SplitDataset, takeLabelled } from "../labelled-batch.ts";
import { stratifiedParts } from "../stratified-parts.ts";

/** Most ink that a pixel holds. */
const FULL = 16;
const SIDE = 8;

/**
 * The 1,797 digits of 8 × 8 pixels that scikit-learn carries, as pictures [rows, 8, 8] of 0 (paper) to 1 (ink): of each class
 * three fifths to learn from, a fifth for validation and a fifth to test on. The source does not say who wrote which digit, so a
 * writer may be in all three: this is easier than digits of strangers.
 */
export function digits8x8(options: { readonly seed: number }): SplitDataset {
  const all = decode();
  const [train, validation, test] = stratifiedParts(all.labels, { fractions: [0.6, 0.2, 0.2], seed: options.seed });
  return {
    name: "digits 8×8",
    source:
      "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI (1998), test part, as in scikit-learn 1.2.1",
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    train: takeLabelled(all, train as Uint32Array),
    validation: takeLabelled(all, validation as Uint32Array),
    test: takeLabelled(all, test as Uint32Array),
  };
}

function decode(): LabelledBatch {
  const lines = digits8x8Lines.split("\n");
  const pixels = SIDE * SIDE;
  const data = new Float32Array(lines.length * pixels);
  for (const [row, line] of lines.entries()) {
    for (let i = 0; i < pixels; i += 1) data[row * pixels + i] = Number.parseInt(line[i] as string, FULL + 1) / FULL;
  }
  return {
    inputs: createBatch(data, [lines.length, SIDE, SIDE]),
    labels: Uint32Array.from(lines, (line) => Number(line[pixels])),
  };
}
