import type { ResultsEntry } from "../table/results-file.ts";
import type { TableChain, TableRun } from "../table/table-runs.ts";
import type { GapLine } from "./gap-picture.ts";

const gaps: readonly number[] = [0, 0.25, 0.5, 1, 1.5, 2, 3];
/** PAT has failed where so much more was to be had by the true gradient [share of right answers]. */
const FAILED = 0.1;

const keyOf = (gap: number, what: string, seed: number): string => `gap ${gap}/${what}/${seed}`;

/** Everything that the picture of a system needs. @param asMade the system gives its own equations */
export function pictureChains(system: string, options: { readonly seeds: number; readonly asMade: boolean }): TableChain[] {
  const run = (gap: number, seed: number, rule: string, more: readonly string[] = [], what: string = rule): TableRun => ({
    key: keyOf(gap, what, seed),
    rule,
    words: ["--gap", String(gap), ...more],
  });
  return gaps.flatMap((gap) =>
    Array.from({ length: options.seeds }, (_, k): TableChain[] => {
      const seed = k + 1;
      const chain = (runs: readonly TableRun[]): TableChain => ({ task: "", system, seed, runs, seconds: 0 });
      return [
        chain([run(gap, seed, "in-silico"), run(gap, seed, "readout-refit")]),
        chain([run(gap, seed, "pat")]),
        ...(options.asMade ? [chain([run(gap, seed, "pat", ["--twin", "as-made"], "true gradient")])] : []),
      ];
    }).flat(),
  );
}

/** The lines of the picture, and the smallest gap at which PAT is far below the true gradient. */
export function pictureOf(
  entries: ReadonlyMap<string, ResultsEntry>,
  options: { readonly seeds: number; readonly asMade: boolean },
): { readonly lines: readonly GapLine[]; readonly breaks: number | undefined } {
  const seeds = Array.from({ length: options.seeds }, (_, k) => k + 1);
  const points = (what: string): GapLine["points"] =>
    gaps.map((gap) => ({
      gap,
      values: seeds.flatMap((seed) => entries.get(keyOf(gap, what, seed))?.deviceAccuracy ?? []),
    }));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [pat, trueGradient] = [points("pat"), points("true gradient")];
  const breaks = gaps.find((_, k) => mean(trueGradient[k]?.values ?? []) - mean(pat[k]?.values ?? []) > FAILED);
  return {
    lines: [
      ...(options.asMade ? [{ name: "true gradient", colour: "#222222", dashes: "8 3", points: trueGradient }] : []),
      { name: "PAT", colour: "#0072b2", dashes: "none", points: pat },
      { name: "read-out refitted", colour: "#d55e00", dashes: "6 3 2 3", points: points("readout-refit") },
      { name: "in silico", colour: "#009e73", dashes: "3 3", points: points("in-silico") },
    ],
    breaks,
  };
}
