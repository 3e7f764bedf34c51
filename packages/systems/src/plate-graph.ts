import { createBuilder, encodeModel, type Graph, tensor } from "@ohmwork/autograd";
import { drawPlateModes, type PlateGap, realisticPlateGap } from "./plate-gap.ts";
import { impulseResponse, toeplitzOf } from "./plate-response.ts";
import { calculatedPlate, type CalculatedPlateOptions } from "./calculated-plate.ts";
import { createTwin, type Twin } from "./twin.ts";

export type PlateAsMade = CalculatedPlateOptions & { readonly seed: number; readonly gap?: PlateGap; readonly gapScale?: number };

export const plateStage = "sound";

/** A device: `drive` [rows, T] through `matrix` [T, T], which `toeplitzOf` makes of its impulse response. */
export function plateDeviceGraph(samples: number): Graph {
  const g = createBuilder();
  const drive = g.input("drive", "float32", ["rows", samples]);
  return g.build({ outputs: [g.matMul(drive, g.input("matrix", "float32", [samples, samples]))] });
}

/** `inputs` [rows, T] in, `sound` [rows, T] out. */
function plateTwinGraph(response: Float64Array): Graph {
  const size = response.length;
  const g = createBuilder();
  const drive = g.input("inputs", "float32", ["rows", size]);
  const matrix = g.constant(tensor("float32", [size, size], toeplitzOf(response)));
  return g.build({ outputs: { [plateStage]: g.matMul(drive, matrix) } });
}

/** What `createPlate` makes of the same options without a gap. */
export function plateTwin(options: CalculatedPlateOptions = {}): Promise<Twin> {
  return createTwin(encodeModel(plateTwinGraph(calculatedPlate(options).response)), plateStage);
}

/** The plate as `createPlate` makes it from the same options, before it drifts: the true gradient, which only a simulation can give. */
export function plateTwinAsMade(options: PlateAsMade): Promise<Twin> {
  const { seed, gap = realisticPlateGap, gapScale = 1 } = options;
  const { modes, sampling, gain } = calculatedPlate(options);
  const response = impulseResponse(drawPlateModes(modes, gap, gapScale, seed), sampling).map((value) => value * gain);
  return createTwin(encodeModel(plateTwinGraph(response)), plateStage);
}
