import { createBuilder, encodeModel, type Graph, tensor } from "@ohmwork/autograd";
import { toeplitzOf } from "./plate-response.ts";
import { calculatedPlate, type CalculatedPlateOptions } from "./calculated-plate.ts";
import { createTwin, type Twin } from "./twin.ts";

export const plateStage = "sound";

/** A device: `drive` [rows, T] through `matrix` [T, T], which `toeplitzOf` makes of its impulse response. */
export function plateDeviceGraph(samples: number): Graph {
  const g = createBuilder();
  const drive = g.input("drive", "float32", ["rows", samples]);
  return g.build({ outputs: [g.matMul(drive, g.input("matrix", "float32", [samples, samples]))] });
}

/** What `createPlate` makes without a gap: `inputs` [rows, T] in, `sound` [rows, T] out. */
function plateTwinGraph(options: CalculatedPlateOptions = {}): Graph {
  const { response } = calculatedPlate(options);
  const size = response.length;
  const g = createBuilder();
  const drive = g.input("inputs", "float32", ["rows", size]);
  const matrix = g.constant(tensor("float32", [size, size], toeplitzOf(response)));
  return g.build({ outputs: { [plateStage]: g.matMul(drive, matrix) } });
}

/** The twin of `createPlate` with the same options. */
export function plateTwin(options: CalculatedPlateOptions = {}): Promise<Twin> {
  return createTwin(encodeModel(plateTwinGraph(options)), plateStage);
}
