import { parseArgs } from "node:util";
import { syntheticVowelClips, vowelClips, vowelSets } from "@ohmwork/tasks";
import { recordedVowels } from "./physics/recorded-vowels.ts";
import { DISTANCES, type FieldResult, fieldStudy } from "./studies/field-samples.ts";

// `node --conditions=@ohmwork/source test/field-samples.ts --data vowels-wav`: how old reported samples may be, as a table.

const { values } = parseArgs({ options: { data: { type: "string" }, seeds: { type: "string" } } });
const seeds = Array.from({ length: Number(values.seeds ?? 5) }, (_, i) => i + 1);
const vowels = vowelSets[12] as readonly string[];
const recordings = values.data === undefined ? undefined : recordedVowels(values.data);
const boards: Awaited<ReturnType<typeof fieldStudy>>[] = [];
for (const seed of seeds) {
  const dataset = recordings === undefined ? syntheticVowelClips({ seed }) : vowelClips(recordings, { seed, vowels });
  boards.push(await fieldStudy(dataset, seed));
  console.error(`seed ${seed}: ${JSON.stringify(boards.at(-1))}`);
}
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const spread = (numbers: readonly number[]): number =>
  Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean(numbers)) ** 2, 0) / Math.max(1, numbers.length - 1));
const percent = (shares: readonly number[]): string =>
  `${(100 * mean(shares)).toFixed(1)} ± ${(100 * spread(shares)).toFixed(1)}`;
console.log(
  `before ${percent(boards.map(({ before }) => before))}, on the device ${percent(boards.map(({ onDevice }) => onDevice))}\n`,
);
console.log(
  "| positions off | envelopes off, as reported | corrected | trained as reported | corrected |\n|---|---|---|---|---|",
);
for (const [k, positions] of DISTANCES.entries()) {
  const of = (key: keyof FieldResult): number[] => boards.map(({ distances }) => distances[k]?.[key] ?? Number.NaN);
  const volts = (key: "staleVolts" | "correctedVolts"): string => `${(1000 * mean(of(key))).toFixed(0)} mV`;
  console.log(
    `| ${positions} | ${volts("staleVolts")} | ${volts("correctedVolts")} | ${percent(of("stale"))} | ${percent(of("corrected"))} |`,
  );
}
