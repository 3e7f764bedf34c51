import type { ResultsEntry } from "./results-file.ts";
import { tableTasks } from "./table-runs.ts";

/** Of less than this [share of right answers] nobody should say that it is more. */
const NOTHING = 0.002;

/** The table of all trainings as Markdown, with what it shows in words. */
export function tableDocument(entries: Iterable<ResultsEntry>, settings: Readonly<Record<string, string | number>>): string {
  const all = [...entries];
  const sections = Object.entries(tableTasks).flatMap(([task, { title, systems }]) => {
    const own = all.filter(({ key }) => key.startsWith(`${task}/`));
    return own.length === 0 ? [] : [section(title, own, systems)];
  });
  const tried = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [
    "# Every rule on every system",
    "",
    "Written by `ohmwork train table`, which goes on where it stopped; what the columns mean and how each training is done is in",
    "`docs/training.md`. Test accuracy in per cent: the mean over the seeds and, in brackets, the worst and the best of them. A seed",
    "draws the device, the start, the batches, and where a set is split here also who is tested on.",
    ...(tried.length === 0 ? [] : ["", `**Not the whole training, a trial: ${tried.join(", ")}.**`]),
    "",
    ...sections,
  ].join("\n");
}

type Systems = (typeof tableTasks)[string]["systems"];

const columns = ["twin on twin", "in silico, then device", "read-out refitted", "PAT", "in silico, then PAT"] as const;

function section(title: string, own: readonly ResultsEntry[], systems: Systems): string {
  const present = Object.keys(systems).filter((system) => own.some((entry) => entry.system === system));
  const rows = present.map((system) => rowOf(own.filter((entry) => entry.system === system)));
  const linear = scores(own, (entry) => entry.baselines["linearClassifier"]);
  const majority = scores(own, (entry) => entry.baselines["majorityClass"]);
  return [
    `## ${title}`,
    "",
    `| system | parameters | ${columns.join(" | ")} | digital part alone | published |`,
    `|---|---|${columns.map(() => "---|").join("")}---|---|`,
    ...rows.map(({ system, parameters, cells, digital }) => {
      const alone = digital.map(({ name, values }) => `${name}: ${cellOf(values)}`).join("; ");
      return `| ${system} | ${parameters} | ${columns.map((column) => cellOf(cells[column])).join(" | ")} | ${alone || "–"} | ${systems[system]?.published ?? "–"} |`;
    }),
    "",
    `A linear classifier of the same inputs: ${cellOf(linear)}; the most frequent class: ${cellOf(majority)}.`,
    "",
    ...rows.flatMap((row) => wordsOf(row, mean(linear))),
    "",
  ].join("\n");
}

type Row = {
  readonly system: string;
  readonly parameters: string;
  readonly cells: Readonly<Record<(typeof columns)[number], readonly number[]>>;
  readonly digital: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Rows through the physics in one training by PAT. */
  readonly evaluations: number | undefined;
};

function rowOf(own: readonly ResultsEntry[]): Row {
  const by = (rule: string): readonly ResultsEntry[] => own.filter((entry) => entry.rule === rule);
  const test = (rule: string): number[] => scores(by(rule), ({ testAccuracy }) => testAccuracy);
  const trained = own.find(({ rule }) => rule !== "digital");
  const names = [...new Set(by("digital").map(({ digital }) => digital ?? ""))];
  return {
    system: own[0]?.system ?? "",
    parameters: trained === undefined ? "–" : trained.parameters.toLocaleString("en"),
    cells: {
      "twin on twin": scores(by("in-silico"), ({ twinAccuracy }) => twinAccuracy),
      "in silico, then device": scores(by("in-silico"), ({ deviceAccuracy }) => deviceAccuracy),
      "read-out refitted": test("readout-refit"),
      PAT: test("pat"),
      "in silico, then PAT": test("in-silico-then-pat"),
    },
    digital: names.map((name) => ({
      name,
      values: scores(
        by("digital").filter(({ digital }) => digital === name),
        ({ testAccuracy }) => testAccuracy,
      ),
    })),
    evaluations: by("pat")[0]?.deviceEvaluations,
  };
}

function wordsOf({ system, cells, digital, evaluations }: Row, linear: number): string[] {
  const pat = mean(cells.PAT);
  const [twin, device, refit] = [
    mean(cells["twin on twin"]),
    mean(cells["in silico, then device"]),
    mean(cells["read-out refitted"]),
  ];
  const lines: string[] = [];
  if (![pat, twin, device, refit].some(Number.isNaN)) {
    lines.push(
      `- **${system}**: what was trained in silico loses ${points(twin - device)} on the device; a refitted read-out ends ` +
        `${points(refit - device)} higher, PAT ${points(pat - device)}` +
        `${evaluations === undefined ? "" : `, for ${evaluations.toLocaleString("en")} rows through the physics`}.` +
        (pat - refit < NOTHING ? " PAT is not needed here: refitting the read-out is enough." : ""),
    );
  }
  const others = digital.map(({ name, values }) => ({ name: `the digital part (${name})`, score: mean(values) }));
  const best = [...others, { name: "a linear classifier", score: linear }]
    .filter(({ score }) => !Number.isNaN(score))
    .toSorted((a, b) => b.score - a.score)[0];
  if (best !== undefined && !Number.isNaN(pat)) {
    lines.push(
      pat - best.score < NOTHING
        ? `- **${system}: the physics adds nothing to this task.** Without it ${best.name} reaches ${percent(best.score)} %, PAT ${percent(pat)} %.`
        : `- ${system}: PAT is ${points(pat - best.score)} above the best without physics, ${best.name} with ${percent(best.score)} %.`,
    );
  }
  return lines;
}

/** Of each seed once: several trainings of a seed share its baselines. */
function scores(own: readonly ResultsEntry[], of: (entry: ResultsEntry) => number | null | undefined): number[] {
  const bySeed = new Map(own.map((entry) => [entry.seed, of(entry) ?? Number.NaN]));
  return [...bySeed.values()].filter((value) => !Number.isNaN(value));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const percent = (share: number): string => (100 * share).toFixed(1);

function points(share: number): string {
  return share < 0 ? `−${percent(-share)} points` : `${percent(share)} points`;
}

function cellOf(values: readonly number[]): string {
  if (values.length === 0) return "–";
  if (values.length === 1) return percent(values[0] as number);
  return `${percent(mean(values))} (${percent(Math.min(...values))}–${percent(Math.max(...values))})`;
}
