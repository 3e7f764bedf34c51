import { adam } from "@ohmwork/autograd";
import { BadInputError, type PhysicalSystem, type Port } from "@ohmwork/core";
import type { Layer } from "@ohmwork/learning";
import { createSpiceSystem, fitTwin, scalePortGap, withPortGap } from "@ohmwork/systems";
import { FEW_ROWS, type TrainRecipe, type TrainRecipeOptions } from "./train-recipe.ts";

const PASSES = 2;

/** What a board of the circuit does that the netlist does not; those of the inputs are in parts of their window. */
const boardGap = { inputOffset: 0.02, inputNoise: 0.005, outputNoiseOfRow: 0.01, parameterError: 0.05 };

/**
 * Any netlist between trainable linear layers, twice, with thresholds or whatever its parameters are set anew for each pass.
 * Nothing is known of it: its twin is a network fitted to what the netlist answers at ideal ports.
 */
export async function spiceRecipe(options: TrainRecipeOptions): Promise<TrainRecipe> {
  const { inputs, classes, rows, seed, gapScale = 1, runtime, physics, spice, signal, onFit, ownTwin = false } = options;
  if (spice === undefined) throw new BadInputError("System spice needs a deck, and ngspice to run it");
  const { deck, engine } = spice;
  const drawn = createSpiceSystem(deck, engine);
  const watch = { ...(signal === undefined ? {} : { signal }), ...(onFit === undefined ? {} : { onProgress: onFit }) };
  const fitted = physics && !ownTwin ? await fitTwin(drawn, { runtime, seed, rows: 2000, ...watch }) : undefined;
  const wide = widest(drawn.ports.inputs);
  const gap = { ...boardGap, inputOffset: boardGap.inputOffset * wide, inputNoise: boardGap.inputNoise * wide };
  const windows = { min: each(drawn, ({ min }) => min), max: each(drawn, ({ max }) => max) };
  const network = (through: readonly Layer[]): Layer[] => [
    ...Array.from({ length: PASSES }, (): Layer[] => [
      { kind: "linear", outputs: windows.min.length },
      { kind: "normalise", over: "all" },
      { kind: "standardise", mean: 0, factor: 0.4 },
      ...through,
      { kind: "normalise", over: "each" },
    ]).flat(),
    { kind: "linear", outputs: classes },
  ];
  const start = drawn.ports.parameters.map(({ min, max }) => ({ mean: (min + max) / 2, deviation: (max - min) / 6 }));
  return {
    network: {
      inputs,
      layers: network([
        { kind: "to-ports", ...windows },
        { kind: "physical", system: "circuit", start },
      ]),
    },
    digital: {
      "window alone": { inputs, layers: network([{ kind: "clamp", limit: 1 }]) },
      linear: { inputs, layers: network([]) },
    },
    devices: { circuit: withPortGap(drawn, scalePortGap(gap, gapScale), seed) },
    ...(fitted === undefined
      ? { twins: {} }
      : { twins: { circuit: fitted.twin }, fit: { error: fitted.error, measured: fitted.measured } }),
    options: {
      ...(rows < FEW_ROWS ? { epochs: 30, batch: 32 } : { epochs: 5, batch: 128 }),
      rate: 0.01,
      optimiser: adam(),
      warmUp: 50,
      clipNorm: 1,
      noise: { input: gap.inputNoise * gapScale, outputOfRow: gap.outputNoiseOfRow * gapScale },
    },
    augmentation: { rotationDegrees: 8, shift: 0.03, scale: [0.95, 1.05] },
  };
}

function widest(ports: readonly Port[]): number {
  return Math.max(...ports.map(({ min, max }) => max - min));
}

function each({ ports }: PhysicalSystem, of: (port: Port) => number): number[] {
  return ports.inputs.flatMap((port) => Array.from({ length: port.size }, () => of(port)));
}
