import { testRuntime } from "@ohmwork/autograd/testing";
import type { Batch, PhysicalSystem } from "@ohmwork/core";
import { digits8x8 } from "@ohmwork/tasks";
import { beforeAll, describe, expect, it } from "vitest";
import { measurePairs } from "./measure-pairs.ts";
import { createTrainingExperiment, type TrainingExperiment } from "./training-experiment.ts";

/** Four passes through the plate, whose answers some rows of are no numbers. */
function blinded(experiment: TrainingExperiment, isBlind: (row: number) => boolean): TrainingExperiment {
  const plate = experiment.parts.devices["plate"] as PhysicalSystem;
  const stage = plate.stages[0]?.name as string;
  const device: PhysicalSystem = {
    ...plate,
    respond: async (inputs, call) => {
      const measured = await plate.respond(inputs, call);
      const { data, shape } = measured.stages[stage] as Batch;
      const seen = data.map((value, i) => (isBlind(Math.floor(i / (shape[1] as number))) ? Number.NaN : value));
      return { ...measured, stages: { [stage]: { data: seen, shape } } };
    },
  };
  return { ...experiment, parts: { ...experiment.parts, devices: { plate: device } } };
}

describe("measurePairs()", () => {
  let experiment: TrainingExperiment;
  beforeAll(async () => {
    const dataset = digits8x8({ seed: 1 });
    experiment = await createTrainingExperiment({ dataset, system: "plate", rule: "pat", seed: 1, runtime: testRuntime });
  });

  it("leaves out pairs that are not of numbers, and counts them", async () => {
    const counted: [number, number][] = [];
    const onPairs = (...counts: [number, number]): void => void counted.push(counts);
    // Of 50 rows one is lost at the first pass, and at each further one the next that then stands first.
    const { rows, inputs, outputs } = await measurePairs(
      blinded(experiment, (row) => row === 0),
      300,
      { onPairs },
    );
    expect(rows).toBe(300);
    for (const values of [inputs, outputs]) expect(values.every(Number.isFinite)).toBe(true);
    expect(counted).toEqual([
      [49 + 48 + 47 + 46, 4],
      [300, 7],
    ]);
  });

  it("stops in one line when the device never answers in numbers", async () => {
    await expect(
      measurePairs(
        blinded(experiment, () => true),
        300,
      ),
    ).rejects.toMatchObject({
      code: "training-failed",
      message: "Measuring pairs stopped after 0 of 300: the device answered in no numbers at 20 settings in a row",
    });
  });
});
