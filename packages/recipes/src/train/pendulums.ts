import { adam } from "@ohmwork/autograd";
import type { Layer, Start } from "@ohmwork/learning";
import { createPendulums, pendulumTwin, publishedPendulumGap, publishedPendulums } from "@ohmwork/systems";
import { FEW_ROWS, type TrainRecipe, type TrainRecipeOptions } from "./train-recipe.ts";

const couplings: Start = { deviation: 0.05 };

/** Two networks of coupled pendulums, the second with one more for each class (github.com/mcmahon-lab/Physics-Aware-Training). */
export async function pendulumRecipe({
  inputs,
  classes,
  rows,
  seed,
  gapScale = 1,
  runtime,
}: TrainRecipeOptions): Promise<TrainRecipe> {
  const sizes = { first: inputs, second: inputs + classes };
  const layers: Layer[] = [
    { kind: "physical", system: "first", start: [couplings, {}] },
    { kind: "pad", width: sizes.second },
    { kind: "physical", system: "second", start: [couplings, {}] },
    { kind: "select", from: inputs, to: inputs + classes },
    { kind: "gain", start: 5 },
  ];
  return {
    network: { inputs, layers },
    digital: { linear: { inputs, layers: [{ kind: "linear", outputs: classes }] } },
    devices: {
      first: createPendulums({ pendulums: sizes.first, seed, gapScale, runtime }),
      second: createPendulums({ pendulums: sizes.second, seed: seed + 1000, gapScale, runtime }),
    },
    twins: {
      first: await pendulumTwin({ pendulums: sizes.first }),
      second: await pendulumTwin({ pendulums: sizes.second }),
    },
    options: {
      ...(rows < FEW_ROWS ? { epochs: 40, batch: 32 } : { epochs: 15, batch: 128 }),
      rate: 0.02,
      optimiser: adam(),
      warmUp: 50,
      noise: { input: 0.02 * gapScale, outputOfRow: 0.01 * gapScale },
    },
    augmentation: { rotationDegrees: 15, shift: 0.05, scale: [0.9, 1.1] },
  };
}

/** Side of the squares that clothes are cut into, and how many there are. */
const SQUARE = { side: 7, count: 16 };

/**
 * Clothes in squares, each beside pendulums at rest through one network after the other, and all their answers beside one
 * pendulum for each class through a second: the second published example, with its gap.
 */
export async function pendulumClothesRecipe(options: TrainRecipeOptions): Promise<TrainRecipe> {
  const { classes, rows, seed, gapScale = 1, runtime } = options;
  const pixels = SQUARE.side ** 2;
  const inputs = SQUARE.count * pixels;
  const [patch, whole] = publishedPendulums.clothes;
  const answers = SQUARE.count * patch;
  const layers: Layer[] = [
    { kind: "rows-of", width: pixels },
    { kind: "pad", width: patch },
    { kind: "physical", system: "patch", start: [couplings, {}] },
    { kind: "rows-of", width: answers },
    { kind: "pad", width: whole },
    { kind: "physical", system: "whole", start: [{ deviation: 0.02 }, {}] },
    { kind: "select", from: answers, to: answers + classes },
    { kind: "gain", start: 5 },
  ];
  const gap = publishedPendulumGap;
  return {
    network: { inputs, layers },
    digital: { linear: { inputs, layers: [{ kind: "linear", outputs: classes }] } },
    devices: {
      patch: createPendulums({ pendulums: patch, seed, gap, gapScale, runtime }),
      whole: createPendulums({ pendulums: whole, seed: seed + 1000, gap, gapScale, runtime }),
    },
    twins: { patch: await pendulumTwin({ pendulums: patch }), whole: await pendulumTwin({ pendulums: whole }) },
    options: {
      ...(rows < FEW_ROWS ? { epochs: 40, batch: 32 } : { epochs: 20, batch: 64 }),
      rate: 0.01,
      optimiser: adam(),
      warmUp: 50,
      noise: { input: 0.02 * gapScale, outputOfRow: 0 },
    },
    augmentation: { rotationDegrees: 0, shift: 0.03, scale: [1, 1] },
    squares: SQUARE.side,
  };
}
