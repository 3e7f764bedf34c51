import {
  adam,
  createBuilder,
  crossEntropy,
  encodeModel,
  type Graph,
  gradients,
  ints,
  simplify,
  tensor,
  type Tensor,
  type Value,
} from "@ohmwork/autograd";
import { createRandom } from "@ohmwork/core";
import type { Shared, StepCase } from "./step-case.ts";

const [size, classes, rate] = [28, 10, 1e-3];
const channels = [1, 8, 16] as const;
const pooled = size / 4;
const features = channels[2] * pooled * pooled;
/** Weights and bias of each layer, in the order and shapes that PyTorch keeps them. */
const shapes = [
  [channels[1], channels[0], 3, 3],
  [channels[1]],
  [channels[2], channels[1], 3, 3],
  [channels[2]],
  [classes, features],
  [classes],
] as const;

const count = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const parameterCount = shapes.reduce((sum, shape) => sum + count(shape), 0);

/** Two convolutions with their pools and a linear layer, cross-entropy, and Adam, as one graph. */
function stepGraph(batch: number): Graph {
  const b = createBuilder();
  const vector = (name: string): Value => b.input(name, "float32", [parameterCount]);
  const [parameters, mean, square] = ["parameters", "mean", "square"].map(vector) as [Value, Value, Value];
  const [inputs, step] = [b.input("inputs", "float32", [batch, 1, size, size]), b.input("step", "float32", [])];
  const targets = b.input("targets", "float32", [batch, classes]);
  let offset = 0;
  const blocks = shapes.map((shape) => b.slice(parameters, [offset], [(offset += count(shape))], [0]));
  const [w1, b1, w2, b2, w3, b3] = blocks.map((block, index) => b.reshape(block, shapes[index] as readonly number[]));
  const layer = (x: Value, weights: Value | undefined, bias: Value | undefined): Value => {
    const convolved = b.op("Conv", [x, weights, bias], { pads: ints([1, 1, 1, 1]) });
    return b.op("MaxPool", [b.relu(convolved)], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  };
  const flat = b.reshape(layer(layer(inputs, w1, b1), w2, b2), [batch, features]);
  const scores = b.add(b.matMul(flat, b.transpose(w3 as Value, [1, 0])), b3 as Value);
  const loss = crossEntropy(b, scores, targets);
  const gradient = b.concat(gradients(b, { of: [loss], by: blocks }) as Value[], 0);
  const { parameters: moved, slots } = adam().update(b, {
    parameters,
    gradient,
    slots: [mean, square],
    rate: b.scalar("float32", rate),
    step,
  });
  const [nextMean, nextSquare] = slots as readonly [Value, Value];
  return simplify(b.build({ outputs: { loss, "next parameters": moved, "next mean": nextMean, "next square": nextSquare } }));
}

/** A step of a small convolutional network. */
export function convolutionCase(batch: number, wantedRatio: number): StepCase {
  const random = createRandom(1, `convolution step of ${batch} rows`);
  const start = shapes.flatMap((shape) => {
    const deviation = 1 / Math.sqrt(count(shape.slice(1)));
    return Array.from({ length: count(shape) }, () => deviation * random.normal());
  });
  const shared: Shared = {
    parameters: tensor("float32", [parameterCount], start),
    inputs: tensor("float32", [batch, 1, size, size], Array.from({ length: batch * size * size }, random.uniform)),
    labels: tensor(
      "int64",
      [batch],
      Array.from({ length: batch }, () => random.below(classes)),
    ),
    rate,
  };
  return {
    name: "convolutions 8 and 16 of 3 × 3",
    batch,
    wantedRatio,
    request: { ...shared, network: "convolutions", channels, size, classes },
    async start(runtime) {
      const session = await runtime.load(encodeModel(stepGraph(batch)));
      const targets = new Float32Array(batch * classes);
      for (const [row, label] of (shared.labels.data as BigInt64Array).entries()) targets[row * classes + Number(label)] = 1;
      const zero = (): Tensor => tensor("float32", [parameterCount], new Float32Array(parameterCount));
      let [parameters, mean, square] = [shared.parameters, zero(), zero()];
      let step = 0;
      return {
        async steps(steps) {
          let loss = Number.NaN;
          for (let done = 0; done < steps; done += 1) {
            step += 1;
            const made = await session.run({
              parameters,
              mean,
              square,
              inputs: shared.inputs,
              targets: tensor("float32", [batch, classes], targets),
              step: tensor("float32", [], [step]),
            });
            [parameters, mean, square] = ["next parameters", "next mean", "next square"].map(
              (name) => made[name],
            ) as Tensor[] as [Tensor, Tensor, Tensor];
            loss = made["loss"]?.data[0] as number;
          }
          return { loss, parameters: parameters.data as Float32Array };
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}
