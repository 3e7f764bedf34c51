import { type Tensor, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { createRandom } from "@ohmwork/core";
import { createFilterBank, ear12, fitEnvelopeFactors, filterBankTwin, realisticEarGap, startCodes } from "@ohmwork/systems";
import { type SplitDataset, syntheticVowels, vowelClips, clipLayouts } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { learnEarInPlace } from "./ear-in-place.ts";
import { runTraining } from "./run-training.ts";
import { withSoundNoise } from "./sound-noise.ts";
import { createTrainingExperiment, type TrainingExperiment } from "./training-experiment.ts";

const MINUTES = 600_000;
const clips = syntheticVowels({ seed: 1, speakers: 20, vowels: ["ae", "iy", "uw"] });

const experimentOf = (
  dataset: SplitDataset,
  options: { system: string; epochs?: number; ear?: object; rule?: string },
): Promise<TrainingExperiment> => createTrainingExperiment({ dataset, rule: "pat", seed: 1, runtime: testRuntime, ...options });

describe("filterBankTwin() with fitted factors", () => {
  it("goes along with the circuit as it is drawn: a correlation of 0.97 in every channel", async () => {
    const { train, test } = vowelClips(syntheticVowels({ seed: 1, speakers: 15 }), { seed: 1 });
    const design = ear12();
    const factors = await fitEnvelopeFactors(design, train.inputs, { runtime: testRuntime });
    const gap = { ...realisticEarGap, tolerance: 0, rectifierOffset: 0, readingNoise: 0, gainDecibels: 0 };
    await using bank = createFilterBank({ design, seed: 1, gap });
    const measured = (await bank.respond(test.inputs)).stages["envelopes"]?.data as Float32Array;
    const twin = await filterBankTwin({ design, factors });
    await using session = await testRuntime.load(twin.model);
    const made = await session.run({
      inputs: tensor("float32", test.inputs.shape, test.inputs.data),
      parameters: tensor("float32", [36], startCodes(design)),
    });
    const modelled = (made["envelopes"] as Tensor).data as Float32Array;
    for (let k = 0; k < 12; k += 1) {
      const own = (values: Float32Array): Float32Array => values.filter((_, i) => i % 12 === k);
      expect(correlation(own(measured), own(modelled)), `channel ${k + 1}`).toBeGreaterThan(0.97);
    }
  });
});

describe("earRecipe()", () => {
  it("learns vowels on a board with errors", { timeout: MINUTES }, async () => {
    const { testAccuracy, state } = await runTraining(
      await experimentOf(vowelClips(clips, { seed: 1 }), { system: "ear-8", epochs: 30 }),
    );
    expect(testAccuracy).toBeGreaterThan(0.85);
    expect(state.counts.skippedSteps).toBe(0);
  });

  it("leaves the filters where they are, if told to, and trains the rest", { timeout: MINUTES }, async () => {
    const experiment = await experimentOf(vowelClips(clips, { seed: 1 }), { system: "ear-8-fixed", epochs: 3 });
    const { state } = await runTraining(experiment);
    const started = experiment.parts.plan.segments.filter(({ name }) => name.startsWith("0/"));
    for (const { offset, start } of started) expect(state.parameters[offset]).toBeCloseTo(start.mean as number, 6);
    expect(state.parameters.at(-1)).not.toBe(10);
  });

  it("trains in noise, against parts drawn anew, and says what noise does", { timeout: MINUTES }, async () => {
    const ear = { noiseMixture: true, toleranceAware: true };
    const experiment = await experimentOf(vowelClips(clips, { seed: 1 }), { system: "ear-8", epochs: 2, ear, rule: "in-silico" });
    const { accuracyInNoise } = await runTraining(experiment);
    expect(Object.keys(accuracyInNoise ?? {}).toSorted()).toEqual(["10", "15", "20", "30", "5"]);
    const [first, again, next] = [0, 0, 1].map((epoch) => [...experiment.parts.batches(epoch)][0]?.inputs.data);
    expect(first).toEqual(again);
    expect(first).not.toEqual(next);
  });

  it("says what untrained filters can do", async () => {
    const experiment = await experimentOf(vowelClips(clips, { seed: 1 }), { system: "ear-8" });
    const baselines = (await experiment.recipe.baselines?.(experiment.task)) ?? {};
    expect(baselines["untrainedFilters"]).toBeGreaterThan(0.9);
    expect(baselines["refittedReadout"]).toBeGreaterThan(0.9);
  });
});

describe("learnEarInPlace()", () => {
  it("teaches 54 rheostats three vowels, and the board's seed decides how well", async () => {
    const dataset = vowelClips(clips, { seed: 1, layout: clipLayouts.gated });
    const learned = await learnEarInPlace({ dataset, system: "ear-8", seed: 1 });
    expect(learned.edges).toBe(54);
    expect(learned.steps).toBe(40 * dataset.train.labels.length);
    expect(learned.testAccuracy).toBeGreaterThan(0.85);
    const again = await learnEarInPlace({ dataset, system: "ear-8", seed: 1 });
    expect(again).toEqual(learned);
  });

  it("bears a fixed error of 30 mV with two clamped states, and not with one", async () => {
    const dataset = vowelClips(clips, { seed: 1, layout: clipLayouts.gated });
    const at = async (nudge: "symmetric" | "one-sided"): Promise<number> =>
      (await learnEarInPlace({ dataset, system: "ear-8", seed: 1, nudge, offsetVolts: 0.03 })).testAccuracy;
    expect(await at("symmetric")).toBeGreaterThan((await at("one-sided")) + 0.1);
  });

  it("refuses a system that is no ear, and stops when it is told to", async () => {
    const dataset = vowelClips(clips, { seed: 1, layout: clipLayouts.gated });
    await expect(learnEarInPlace({ dataset, system: "plate", seed: 1 })).rejects.toThrow(
      'Rule coupled-learning teaches the mixer of ear-8 or ear-12, system "plate" given',
    );
    await expect(learnEarInPlace({ dataset, system: "ear-8", seed: 1, signal: AbortSignal.abort() })).rejects.toThrow("stopped");
  });
});

describe("withSoundNoise()", () => {
  it("adds what the microphone's own 30 dB leave, to the sound and not to what stands behind it", () => {
    const rows = { data: new Float32Array(2 * 5001), shape: [2, 5001] };
    const noisy = withSoundNoise(rows, 5000, 10, createRandom(1, "noise")).data;
    const volts = Math.sqrt(noisy.reduce((sum, value) => sum + value * value, 0) / 10_000);
    expect(Math.abs(volts ** 2 + 0.001 - 0.1)).toBeLessThan(0.005);
    expect([noisy[5000], noisy[10_001]]).toEqual([0, 0]);
    expect(withSoundNoise(rows, 5000, 30, createRandom(1, "noise"))).toBe(rows);
  });
});

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [a, b].map((values) => values.map((value) => value - mean(values))) as [Float32Array, Float32Array];
  const inner = (p: Float32Array, q: Float32Array): number => p.reduce((sum, value, i) => sum + value * (q[i] as number), 0);
  return inner(x, y) / Math.sqrt(inner(x, x) * inner(y, y));
}
