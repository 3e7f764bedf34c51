import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { syntheticVowelClips, vowelClips, vowelSets } from "@ohmwork/tasks";
import { root } from "./gate/tool.ts";
import { recordedVowels } from "./physics/recorded-vowels.ts";
import { fleetModes, type FleetModeResult } from "./studies/fleet-modes.ts";
import { fleetModesPage } from "./studies/fleet-modes-page.ts";

// `node --conditions=@ohmwork/source test/fleet-modes.ts --data vowels-wav`: retrains fleets of ears and writes docs/fleet-modes.md.

const { values } = parseArgs({ options: { data: { type: "string" }, seeds: { type: "string" }, clips: { type: "string" } } });
const seeds = Array.from({ length: Number(values.seeds ?? 3) }, (_, i) => i + 1);
const clipsEach = Number(values.clips ?? 256);
const recordings = values.data === undefined ? undefined : recordedVowels(values.data);
const vowels = vowelSets[12] as readonly string[];
const sets = [
  { name: "synthetic vowels, ten", read: (seed: number) => syntheticVowelClips({ seed }) },
  ...(recordings === undefined
    ? []
    : [{ name: "Hillenbrand's recordings, twelve vowels", read: (seed: number) => vowelClips(recordings, { seed, vowels }) }]),
];
const measured: { readonly name: string; readonly results: readonly FleetModeResult[] }[] = [];
for (const { name, read } of sets) {
  const results: FleetModeResult[] = [];
  const progress = (result: FleetModeResult): void => console.log(JSON.stringify({ name, ...result }));
  for (const seed of seeds) results.push(...(await fleetModes({ dataset: read(seed), seed, clipsEach, progress })));
  measured.push({ name, results });
}
writeFileSync(join(root, "docs/fleet-modes.md"), fleetModesPage(measured, clipsEach));
