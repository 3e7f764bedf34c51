import { createExperiment, potRules, runExperiment } from "@ohmwork/recipes";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
/** Splits, starts and imperfections that nothing was chosen on. */
const OTHER_SEEDS = Array.from({ length: 100 }, (_, i) => i + 101);

type Row = { accuracies: number[]; powerWatts: number };

async function runSeeds(rule: string, seeds: readonly number[]): Promise<Row> {
  const accuracies: number[] = [];
  let powerWatts = 0;
  for (const seed of seeds) {
    const experiment = createExperiment("iris", { seed, rule });
    await using _ = experiment.system;
    const result = await runExperiment(experiment);
    accuracies.push(result.testScore);
    powerWatts += result.powerWatts / seeds.length;
  }
  return { accuracies, powerWatts };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** `docs/rules.md`: every rule for potentiometers on iris, beside methods that are not physical. */
export async function ruleStudy(): Promise<string> {
  const rows: string[] = [];
  for (const rule of Object.keys(potRules)) {
    const { accuracies, powerWatts } = await runSeeds(rule, SEEDS);
    const { accuracies: others } = await runSeeds(rule, OTHER_SEEDS);
    const cells = [mean(accuracies), Math.min(...accuracies), mean(others)].map((value) => value.toFixed(3));
    rows.push(`| \`${rule}\` | ${cells.join(" | ")} | ${(1e3 * powerWatts).toFixed(2)} mW |`);
  }
  const baselines = SEEDS.map((seed) => createExperiment("iris", { seed }).task.baselines());
  const baselineRows = Object.keys(baselines[0] ?? {}).map((name) => {
    const values = baselines.map((one) => one[name] as number);
    return `| ${name} | ${mean(values).toFixed(3)} | ${Math.min(...values).toFixed(3)} | | |`;
  });
  return `# Rules on iris

Made by \`npm run docs\`. Simulated bench-16, 6000 presentations, half of the rows for training, comparator offsets of 1 mV and noise of
5 mV. Test accuracy over seeds 1–${SEEDS.length} (each another split, start and set of offsets), its worst, the mean over seeds 101–200 that nothing
was chosen on, and the mean power of one replica in the free state. The last rows are the same splits without physics.

| rule | mean | worst | seeds 101–200 | power |
|---|---|---|---|---|
${rows.join("\n")}
${baselineRows.join("\n")}

\`nonNegativeLeastSquares\` is the best that a network of resistors could do on this encoding in the least-squares sense. A rule may score more,
because what it minimises is nearer to the score than the square of the error is; it is a mark, not a ceiling.
`;
}
