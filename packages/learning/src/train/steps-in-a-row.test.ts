import { adam } from "@ohmwork/autograd";
import { createBatch, createRandom } from "@ohmwork/core";
import type { LabelledBatch } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { planNetwork } from "../network/plan.ts";
import { LONGEST_WHOLE } from "../network/vector-parts.ts";
import { watchedRuntime } from "../testing/watched-runtime.ts";
import { trainingRules } from "./phase.ts";
import { train } from "./train.ts";
import type { TrainingState } from "./training-state.ts";

const [inputs, hidden, rows, steps] = [300, 440, 4, 19];
const layers = [{ kind: "linear", outputs: hidden }, { kind: "relu" }, { kind: "linear", outputs: 3 }] as const;

type Trained = { readonly end: TrainingState; readonly shown: readonly TrainingState[]; readonly runs: number };

/**
 * Trains over one epoch, a report after so many steps; the batches at some places hold a value that is no number.
 *
 * @param from state to go on from
 */
async function trained(reportEvery: number, spoilt: readonly number[] = [], from?: TrainingState): Promise<Trained> {
  const plan = planNetwork({ inputs, layers }, {});
  expect(plan.parameters).toBeGreaterThan(LONGEST_WHOLE);
  const runtime = watchedRuntime();
  const { uniform } = createRandom(1, "steps in a row");
  const batches = Array.from({ length: steps }, (_, at): LabelledBatch => {
    const values = Float32Array.from({ length: rows * inputs }, uniform);
    if (spoilt.includes(at)) values[7] = Number.NaN;
    return { inputs: createBatch(values, [rows, inputs]), labels: Uint32Array.of(0, 1, 2, at % 3) };
  });
  const examples = batches[0] as LabelledBatch;
  const parts = { plan, runtime, devices: {}, batches: () => batches, batchesPerEpoch: steps, examples };
  const options = { epochs: 1, batch: rows, rate: 1e-3, optimiser: adam() };
  const training = train(parts, trainingRules.digital, options, { seed: 1, reportEvery, ...(from && { from }) });
  const shown: TrainingState[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done === true) return { end: next.value, shown, runs: runtime.runs() };
    shown.push(next.value.state);
  }
}

describe("steps in a row", () => {
  it("end at the same bits as one after another", async () => {
    const [single, inRows] = [await trained(1), await trained(50)];
    expect(inRows.end).toEqual(single.end);
    expect(inRows.runs).toBeLessThan(single.runs / 2);
  });

  it("leave out the step of a batch that is no numbers, and that alone", async () => {
    const [single, inRows] = [await trained(1, [2, 18]), await trained(50, [2, 18])];
    expect(inRows.end).toEqual(single.end);
    expect(inRows.end.counts.skippedSteps).toBe(2);
  });

  it("go on from any report to the same bits, also where the rows begin elsewhere then", async () => {
    const { end, shown } = await trained(7, [9]);
    expect(shown.map(({ step }) => step)).toEqual([7, 14, 19]);
    for (const from of shown.slice(0, 2)) expect((await trained(50, [9], from)).end).toEqual(end);
  });
});
