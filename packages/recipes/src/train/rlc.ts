import { adam } from "@ohmwork/autograd";
import type { Layer } from "@ohmwork/learning";
import { createRlc, rlcTwin } from "@ohmwork/systems";
import { FEW_ROWS, type TrainRecipe, type TrainRecipeOptions } from "./train-recipe.ts";

const SAMPLES = 784;
const PASSES = 6;

/** Several passes through one resonance with a transistor, each added to what went in (after Wright et al., Nature 601, 549, 2022). */
export async function rlcRecipe({ inputs, classes, rows, seed, gapScale = 1 }: TrainRecipeOptions): Promise<TrainRecipe> {
  const held = Math.floor(SAMPLES / inputs);
  const head: Layer[] = [
    { kind: "repeat", times: held },
    { kind: "pad", width: SAMPLES },
  ];
  const tail: Layer[] = [
    { kind: "windows", count: classes, of: "values" },
    { kind: "gain", start: 10 },
  ];
  const passes = (through: readonly Layer[]): Layer[] =>
    Array.from({ length: PASSES }, (_, pass): Layer[] => {
      const skips = pass < PASSES - 1;
      return [
        { kind: "permute", seed: pass },
        ...(skips ? [{ kind: "keep", name: `pass ${pass}` } as const] : []),
        { kind: "rescale", scale: { mean: 1, deviation: 0.5 }, shift: { deviation: 0.3 }, limit: 4 },
        ...through,
        ...(skips ? [{ kind: "add-kept", name: `pass ${pass}` } as const] : []),
      ];
    }).flat();
  return {
    network: { inputs, layers: [...head, ...passes([{ kind: "physical", system: "circuit" }]), ...tail] },
    digital: { "no circuit": { inputs, layers: [...head, ...passes([]), ...tail] } },
    devices: { circuit: createRlc({ seed, gapScale }) },
    twins: { circuit: await rlcTwin() },
    options: {
      ...(rows < FEW_ROWS ? { epochs: 40, batch: 32 } : { epochs: 3, batch: 128 }),
      rate: 0.03,
      optimiser: adam(),
      warmUp: 50,
      clipNorm: 1,
      noise: { input: 0.01 * gapScale, outputOfRow: 0.01 * gapScale },
    },
    augmentation: { rotationDegrees: 8, shift: 0.03, scale: [0.95, 1.05] },
  };
}
