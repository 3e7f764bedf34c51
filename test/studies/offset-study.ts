import { createExperiment, runExperiment } from "@ohmwork/recipes";

const SEEDS = 20;
const OFFSETS_VOLTS = [0, 1e-3, 3e-3, 10e-3, 30e-3];
const RULES: readonly (readonly [rule: string, what: string])[] = [
  ["sign", "the plain digital rule"],
  ["sign-overclamped", "overclamping: a far clamp, and fewer ticks as the error shrinks"],
  ["sign-swapped", "the replicas change roles at every step"],
  ["sign-symmetric", "two clamped states instead of free and clamped"],
  ["tick-probability", "ticks with a chance that grows with the contrast"],
  ["tick-probability-symmetric", "the same with two clamped states"],
  ["continuous", "the exact contrast"],
];

/** Mean squared errors [V²] of all seeds for one rule and offset, smallest first. */
export async function regressionErrors(rule: string, comparatorOffsetVolts: number): Promise<number[]> {
  const errors: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const experiment = createExperiment("regression", {
      seed,
      rule,
      imperfections: { comparatorOffsetVolts, comparatorNoiseVolts: 0 },
    });
    await using _ = experiment.system;
    errors.push((await runExperiment(experiment)).testScore);
  }
  return errors.toSorted((a, b) => a - b);
}

/** `docs/offsets.md`: what a fixed comparator error does to the regression, and what helps. */
export async function offsetStudy(): Promise<string> {
  const rows: string[] = [];
  for (const [rule, what] of RULES) {
    const cells: string[] = [];
    for (const offset of OFFSETS_VOLTS) {
      const errors = await regressionErrors(rule, offset);
      const median = ((errors[SEEDS / 2 - 1] as number) + (errors[SEEDS / 2] as number)) / 2;
      cells.push(`${median.toExponential(1)} (${(errors.at(-2) as number).toExponential(0)})`);
    }
    rows.push(`| \`${rule}\` | ${what} | ${cells.join(" | ")} |`);
  }
  return `# What a fixed comparator error does, and what helps

Made by \`npm run docs\`. Simulated: the regression y = 0.2 x₁ + 0.3 x₂ on bench-16, 6000 presentations, 20 points to learn from, no noise,
an offset drawn once for each of the two comparators of each edge. Mean squared error on 50 other points in V²: median of seeds 1–${SEEDS},
and in brackets the second worst. Untrained networks start at 0.16 V².

| rule | | ${OFFSETS_VOLTS.map((volts) => `${volts * 1e3} mV`).join(" | ")} |
|---|---|${OFFSETS_VOLTS.map(() => "---").join("|")}|
${rows.join("\n")}

As the outputs come near their labels the contrast that an edge must see goes to zero, and below its offset an edge moves the same way
whatever it is shown: the sign rule, which always ticks, is driven away from what it had found. Three cures keep the contrast or the drive
honest. Overclamping keeps the contrast large and makes ticks rare instead. Swapping the replicas turns the offset's sign at every step, so
that it averages out. A chance of a tick that grows with the contrast makes most of the wrong ticks rare; with two clamped states on either
side of the free one the contrast doubles beside the same offset. A symmetric contrast alone does not rescue the sign rule here, because the
nudge still shrinks with the error.
`;
}
