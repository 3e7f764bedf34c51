import { testRuntime } from "@ohmwork/autograd/testing";
import { dataPath, isDeep, recordMeasured } from "@ohmwork/core/testing";
import { createTrainingExperiment, learnEarInPlace, runTraining } from "@ohmwork/recipes";
import { clipLayouts, type SplitDataset, vowelClips, vowelSets } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { recordedVowels } from "./recorded-vowels.ts";

const SEEDS = [1, 2, 3, 4, 5];
const MINUTES = 3_600_000;
const RECORDINGS = "vowels-hillenbrand-wav";
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("ears on recordings, five boards and all speakers once", () => {
  it("learn three vowels in place, with 54 rheostats: 0.94", { timeout: MINUTES }, async (context) => {
    const clips = recordedVowels(dataPath(context, RECORDINGS));
    const shares: number[] = [];
    for (const seed of SEEDS) {
      const dataset = vowelClips(clips, { seed, vowels: vowelSets[3] as readonly string[], layout: clipLayouts.gated });
      const { edges, testAccuracy } = await learnEarInPlace({ dataset, system: "ear-8", seed });
      expect(edges).toBe(54);
      shares.push(testAccuracy);
    }
    recordMeasured(context, "three vowels in place, mean of five boards", mean(shares).toFixed(3));
    expect(mean(shares)).toBeGreaterThan(0.94);
  });

  // Ten trainings take minutes.
  const tenTrainings = isDeep ? ["parts 10 % off"] : [];
  it.for(tenTrainings)(
    "learn twelve vowels by PAT where in silico fails, with %s: 0.86",
    { timeout: MINUTES },
    async (_, context) => {
      const clips = recordedVowels(dataPath(context, RECORDINGS));
      const shareOf = async (dataset: SplitDataset, rule: string, seed: number): Promise<number> => {
        const ear = { tolerance: 0.1 };
        const options = { dataset, system: "ear-12", rule, seed, runtime: testRuntime, ear };
        return (await runTraining(await createTrainingExperiment(options))).deviceAccuracy as number;
      };
      const shares: Readonly<Record<string, number[]>> = { pat: [], "in-silico": [] };
      for (const seed of SEEDS) {
        const dataset = vowelClips(clips, { seed });
        for (const [rule, own] of Object.entries(shares)) own.push(await shareOf(dataset, rule, seed));
      }
      for (const [rule, own] of Object.entries(shares))
        recordMeasured(context, `twelve vowels, 10 % parts, ${rule}, mean of five boards`, mean(own).toFixed(3));
      expect(mean(shares["pat"] as number[])).toBeGreaterThan(0.86);
      expect(mean(shares["in-silico"] as number[])).toBeLessThan(0.78);
    },
  );
});
