import { createBatch, createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { planNetwork } from "../network/plan.ts";
import { bentPorts, bentTwin, createBentDevice } from "../testing/bent-device.ts";
import { ringOptions } from "../testing/rings.ts";
import { watchedRuntime } from "../testing/watched-runtime.ts";
import { answers } from "./answers.ts";
import { type Phase, trainingRules } from "./phase.ts";
import { train } from "./train.ts";
import type { TrainingState } from "./training-state.ts";

const classes = 3;
const rows = 700;
const { normal, uniform } = createRandom(1, "refit of a test");
const device = createBentDevice(classes, Float32Array.of(1, 0.2, 0.1, 0.3, 1, 0.4, 0.2, 0.1, 1));
const plan = planNetwork(
  { inputs: classes, layers: [{ kind: "physical", system: "bent", start: [{ deviation: 0.5 }] }] },
  { bent: { ...bentPorts(classes), twin: bentTwin(classes), width: classes } },
);
const inputs = createBatch(
  Float32Array.from({ length: rows * classes }, () => normal()),
  [rows, classes],
);
/** Labels that no map gets right every time, so that there is a best one: of the largest input three times in four, any else. */
const labels = Uint32Array.from({ length: rows }, (_, row) => {
  const own = inputs.data.subarray(row * classes, (row + 1) * classes);
  return uniform() < 0.75 ? own.indexOf(Math.max(...own)) : Math.floor(classes * uniform());
});

describe("refitReadout()", () => {
  it("fits the affine map to the end: cross-entropy has no slope left, by a formula in doubles", async () => {
    const runtime = watchedRuntime();
    const examples = { inputs, labels };
    const parts = { plan, runtime, devices: { bent: device }, batches: () => [examples], batchesPerEpoch: 1, examples };
    const refit = trainingRules["readout-refit"].slice(1) as readonly Phase[];
    const next = await train(parts, refit, ringOptions, { seed: 1 }).next();
    if (next.done !== true) throw new TypeError("A refit makes no reports");
    const { readout, parameters, counts } = next.value;
    expect(counts.deviceEvaluations).toBe(rows);
    expect(runtime.open()).toBe(0);

    const raw = await answers(parts, parameters, inputs, { through: "device" });
    const fitted = await answers(parts, parameters, inputs, { through: "device", readout });
    const slope = new Float64Array(classes * classes + classes);
    let [before, after] = [0, 0];
    for (let row = 0; row < rows; row += 1) {
      const at = row * classes;
      const share = softmax(fitted.subarray(at, at + classes));
      before -= Math.log(softmax(raw.subarray(at, at + classes))[labels[row] as number] as number) / rows;
      after -= Math.log(share[labels[row] as number] as number) / rows;
      for (const [k, chance] of share.entries()) {
        const error = (chance - (labels[row] === k ? 1 : 0)) / rows;
        for (let j = 0; j < classes; j += 1) (slope[j * classes + k] as number) += error * (raw[at + j] as number);
        (slope[classes * classes + k] as number) += error;
      }
    }
    expect(Math.max(...slope.map(Math.abs))).toBeLessThan(1e-4);
    expect(after).toBeLessThan(before - 0.05);
  });

  it("fits to the rows that have scores, counts the others, and stops where there is none", async () => {
    const refit = async (data: Float32Array, rowsGiven: Uint32Array): Promise<TrainingState> => {
      const examples = { inputs: createBatch(data, [rowsGiven.length, classes]), labels: rowsGiven };
      const parts = {
        plan,
        runtime: watchedRuntime(),
        devices: { bent: device },
        batches: () => [],
        batchesPerEpoch: 1,
        examples,
      };
      const next = await train(parts, trainingRules["readout-refit"].slice(1), ringOptions, { seed: 1 }).next();
      if (next.done !== true) throw new TypeError("A refit makes no reports");
      return next.value;
    };
    const odd = Float32Array.from([...inputs.data.subarray(0, 90), Number.NaN, 0, 0]);
    const [spoilt, whole] = [
      await refit(odd, labels.subarray(0, 31)),
      await refit(inputs.data.slice(0, 90), labels.subarray(0, 30)),
    ];
    expect(spoilt.counts.lostRows).toBe(1);
    for (const [k, value] of (spoilt.readout as Float32Array).entries())
      expect(value).toBeCloseTo(whole.readout?.[k] as number, 4);
    await expect(refit(new Float32Array(9).fill(Number.NaN), labels.subarray(0, 3))).rejects.toThrow(
      "Training stopped at the refit of its read-out: none of its 3 rows was given finite scores",
    );
  });
});

function softmax(scores: Float32Array): number[] {
  const shares = Array.from(scores, Math.exp);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}
