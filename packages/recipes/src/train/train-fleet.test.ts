import { testRuntime as runtime } from "@ohmwork/autograd/testing";
import type { PhysicalSystem } from "@ohmwork/core";
import { type SplitDataset, syntheticVowels, vowelClips } from "@ohmwork/tasks";
import { beforeAll, describe, expect, it } from "vitest";
import { runTraining } from "./run-training.ts";
import { accuracyOn, type FleetMode, trainFleet } from "./train-fleet.ts";
import { createTrainingDevice } from "./training-device.ts";
import { createTrainingExperiment, type TrainingExperiment } from "./training-experiment.ts";

const vowels = ["ae", "ah", "iy", "uw"];
const dataset: SplitDataset = vowelClips(syntheticVowels({ seed: 1, speakers: 20, vowels }), { seed: 1 });
const made = { dataset, system: "ear-8", runtime };

const earOf = async (seed: number, gapScale = 1): Promise<PhysicalSystem> =>
  (await createTrainingDevice({ ...made, seed, gapScale, ear: { tolerance: 0.15 } })).device;

let experiment: TrainingExperiment;
let from: Float32Array;
beforeAll(async () => {
  experiment = await createTrainingExperiment({ ...made, seed: 1, rule: "in-silico", choices: { epochs: 20 } });
  from = (await runTraining(experiment)).state.parameters;
});

describe("trainFleet()", () => {
  it("retrains ears that are far off to what each is best at, together or each for itself", async () => {
    const ears = await Promise.all([2, 3, 4].map((seed) => earOf(seed)));
    const tested = async (sets: readonly Float32Array[]): Promise<number> => {
      const shares = await Promise.all(
        ears.map((ear, k) =>
          accuracyOn(experiment, ear, { parameters: sets[k] as Float32Array, rows: experiment.task.test, id: "test" }),
        ),
      );
      return shares.reduce((sum, share) => sum + share / ears.length, 0);
    };
    const before = await tested(ears.map(() => from));
    const trained = async (mode: FleetMode): Promise<readonly Float32Array[]> =>
      trainFleet(experiment, ears, { mode, from, rowsEach: 128, seed: 1 });
    const [personal, shared, both] = [await trained("personal"), await trained("shared"), await trained("shared-then-personal")];
    expect(shared[1]).toEqual(shared[0]);
    for (const own of [personal, both]) expect(own[1]).not.toEqual(own[0]);
    for (const sets of [personal, shared, both]) expect(await tested(sets)).toBeGreaterThan(before + 0.02);
  });

  it("follows the mean over devices: of two that are alike, the steps of one that measures all rows", async () => {
    const [one, same] = [await earOf(2, 0), await earOf(2, 0)];
    const common = { mode: "shared", from, seed: 1 } as const;
    const [alone] = await trainFleet(experiment, [one], { ...common, rowsEach: 64, batch: 32 });
    const [together] = await trainFleet(experiment, [one, same], { ...common, rowsEach: 32, batch: 16 });
    expect(together).toEqual(alone);
    expect(together).not.toEqual(from);
  });

  it("refuses rows that fill no batch", async () => {
    const none = trainFleet(experiment, [await earOf(2)], { mode: "shared-then-personal", from, rowsEach: 30, seed: 1 });
    await expect(none).rejects.toThrow("15 rows for each device fill no batch of 16");
  });
});
