import { adam } from "@ohmwork/autograd";
import type { Layer } from "@ohmwork/learning";
import { createShg, hybridShg, shgTwin } from "@ohmwork/systems";
import type { TrainRecipe, TrainRecipeOptions } from "./train-recipe.ts";

const PASSES = 2;
/** Window of the modulators' converters; a modulator itself is at its end at 2.5. */
const LARGEST_DRIVE = 20;

/** Second-harmonic generation between trainable linear layers (after the hybrid network of Wright et al., Nature 601, 549, 2022). */
export async function shgRecipe({ inputs, classes, seed, gapScale = 1 }: TrainRecipeOptions): Promise<TrainRecipe> {
  const setup = hybridShg;
  const network = (through: readonly Layer[]): Layer[] => [
    { kind: "standardise", mean: 0.13, factor: 3 },
    ...Array.from({ length: PASSES }, (): Layer[] => [
      { kind: "linear", outputs: setup.inputBins },
      { kind: "normalise", over: "all" },
      { kind: "clamp", limit: LARGEST_DRIVE },
      ...through,
      { kind: "normalise", over: "each" },
    ]).flat(),
    { kind: "linear", outputs: classes },
  ];
  return {
    network: { inputs, layers: network([{ kind: "physical", system: "crystal", start: [{ deviation: 1.5 }] }]) },
    digital: { linear: { inputs, layers: network([]) }, "modulator alone": { inputs, layers: network([{ kind: "modulator" }]) } },
    devices: { crystal: createShg({ seed, gapScale, setup, largestDrive: LARGEST_DRIVE }) },
    twins: { crystal: await shgTwin({ setup }) },
    options: {
      epochs: 15,
      batch: 128,
      rate: 0.01,
      optimiser: adam(),
      warmUp: 50,
      clipNorm: 1,
      noise: { input: 0, outputOfRow: 0.02 * gapScale },
    },
    augmentation: { rotationDegrees: 8, shift: 0.03, scale: [0.95, 1.05] },
  };
}
