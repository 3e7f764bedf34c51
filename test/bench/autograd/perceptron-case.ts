import { tensor } from "@ohmwork/autograd";
import { createRandom } from "@ohmwork/core";
import { planNetwork } from "@ohmwork/learning";
import { networkTraining } from "./network-training.ts";
import type { Shared, StepCase } from "./step-case.ts";

const widths = [784, 512, 10] as const;

/** A step of a perceptron with one hidden layer. */
export function perceptronCase(batch: number, wantedRatio: number): StepCase {
  const [inputs, hidden, classes] = widths;
  const random = createRandom(1, `perceptron step of ${batch} rows`);
  const drawn = (count: number, deviation: number): number[] => Array.from({ length: count }, () => deviation * random.normal());
  const start = [
    ...drawn(inputs * hidden, 1 / Math.sqrt(inputs)),
    ...drawn(hidden, 0.1),
    ...drawn(hidden * classes, 1 / Math.sqrt(hidden)),
    ...drawn(classes, 0.1),
  ];
  const shared: Shared = {
    parameters: tensor("float32", [start.length], start),
    inputs: tensor("float32", [batch, inputs], Array.from({ length: batch * inputs }, random.uniform)),
    labels: tensor(
      "int64",
      [batch],
      Array.from({ length: batch }, () => random.below(classes)),
    ),
    rate: 1e-3,
  };
  return {
    name: "perceptron 784-512-10",
    batch,
    wantedRatio,
    product: [batch, inputs, hidden],
    request: { ...shared, network: "perceptron", widths },
    async start(runtime) {
      const layers = [{ kind: "linear", outputs: hidden }, { kind: "relu" }, { kind: "linear", outputs: classes }] as const;
      return networkTraining(planNetwork({ inputs, layers }, {}), runtime, {}, shared);
    },
  };
}
