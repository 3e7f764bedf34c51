import { adam, type GraphRuntime } from "@ohmwork/autograd";
import { createBatch, type PhysicalSystem } from "@ohmwork/core";
import { type Plan, train, type TrainingProgress } from "@ohmwork/learning";
import type { OwnTraining, Shared } from "./step-case.ts";

type Steps = AsyncGenerator<TrainingProgress, TrainingProgress["state"], undefined>;

/** Steps of the trainer itself, over and over on one batch. */
export function networkTraining(
  plan: Plan,
  runtime: GraphRuntime,
  devices: Readonly<Record<string, PhysicalSystem>>,
  { parameters, inputs, labels, rate }: Shared,
): OwnTraining {
  const [rows, width] = inputs.shape as [number, number];
  const batch = {
    inputs: createBatch(inputs.data as Float32Array, [rows, width]),
    labels: Uint32Array.from(labels.data as BigInt64Array, Number),
  };
  const start = parameters.data as Float32Array;
  let running: { every: number; steps: Steps } | undefined;
  let state: TrainingProgress["state"] = {
    phase: 0,
    epoch: 0,
    batch: 0,
    step: 0,
    parameters: start,
    slots: [new Float32Array(start.length), new Float32Array(start.length)],
    devices: {},
    counts: { deviceEvaluations: 0, skippedSteps: 0, retriedCalls: 0, lostRows: 0, sparedSteps: 0 },
  };
  const begin = (every: number): Steps =>
    train(
      {
        plan,
        runtime,
        devices,
        batches: function* () {
          for (;;) yield batch;
        },
        batchesPerEpoch: 1e9,
        examples: batch,
      },
      [{ forward: Object.keys(devices).length > 0 ? "device" : "twin", trains: "all", epochs: 1, rate: 1 }],
      { epochs: 1, batch: rows, rate, optimiser: adam(), lastRate: 1 },
      { seed: 1, from: state, reportEvery: every },
    );
  return {
    async steps(count) {
      if (running?.every !== count) {
        await running?.steps.return(state);
        running = { every: count, steps: begin(count) };
      }
      const reported = await running.steps.next();
      if (reported.done === true) throw new RangeError("Training has no end here");
      state = reported.value.state;
      return { loss: reported.value.loss, parameters: state.parameters };
    },
    async [Symbol.asyncDispose]() {
      await running?.steps.return(state);
      for (const device of Object.values(devices)) await device[Symbol.asyncDispose]();
    },
  };
}
