import { createBuilder, type Graph, type GraphRuntime, int, tensor, type Value } from "@ohmwork/autograd";
import { createGraphKernel, type GraphKernel } from "./graph-kernel.ts";
import type { ShgKernel } from "./shg-kernel.ts";
import type { ShgOptics } from "./shg-optics.ts";
import { createProductMatrix } from "./shg-products.ts";
import { sensitivity } from "./shg-pulse.ts";
import type { ShgSetup } from "./shg-setup.ts";

/** `createProducts` on a runtime. */
export function createProductsOnRuntime(setup: ShgSetup, optics: ShgOptics, runtime: GraphRuntime): ShgKernel & AsyncDisposable {
  const { inputBins, outputBins } = setup;
  const { matrix, program } = createProductMatrix(setup, optics);
  const kernel: GraphKernel = createGraphKernel(runtime, () => productsGraph(setup, optics));
  return {
    program,
    run: (drives, rows, pulse) =>
      kernel.run({
        drives: tensor("float32", [rows, inputBins], drives),
        matrix: tensor("float32", [inputBins, 2 * outputBins], matrix),
        sensitivities: tensor(
          "float32",
          [outputBins],
          Float32Array.from({ length: outputBins }, (_, bin) => sensitivity(optics, bin, pulse)),
        ),
      }),
    [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
  };
}

/** `drives` [rows, inputBins] at a bench with this `matrix` [inputBins, 2 × outputBins] and these `sensitivities` [outputBins]. */
function productsGraph({ inputBins, outputBins, modulator }: ShgSetup, optics: ShgOptics): Graph {
  const g = createBuilder();
  const vector = (values: Float64Array): Value => g.constant(tensor("float32", [inputBins], values.slice(0, inputBins)));
  const given = g.input("drives", "float32", ["rows", inputBins]);
  const drives = g.add(g.mul(given, vector(optics.slopes)), vector(optics.offsets));
  const amplitudes = modulator === "linear" ? g.clip(g.add(g.mul(drives, 0.2), 0.5), 0, 1) : g.sigmoid(drives);
  const fields = g.matMul(amplitudes, g.input("matrix", "float32", [inputBins, 2 * outputBins]));
  const [real, imaginary] = g.apply(
    "Split",
    [fields, g.integers([outputBins, outputBins])],
    { axis: int(1) },
    { outputs: 2 },
  ) as [Value, Value];
  const power = g.add(g.mul(real, real), g.mul(imaginary, imaginary));
  return g.build({ outputs: [g.add(g.mul(power, g.input("sensitivities", "float32", [outputBins])), optics.dark)] });
}
