import { adam, bindOnnxRuntime, type GraphRuntime } from "@ohmwork/autograd";
import { createBatch, createRandom } from "@ohmwork/core";
import { batches, type LabelledBatch } from "@ohmwork/tasks";
import * as ort from "onnxruntime-node";
import type { Network } from "../network/layer.ts";
import { planNetwork } from "../network/plan.ts";
import type { TrainingOptions } from "../train/phase.ts";
import type { TrainingParts } from "../train/train.ts";
import { bentPorts, bentTwin, type Breakage, createBentDevice } from "./bent-device.ts";

const WIDTH = 6;

/** Two passes through a bent device between linear layers, with a skip around both. */
const ringNetwork: Network = {
  inputs: 2,
  layers: [
    { kind: "linear", outputs: WIDTH },
    { kind: "keep", name: "drive" },
    { kind: "physical", system: "bent", start: [{ deviation: 0.8 }] },
    { kind: "physical", system: "bent", start: [{ deviation: 0.8 }] },
    { kind: "add-kept", name: "drive" },
    { kind: "linear", outputs: 2 },
  ],
};

export const ringOptions: TrainingOptions = { epochs: 12, batch: 16, rate: 0.05, optimiser: adam(), clipNorm: 5 };

/** Two rings, the one within the other. */
export function rings(count: number, seed: number): LabelledBatch {
  const { normal, uniform } = createRandom(seed, "rings");
  const data = new Float32Array(2 * count);
  const labels = Uint32Array.from({ length: count }, (_, row) => {
    const angle = 2 * Math.PI * uniform();
    const radius = 0.5 + (row % 2) + 0.1 * normal();
    data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * row);
    return row % 2;
  });
  return { inputs: createBatch(data, [count, 2]), labels };
}

const examples = rings(320, 1);
const onOneThread = bindOnnxRuntime(ort, { threads: 1 });

/** All that a training of the rings takes, with a device that may break. */
export function ringParts({
  bend = 0.5,
  runtime = onOneThread,
  ...breakage
}: Breakage & { readonly bend?: number; readonly runtime?: GraphRuntime } = {}): TrainingParts & {
  readonly calls: () => number;
} {
  const { normal } = createRandom(3, "bend");
  const device = createBentDevice(
    WIDTH,
    Float32Array.from({ length: WIDTH * WIDTH }, () => 1 + bend * normal()),
    breakage,
  );
  return {
    plan: planNetwork(ringNetwork, { bent: { ...bentPorts(WIDTH), twin: bentTwin(WIDTH), width: WIDTH } }),
    runtime,
    devices: { bent: device },
    batches: (epoch) => batches(examples, { size: ringOptions.batch, seed: 1, epoch }),
    batchesPerEpoch: examples.labels.length / ringOptions.batch,
    examples,
    calls: device.calls,
  };
}
