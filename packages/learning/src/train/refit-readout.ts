import {
  adam,
  createBuilder,
  crossEntropy,
  encodeModel,
  gradients,
  simplify,
  tensor,
  type Tensor,
  type Value,
} from "@ohmwork/autograd";
import { takeRows } from "@ohmwork/core";
import { answers } from "./answers.ts";
import type { Programmed } from "./forward-pass.ts";
import type { TrainingOptions } from "./phase.ts";
import type { TrainingParts } from "./train.ts";
import type { TrainingState } from "./training-state.ts";

/** Steps of Adam over all rows at once; ten classes are settled to four digits of the loss after a third of them. */
const STEPS = 600;
const RATE = 0.05;

/** Fits an affine map behind the scores to what the devices answer to examples: what of a gap a digital read-out can mend. */
export async function refitReadout(
  parts: TrainingParts,
  state: TrainingState,
  options: TrainingOptions,
  programmed: Programmed,
): Promise<TrainingState> {
  const { plan, examples, runtime } = parts;
  const count = Math.min(options.refitRows ?? 10_000, examples.labels.length);
  const inputs = takeRows(
    examples.inputs,
    Uint32Array.from({ length: count }, (_, row) => row),
  );
  const scores = await answers(parts, state.parameters, inputs, { through: "device", id: "refit", programmed });
  const classes = plan.outputs;

  // Scores are brought to deviation 1 first, so that one step size fits all systems; the map undoes it.
  const deviation = Math.sqrt(scores.reduce((sum, value) => sum + value * value, 0) / scores.length) || 1;
  const size = classes * classes + classes;
  const b = createBuilder();
  const optimiser = adam();
  const readout = b.input("readout", "float32", [size]);
  const slots = optimiser.slots.map((name) => b.input(name, "float32", [size]));
  const [rate, step] = [b.input("rate", "float32", []), b.input("step", "float32", [])];
  const x = b.input("scores", "float32", [count, classes]);
  const targets = b.input("targets", "float32", [count, classes]);
  const weight = b.reshape(b.slice(readout, [0], [classes * classes], [0]), [classes, classes]);
  const y = b.add(b.matMul(x, weight), b.slice(readout, [classes * classes], [size], [0]));
  const [gradient] = gradients(b, { of: [crossEntropy(b, y, targets)], by: [readout] });
  const next = optimiser.update(b, { parameters: readout, gradient: gradient as Value, slots, rate, step });
  const outputs = Object.fromEntries([
    ["next", next.parameters],
    ...next.slots.map((slot, k) => [`next ${optimiser.slots[k]}`, slot]),
  ]) as Record<string, Value>;
  await using session = await runtime.load(encodeModel(simplify(b.build({ outputs }))));

  const oneHot = new Float32Array(count * classes);
  for (let row = 0; row < count; row += 1) oneHot[row * classes + (examples.labels[row] as number)] = 1;
  const start = new Float32Array(size);
  for (let k = 0; k < classes; k += 1) start[k * classes + k] = deviation;
  let at = tensor("float32", [size], start);
  let memory: Tensor[] = optimiser.init(at);
  const fixed = {
    scores: tensor(
      "float32",
      [count, classes],
      scores.map((value) => value / deviation),
    ),
    targets: tensor("float32", [count, classes], oneHot),
    rate: tensor("float32", [], [RATE]),
  };
  for (let k = 1; k <= STEPS; k += 1) {
    const feeds: Record<string, Tensor> = { ...fixed, readout: at, step: tensor("float32", [], [k]) };
    for (const [index, name] of optimiser.slots.entries()) feeds[name] = memory[index] as Tensor;
    const made = await session.run(feeds);
    at = made["next"] as Tensor;
    memory = optimiser.slots.map((name) => made[`next ${name}`] as Tensor);
  }
  const fitted = Float32Array.from(at.data as Float32Array, (value, k) => (k < classes * classes ? value / deviation : value));
  const physical = plan.layers.reduce((sum, layer) => sum + (layer.kind === "physical" ? layer.factor : 0), 0);
  return {
    ...state,
    readout: fitted,
    counts: { ...state.counts, deviceEvaluations: state.counts.deviceEvaluations + count * physical },
  };
}
