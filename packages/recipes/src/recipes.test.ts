import { BadInputError } from "@ohmwork/core";
import { recordMeasured } from "@ohmwork/core/testing";
import { parseCsv } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { csvExperiment } from "./csv.ts";
import type { Experiment } from "./experiment.ts";
import { createExperiment, recipes } from "./recipes.ts";
import { type ExperimentResult, runExperiment } from "./run-experiment.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

async function runAll(create: (seed: number) => Experiment): Promise<ExperimentResult[]> {
  const results: ExperimentResult[] = [];
  for (const seed of SEEDS) {
    const experiment = create(seed);
    await using _ = experiment.system;
    results.push(await runExperiment(experiment));
  }
  return results;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number =>
  mean(values.toSorted((a, b) => a - b).slice(values.length / 2 - 1, values.length / 2 + 1));

describe("iris on bench-16", () => {
  it("is told apart with a mean test accuracy of at least 0.95 over seeds 1–20, imperfections included", async (context) => {
    const experiment = createExperiment("iris", { seed: 1 });
    expect(experiment.edges).toBe(16);
    expect(experiment.imperfections).toMatchObject({ comparatorOffsetVolts: 1e-3, comparatorNoiseVolts: 5e-3 });
    const results = await runAll((seed) => createExperiment("iris", { seed }));
    recordMeasured(context, "mean test accuracy", mean(results.map(({ testScore }) => testScore)));
    expect(mean(results.map(({ testScore }) => testScore))).toBeGreaterThanOrEqual(0.95);
    expect(mean(results.map(({ untrainedScore }) => untrainedScore))).toBeLessThan(0.6); // it is learned, not encoded
    for (const { powerWatts } of results) expect(powerWatts).toBeLessThan(5e-3);
  });

  it("learns no label that is not there: shuffled labels leave it at chance", async () => {
    const results = await runAll((seed) => {
      const experiment = createExperiment("iris", { seed });
      const { train } = experiment.task;
      const turned = { ...train.labels, data: train.labels.data.map((_, i, all) => all[(i + 37) % all.length] as number) };
      return { ...experiment, task: { ...experiment.task, train: { ...train, labels: turned } } };
    });
    expect(mean(results.map(({ testScore }) => testScore))).toBeLessThan(0.6);
  });

  it("costs less power with the power-aware rule", async () => {
    const [plain, frugal] = await Promise.all(
      ["continuous", "power-aware"].map((rule) => runAll((seed) => createExperiment("iris", { seed, rule }))),
    );
    const powerOf = (results: readonly ExperimentResult[] | undefined): number =>
      mean((results ?? []).map(({ powerWatts }) => powerWatts));
    expect(powerOf(frugal)).toBeLessThan(0.8 * powerOf(plain));
    expect(mean((frugal ?? []).map(({ testScore }) => testScore))).toBeGreaterThan(0.93);
  });
});

describe("exclusive or", () => {
  it("is solved below 1e-8 V² by transistors for at least 16 of seeds 1–20", async () => {
    const results = await runAll((seed) => createExperiment("xor", { seed }));
    expect(results.filter(({ testScore }) => testScore < 1e-8).length).toBeGreaterThanOrEqual(16);
  });

  it("is never below its floor of (58.5 mV / 2)² with linear conductors, and comes near it", async () => {
    const floor = (0.0585 / 2) ** 2;
    const errors = (await runAll((seed) => createExperiment("xor-linear", { seed }))).map(({ testScore }) => testScore);
    for (const error of errors) expect(error).toBeGreaterThan(0.9999 * floor);
    expect(median(errors)).toBeLessThan(1.2 * floor);
  });
});

describe("regression on bench-16", () => {
  const errorsWith = async (rule: string, comparatorOffsetVolts: number): Promise<number[]> => {
    const imperfections = { comparatorOffsetVolts, comparatorNoiseVolts: 0 };
    return (await runAll((seed) => createExperiment("regression", { seed, rule, imperfections }))).map(
      ({ testScore }) => testScore,
    );
  };

  it("collapses under the sign rule with offsets of 10 mV", async () => {
    expect(median(await errorsWith("sign", 0))).toBeLessThan(2e-3);
    expect(median(await errorsWith("sign", 0.01))).toBeGreaterThan(2e-2);
  });

  it("is rescued by overclamping in every run, and by swapping the replicas in most", async () => {
    expect(Math.max(...(await errorsWith("sign-overclamped", 0.01)))).toBeLessThan(1e-3);
    const swapped = await errorsWith("sign-swapped", 0.01);
    expect(swapped.filter((error) => error < 1e-2).length).toBeGreaterThanOrEqual(11);
  });
});

describe("allostery on a lattice", () => {
  it("calls up its voltages", async () => {
    const results = await runAll((seed) => createExperiment("allostery", { seed }));
    expect(median(results.map(({ testScore }) => testScore))).toBeLessThan(1e-4);
    expect(median(results.map(({ untrainedScore }) => untrainedScore))).toBeGreaterThan(1e-2);
  });
});

describe("csvExperiment()", () => {
  it("tells apart points on two sides of a slanted line", async () => {
    const rows = Array.from({ length: 120 }, (_, i) => {
      const angle = (i * 2.399963) % (2 * Math.PI); // the golden angle spreads the points evenly
      const radius = 1 + (i % 7) / 10;
      return `${(radius * Math.cos(angle)).toFixed(4)},${(3 * radius * Math.sin(angle)).toFixed(4)},${Math.cos(angle) + Math.sin(angle) > 0 ? "up" : "down"}`;
    });
    const dataset = parseCsv(rows.join("\n"), { file: "line.csv" });
    const results = await runAll((seed) => csvExperiment(dataset, { seed }));
    expect(mean(results.map(({ testScore }) => testScore))).toBeGreaterThan(0.9);
  });
});

describe("createExperiment()", () => {
  it("is the same run for the same seed", async () => {
    for (const name of Object.keys(recipes)) {
      const results = await Promise.all([1, 1, 2].map((seed) => runExperiment(createExperiment(name, { seed, steps: 800 }))));
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).not.toEqual(results[0]);
    }
  });

  it("names the recipe or the rule that was probably meant", () => {
    expect(() => createExperiment("irs", { seed: 1 })).toThrow(new BadInputError('Unknown task "irs", did you mean "iris"?'));
    expect(() => createExperiment("iris", { seed: 1, rule: "sing" })).toThrow(
      'Unknown rule "sing" for iris, did you mean "sign"?',
    );
    expect(() => createExperiment("toString", { seed: 1 })).toThrow(BadInputError);
  });
});
