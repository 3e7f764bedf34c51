import {
  adam,
  createBuilder,
  crossEntropy,
  encodeModel,
  type Graph,
  gradients,
  simplify,
  tensor,
  type Tensor,
  type Value,
} from "@ohmwork/autograd";
import { createBatch, takeRows, throwIfAborted } from "@ohmwork/core";
import { answers } from "./answers.ts";
import { finiteRows } from "./finite-rows.ts";
import { oneHot } from "./one-hot.ts";
import type { PhaseWork } from "./train-phase.ts";
import { TrainingError } from "./training-error.ts";
import { counted, noCounts, type TrainingState } from "./training-state.ts";

/** Steps of Adam over all rows at once; ten classes are settled to four digits of the loss after a third of them. */
const STEPS = 600;
const RATE = 0.05;
const optimiser = adam();

/** Fits an affine map behind the scores to what the devices answer to examples: what of a gap a digital read-out can mend. */
export async function refitReadout(
  { parts, options, programmed, run }: Pick<PhaseWork, "parts" | "options" | "programmed" | "run">,
  state: TrainingState,
): Promise<TrainingState> {
  const { examples } = parts;
  const count = Math.min(options.refitRows ?? 10_000, examples.labels.length);
  const inputs = takeRows(
    examples.inputs,
    Uint32Array.from({ length: count }, (_, row) => row),
  );
  const asking = { programmed, stops: "Training stopped at the refit of its read-out", step: state.step, signal: run.signal };
  let counts = noCounts;
  const scores = await answers(parts, state.parameters, inputs, {
    through: "device",
    id: "refit",
    asking,
    onRows: (_, taken) => (counts = taken),
  });
  const classes = parts.plan.outputs;
  const all = createBatch(scores, [count, classes]);
  const usable = finiteRows(all);
  if (usable.length === 0)
    throw new TrainingError(`${asking.stops}: none of its ${count} rows was given finite scores`, { step: state.step });
  const labels = Array.from(usable, (row) => examples.labels[row] as number);
  const readout = await fitAffine(takeRows(all, usable).data, labels, { parts, run });
  return { ...state, readout, counts: counted(state.counts, counts) };
}

/** The affine map [classes × classes] then [classes] behind scores that brings them closest to their labels by cross-entropy. */
async function fitAffine(
  scores: Float32Array,
  labels: ArrayLike<number>,
  { parts, run }: Pick<PhaseWork, "parts" | "run">,
): Promise<Float32Array> {
  const classes = parts.plan.outputs;
  const square = classes * classes;
  const size = square + classes;
  // Scores are brought to deviation 1 first, so that one step size fits all systems; the map undoes it.
  const deviation = Math.sqrt(scores.reduce((sum, value) => sum + value * value, 0) / scores.length) || 1;
  const start = new Float32Array(size);
  for (let k = 0; k < classes; k += 1) start[k * classes + k] = deviation;
  const fixed = {
    scores: tensor(
      "float32",
      [labels.length, classes],
      scores.map((value) => value / deviation),
    ),
    targets: oneHot(labels, classes),
    rate: tensor("float32", [], [RATE]),
  };
  await using session = await parts.runtime.load(encodeModel(affineStep(labels.length, classes)));
  let readout = tensor("float32", [size], start);
  let slots: Tensor[] = optimiser.init(readout);
  for (let step = 1; step <= STEPS; step += 1) {
    throwIfAborted(run.signal, "Training");
    const feeds: Record<string, Tensor> = { ...fixed, readout, step: tensor("float32", [], [step]) };
    for (const [index, name] of optimiser.slots.entries()) feeds[name] = slots[index] as Tensor;
    const made = await session.run(feeds);
    readout = made["next"] as Tensor;
    slots = optimiser.slots.map((name) => made[`next ${name}`] as Tensor);
  }
  return Float32Array.from(readout.data as Float32Array, (value, k) => (k < square ? value / deviation : value));
}

/** One step of the fit over all rows: `readout`, the optimiser's slots, `rate`, `step`, `scores`, `targets` in; `next` and slots out. */
function affineStep(rows: number, classes: number): Graph {
  const square = classes * classes;
  const size = square + classes;
  const b = createBuilder();
  const readout = b.input("readout", "float32", [size]);
  const slots = optimiser.slots.map((name) => b.input(name, "float32", [size]));
  const [rate, step] = [b.input("rate", "float32", []), b.input("step", "float32", [])];
  const [scores, targets] = [b.input("scores", "float32", [rows, classes]), b.input("targets", "float32", [rows, classes])];
  const weight = b.reshape(b.slice(readout, [0], [square], [0]), [classes, classes]);
  const mapped = b.add(b.matMul(scores, weight), b.slice(readout, [square], [size], [0]));
  const [gradient] = gradients(b, { of: [crossEntropy(b, mapped, targets)], by: [readout] });
  const next = optimiser.update(b, { parameters: readout, gradient: gradient as Value, slots, rate, step });
  const outputs: Record<string, Value> = { next: next.parameters };
  for (const [index, name] of optimiser.slots.entries()) outputs[`next ${name}`] = next.slots[index] as Value;
  return simplify(b.build({ outputs }));
}
