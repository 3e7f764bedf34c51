import { adam } from "@ohmwork/autograd";
import type { Layer } from "@ohmwork/learning";
import { createShg, hybridShg, shgTwin, vowelShg } from "@ohmwork/systems";
import { FEW_ROWS, type TrainRecipe, type TrainRecipeOptions } from "./train-recipe.ts";

const PASSES = 2;
/** Window of the modulators' converters; a modulator itself is at its end at 2.5. */
const LARGEST_DRIVE = 20;

/** Second-harmonic generation between trainable linear layers (after the hybrid network of Wright et al., Nature 601, 549, 2022). */
export async function shgRecipe({ inputs, classes, rows, seed, gapScale = 1 }: TrainRecipeOptions): Promise<TrainRecipe> {
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
      ...(rows < FEW_ROWS ? { epochs: 60, batch: 32 } : { epochs: 15, batch: 128 }),
      rate: 0.005,
      optimiser: adam(),
      warmUp: 50,
      clipNorm: 1,
      noise: { input: 0, outputOfRow: 0.02 * gapScale },
    },
    augmentation: { rotationDegrees: 8, shift: 0.03, scale: [0.95, 1.05] },
  };
}

const VOWEL_PASSES = 3;

/**
 * Formants on a shaped pulse: each number drives several pixels beside each other, three passes through the crystal, and the
 * spectrum in as many windows as there are vowels (after Wright et al., Nature 601, 549, 2022).
 */
export async function shgVowelRecipe({ inputs, classes, seed, gapScale = 1 }: TrainRecipeOptions): Promise<TrainRecipe> {
  const setup = vowelShg;
  const network = (through: readonly Layer[]): Layer[] => [
    { kind: "standardise", mean: 0.5, factor: 3 },
    { kind: "repeat", times: Math.floor(setup.inputBins / inputs) },
    { kind: "pad", width: setup.inputBins },
    ...Array.from({ length: VOWEL_PASSES }, (): Layer[] => [
      { kind: "rescale", scale: { deviation: 1 }, shift: { deviation: 0.3 }, limit: LARGEST_DRIVE },
      ...through,
      { kind: "layer-norm" },
    ]).flat(),
    { kind: "windows", count: classes, of: "values" },
    { kind: "gain", start: 2 },
  ];
  return {
    network: { inputs, layers: network([{ kind: "physical", system: "crystal", start: [{ deviation: 2 }] }]) },
    digital: { "no crystal": { inputs, layers: network([{ kind: "sigmoid" }]) } },
    devices: { crystal: createShg({ seed, gapScale, setup, largestDrive: LARGEST_DRIVE }) },
    twins: { crystal: await shgTwin({ setup }) },
    options: {
      epochs: 800,
      batch: 128,
      rate: 0.05,
      optimiser: adam(),
      warmUp: 50,
      clipNorm: 1,
      noise: { input: 0, outputOfRow: 0.02 * gapScale },
    },
    jitter: 0.03,
  };
}
