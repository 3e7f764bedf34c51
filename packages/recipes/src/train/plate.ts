import { adam } from "@ohmwork/autograd";
import type { Layer } from "@ohmwork/learning";
import { createPlate, plateTwin, plateTwinAsMade } from "@ohmwork/systems";
import { FEW_ROWS, type TrainRecipe, type TrainRecipeOptions } from "./train-recipe.ts";

const SAMPLES = 392;
const PASSES = 4;

/**
 * Several passes through one plate, whose loudest window of time tells the class (after Wright et al., Nature 601, 549, 2022).
 * Before each pass the samples are put into another fixed order: a plate alone cannot bring late pixels to early windows.
 */
export async function plateRecipe({
  inputs,
  classes,
  rows,
  seed,
  gapScale = 1,
  runtime,
}: TrainRecipeOptions): Promise<TrainRecipe> {
  const held = Math.floor(SAMPLES / inputs);
  const head: Layer[] = [
    { kind: "repeat", times: held },
    { kind: "pad", width: SAMPLES },
  ];
  const tail: Layer[] = [
    { kind: "windows", count: classes, of: "squares" },
    { kind: "gain", start: 2 },
  ];
  const passes = (through: readonly Layer[]): Layer[] =>
    Array.from({ length: PASSES }, (_, pass): Layer[] => [
      { kind: "permute", seed: pass },
      { kind: "rescale", scale: { deviation: 1 }, shift: { deviation: 0.1 }, limit: 6 },
      ...through,
    ]).flat();
  return {
    network: { inputs, layers: [...head, ...passes([{ kind: "physical", system: "plate" }]), ...tail] },
    digital: { "no plate": { inputs, layers: [...head, ...passes([]), ...tail] } },
    devices: { plate: createPlate({ seed, gapScale, runtime }) },
    twins: { plate: await plateTwin() },
    twinsAsMade: async () => ({ plate: await plateTwinAsMade({ seed, gapScale }) }),
    options: {
      ...(rows < FEW_ROWS ? { epochs: 60, batch: 32 } : { epochs: 10, batch: 128 }),
      rate: 0.06,
      optimiser: adam(),
      warmUp: 50,
      clipNorm: 1,
      noise: { input: 0.01 * gapScale, outputOfRow: 0.01 * gapScale },
    },
    augmentation: { rotationDegrees: 8, shift: 0.03, scale: [0.95, 1.05] },
  };
}
