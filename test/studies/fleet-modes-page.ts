import { type FleetModeResult, TOLERANCES } from "./fleet-modes.ts";

const WHAT: Readonly<Record<FleetModeResult["mode"], string>> = {
  personal: "each its own set",
  shared: "one set for all",
  "shared-then-personal": "one set for half of the clips, then each its own",
};

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const deviation = (numbers: readonly number[]): number =>
  Math.sqrt(mean(numbers.map((value) => (value - mean(numbers)) ** 2)) * (numbers.length / Math.max(1, numbers.length - 1)));
const percent = (shares: readonly number[]): string =>
  `${(100 * mean(shares)).toFixed(1)} ± ${(100 * deviation(shares)).toFixed(1)}`;

/** `docs/fleet-modes.md`: a table for each set of vowels. */
export function fleetModesPage(
  measured: readonly { readonly name: string; readonly results: readonly FleetModeResult[] }[],
  clipsEach: number,
): string {
  const first = measured[0]?.results ?? [];
  const seeds = new Set(first.map(({ seed }) => seed)).size;
  const parts = TOLERANCES.map((tolerance) => `${Math.round(100 * tolerance)}`).join(", ");
  return `# Eight ears, retrained together or each for itself

Written by \`node --conditions=@ohmwork/source test/fleet-modes.ts --data vowels-wav\`; without \`--data\` of synthetic vowels alone. All of it is simulated.

Eight ears (\`ear-12\`) with parts ${parts} % off begin with one set that was trained in silico. A trainer retrains them
over MQTT, on one machine, under leases: each hears ${clipsEach} clips of the training speakers in steps of 16, by Physics-Aware Training at 0.3 of the recipe's step size
(\`trainFleet()\` of \`@ohmwork/recipes\`). One set for all follows the mean of the gradients, each at what its own board measured.

Accuracy is on speakers nobody learned from, in per cent: mean over the eight ears and standard deviation over ${seeds} splits, each with eight other boards; the worst
ear is the mean over splits of the worst of eight. Clips are those heard while they were trained; MB are what the trainer sent and received for that, topics and payloads. A point is one per cent of
the mean accuracy.

${measured.map(({ name, results }) => tableOf(name, results)).join("\n\n")}
`;
}

function tableOf(name: string, results: readonly FleetModeResult[]): string {
  const head = `## ${name[0]?.toUpperCase()}${name.slice(1)}

| mode | before | after | worst ear before, after | clips | clips a point | MB a point |
|---|---|---|---|---|---|---|`;
  const rows = [...new Set(results.map(({ mode }) => mode))].map((mode) => {
    const own = results.filter((result) => result.mode === mode);
    const [before, after] = [own.map((one) => mean(one.before)), own.map((one) => mean(one.after))];
    const [worstBefore, worstAfter] = [own.map((one) => Math.min(...one.before)), own.map((one) => Math.min(...one.after))];
    const points = 100 * (mean(after) - mean(before));
    const [clips, bytes] = [mean(own.map((one) => one.clips)), mean(own.map((one) => one.bytes))];
    const each = (amount: number): string => (points > 0 ? Number(amount.toPrecision(2)).toLocaleString("en") : "–");
    const cells = [
      percent(before),
      percent(after),
      `${(100 * mean(worstBefore)).toFixed(1)}, ${(100 * mean(worstAfter)).toFixed(1)}`,
    ];
    return `| ${WHAT[mode]} | ${cells.join(" | ")} | ${clips.toLocaleString("en")} | ${each(clips / points)} | ${each(bytes / 1e6 / points)} |`;
  });
  const boards = TOLERANCES.map((tolerance, k) => {
    const at = (mode: FleetModeResult["mode"], when: "before" | "after"): string =>
      (100 * mean(results.filter((one) => one.mode === mode).map((one) => one[when][k] as number))).toFixed(1);
    return `| ${Math.round(100 * tolerance)} % | ${at("personal", "before")} | ${at("personal", "after")} | ${at("shared", "after")} | ${at("shared-then-personal", "after")} |`;
  });
  return `${head}\n${rows.join("\n")}\n\n| parts | before | own | one for all | one, then own |\n|---|---|---|---|---|\n${boards.join("\n")}`;
}
