import { testRuntime as runtime } from "@ohmwork/autograd/testing";
import { type Batch, BadInputError, createBatch, type PhysicalSystem, takeRows } from "@ohmwork/core";
import type { Twin } from "@ohmwork/systems";
import { syntheticVowels, vowelClips } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { createFieldDevice, type FieldSamples } from "./field-device.ts";
import { createTrainingDevice } from "./training-device.ts";
import { createTrainingExperiment } from "./training-experiment.ts";

const dataset = vowelClips(syntheticVowels({ seed: 1, speakers: 20, vowels: ["ae", "iy", "uw"] }), { seed: 1 });
const made = { dataset, system: "ear-8", runtime, seed: 1 };
const { recipe, task } = await createTrainingExperiment({ ...made, rule: "in-silico" });
const twins: readonly Twin[] = Object.values(recipe.twins);
const { device: ear } = await createTrainingDevice({ ...made, ear: { tolerance: 0.1 } });
const codes = 24;

const setOf = (code: number, weight: number): Float32Array =>
  Float32Array.from({ length: codes + 3 * 25 }, (_, i) => (i < codes ? code : weight));
const rows = (from: number, to: number): Batch =>
  takeRows(
    task.train.inputs,
    Array.from({ length: to - from }, (_, i) => from + i),
  );

async function measured(inputs: Batch, parameters: Float32Array): Promise<FieldSamples> {
  await ear.program(parameters);
  return { inputs, parameters, stages: (await ear.respond(inputs, { id: "field" })).stages };
}

const distance = (one: Batch | undefined, other: Batch | undefined): number => {
  const [a, b] = [one as Batch, other as Batch];
  return Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - (b.data[i] as number)) ** 2, 0) / a.data.length);
};

const deviceOf = (samples: readonly FieldSamples[], corrects = true): Promise<PhysicalSystem> =>
  createFieldDevice({ like: ear, twins, samples, corrects, runtime });

describe("createFieldDevice()", () => {
  it("gives what was measured, row by row, at the parameters of then", async () => {
    const samples = [await measured(rows(0, 4), setOf(0.5, 0.25)), await measured(rows(4, 8), setOf(0.52, 0.25))];
    await using field = await deviceOf(samples);
    await field.program(setOf(0.5, 0.25));
    const { stages } = await field.respond(takeRows(task.train.inputs, [2, 0]));
    for (const name of ["envelopes", "scores"])
      expect(stages[name]?.data).toEqual(takeRows(samples[0]?.stages[name] as Batch, [2, 0]).data);
    const mixed = await field.respond(takeRows(task.train.inputs, [5, 1]));
    expect(mixed.stages["scores"]?.data.slice(3)).toEqual(takeRows(samples[0]?.stages["scores"] as Batch, [1]).data);
  });

  it("comes closer to what would be measured at other parameters than what was measured", async () => {
    const [old, later] = [setOf(0.5, 0.25), setOf(0.53, 0.3)];
    const samples = [await measured(rows(0, 16), old)];
    const truth = (await measured(rows(0, 16), later)).stages;
    await using corrected = await deviceOf(samples);
    await using stale = await deviceOf(samples, false);
    const [near, far] = await Promise.all(
      [corrected, stale].map(async (field) => {
        await field.program(later);
        return (await field.respond(rows(0, 16))).stages;
      }),
    );
    for (const name of ["envelopes", "scores"])
      expect(distance(near?.[name], truth[name])).toBeLessThan(0.5 * distance(far?.[name], truth[name]));
  });

  it("refuses a row that was not reported, and twins that are too few", async () => {
    const samples = [await measured(rows(0, 2), setOf(0.5, 0.25))];
    await using field = await deviceOf(samples);
    await expect(field.respond(rows(2, 3))).rejects.toThrow(BadInputError);
    const other = rows(0, 1);
    await expect(field.respond(createBatch(other.data.with(9, 0.1234), other.shape))).rejects.toThrow("Row 0 was not reported");
    await expect(createFieldDevice({ like: ear, twins: [], samples, runtime })).rejects.toThrow("2 stages: 0 twins given");
  });
});
