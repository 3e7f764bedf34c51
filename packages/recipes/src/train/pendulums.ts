import { adam } from "@ohmwork/autograd";
import type { Layer, Start } from "@ohmwork/learning";
import { createPendulums, pendulumTwin } from "@ohmwork/systems";
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
