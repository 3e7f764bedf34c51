import { createBuilder, encodeModel, type Graph, type GraphBuilder, tensor, type Value } from "@ohmwork/autograd";
import { drawnShgOptics } from "./shg-optics.ts";
import { firstOutput, hybridShg, type ShgSetup } from "./shg-setup.ts";
import { createTwin, type Twin } from "./twin.ts";

export const shgStage = "spectra";

/** What `createShg` makes without a gap: `inputs` [rows, inputBins] and `parameters` [trainableBins] in, `spectra` [rows, outputBins] out. */
export function shgTwinGraph(setup: ShgSetup = hybridShg): Graph {
  const { inputBins, trainableBins, bands } = setup;
  const optics = drawnShgOptics(setup);
  const g = createBuilder();
  const vector = (values: Float64Array): Value => g.constant(tensor("float32", [values.length], values));
  const modulate = (drives: Value): Value =>
    setup.modulator === "linear" ? g.clip(g.add(g.mul(drives, 0.2), 0.5), 0, 1) : g.sigmoid(drives);
  const shaped = (drives: Value, first: number, count: number): Value =>
    g.mul(modulate(drives), vector(optics.real.slice(first, first + count)));
  const inputs = shaped(g.input("inputs", "float32", ["rows", inputBins]), 0, inputBins);
  const trainable = shaped(g.input("parameters", "float32", [trainableBins]), inputBins, trainableBins);
  const sums = bands === "apart" ? productsOf(g, setup, inputs, trainable) : autoconvolutionOf(g, setup, inputs, trainable);
  const field = g.mul(sums, vector(optics.matching));
  return g.build({ outputs: { [shgStage]: g.mul(field, field) } });
}

/** Σ a_p t_{m−p} of two bands apart. */
function productsOf(g: GraphBuilder, setup: ShgSetup, inputs: Value, trainable: Value): Value {
  const { inputBins, outputBins } = setup;
  return g.matMul(inputs, shifted(g, trainable, { rows: inputBins, first: firstOutput(setup), columns: outputBins }));
}

/** Σ A_p A_{m−p} of two bands side by side: those of the inputs alone, twice those across, and those of the parameters alone. */
function autoconvolutionOf(g: GraphBuilder, setup: ShgSetup, inputs: Value, trainable: Value): Value {
  const { inputBins, trainableBins, outputBins: columns } = setup;
  const first = firstOutput(setup);
  const sums: Value[] = [];
  // Inputs alone reach only bins at the lower end, and those only from their upper pixels.
  const lowest = Math.max(0, first - (inputBins - 1));
  if (lowest < inputBins) {
    const upper = g.unsqueeze(g.slice(inputs, [lowest], [inputBins], [1]), [1]);
    const ofInputs = shifted(g, upper, { rows: inputBins - lowest, first: first - 2 * lowest, columns });
    sums.push(g.squeeze(g.matMul(upper, ofInputs), [1]));
  }
  const across: Shift = { rows: inputBins, first: first - inputBins, columns };
  if (reaches(trainableBins, across)) sums.push(g.mul(g.matMul(inputs, shifted(g, trainable, across)), 2));
  const own: Shift = { rows: trainableBins, first: first - 2 * inputBins, columns };
  if (reaches(trainableBins, own)) sums.push(g.matMul(trainable, shifted(g, trainable, own)));
  return sums.reduce((sum, term) => g.add(sum, term));
}

type Shift = { readonly rows: number; readonly first: number; readonly columns: number };

/** Whether any of the indices first + column − row is one of `size`. */
const reaches = (size: number, { rows, first, columns }: Shift): boolean => first + columns > 0 && first - rows + 1 < size;

/**
 * [rows, columns] of values[first + column − row] of a vector, 0 beyond its ends, or the same for every row of a batch [batch, 1, n].
 * The vector is repeated end to end and read again in lines that are one shorter, so that each begins one later.
 */
function shifted(g: GraphBuilder, values: Value, { rows, first, columns }: Shift): Value {
  const batched = values.shape?.length === 3;
  const size = values.shape?.at(-1) as number;
  const length = rows + columns;
  const low = first - (rows - 1);
  const start = Math.max(0, low);
  const end = Math.min(size, low + length);
  const before = start - low;
  const after = low + length - end;
  const used = start === 0 && end === size ? values : g.slice(values, [start], [end], [-1]);
  const padded = g.op("Pad", [used, g.integers(batched ? [0, 0, before, 0, 0, after] : [before, after])]);
  const repeated = g.expand(padded, batched ? [1, rows, 1] : [rows, length]);
  const line = g.reshape(repeated, batched ? [-1, rows * length] : [rows * length]);
  const begun = g.slice(line, [rows - 1], [rows - 1 + rows * (length - 1)], [-1]);
  const lines = g.reshape(begun, batched ? [-1, rows, length - 1] : [rows, length - 1]);
  return g.slice(lines, [0], [columns], [-1]);
}

/** The twin of `createShg` with the same setup. @default hybridShg */
export function shgTwin(options: { readonly setup?: ShgSetup } = {}): Promise<Twin> {
  return createTwin(encodeModel(shgTwinGraph(options.setup)), shgStage);
}
