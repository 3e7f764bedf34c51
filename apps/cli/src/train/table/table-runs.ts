/** One training of the table. */
export type TableRun = {
  readonly key: string;
  readonly rule: string;
  /** Further words of the command line. */
  readonly words?: readonly string[];
};

/** Trainings that are done one after the other: those after the first may go on from its state. */
export type TableChain = {
  readonly task: string;
  readonly system: string;
  readonly seed: number;
  readonly runs: readonly TableRun[];
  /** Rough time, to do the cheapest first [s on one core]. */
  readonly seconds: number;
};

/** A task of the table: what the command line calls it, its systems, and what was published of each. */
export type TableTask = {
  readonly title: string;
  readonly command: string;
  readonly seeds: number;
  readonly systems: Readonly<Record<string, TableSystem>>;
};

type TableSystem = {
  /** Rough time of a training in silico [s on one core]. */
  readonly seconds: number;
  readonly digital: readonly string[];
  /** Published test accuracy, and what it was measured on. */
  readonly published?: string;
};

const digital = {
  pendulums: ["linear"],
  plate: ["no plate"],
  rlc: ["no circuit"],
  shg: ["linear", "modulator alone"],
  "shg of numbers": ["no crystal"],
};

/** Tasks of the table by the name their results begin with. Published figures: Wright et al., Nature 601, 549 (2022). */
export const tableTasks: Readonly<Record<string, TableTask>> = {
  "digits-8x8": {
    title: "Digits of 8 × 8 pixels, which come along",
    command: "digits",
    seeds: 3,
    systems: {
      pendulums: { seconds: 5, digital: digital.pendulums },
      plate: { seconds: 25, digital: digital.plate },
      rlc: { seconds: 60, digital: digital.rlc },
      shg: { seconds: 4, digital: digital.shg },
      spice: { seconds: 60, digital: ["window alone", "linear"] },
    },
  },
  mnist: {
    title: "MNIST, 14 × 14 pixels",
    command: "digits",
    seeds: 3,
    systems: {
      pendulums: { seconds: 220, digital: digital.pendulums, published: "97.9 (simulated, without a gap)" },
      plate: { seconds: 120, digital: digital.plate, published: "87 (measured)" },
      rlc: { seconds: 400, digital: digital.rlc, published: "93 (measured)" },
      shg: { seconds: 40, digital: digital.shg, published: "97 (measured)" },
    },
  },
  vowels: {
    title: "Seven vowels of strangers, twelve numbers each",
    command: "vowel-formants",
    seeds: 5,
    systems: { shg: { seconds: 8, digital: digital["shg of numbers"], published: "93 (measured)" } },
  },
  fashion: {
    title: "Fashion-MNIST",
    command: "fashion",
    seeds: 1,
    systems: {
      pendulums: { seconds: 20_000, digital: digital.pendulums, published: "90.1 (simulated, best on validation)" },
    },
  },
};

/** Everything the table needs of some tasks, cheapest first. */
export function tableChains(tasks: readonly string[], only: (chain: TableChain) => boolean = () => true): TableChain[] {
  const chains = tasks.flatMap((task) => {
    const { seeds, systems } = tableTasks[task] as TableTask;
    return Object.entries(systems).flatMap(([system, about]) =>
      Array.from({ length: seeds }, (_, k) => chainsOf(task, system, k + 1, about)).flat(),
    );
  });
  return chains.filter(only).toSorted((a, b) => a.seconds - b.seconds);
}

function chainsOf(task: string, system: string, seed: number, about: TableSystem): TableChain[] {
  const chain = (seconds: number, runs: readonly Omit<TableRun, "key">[]): TableChain => ({
    task,
    system,
    seed,
    seconds,
    runs: runs.map((run) => ({ ...run, key: [task, system, run.rule, ...(run.words?.slice(1) ?? []), seed].join("/") })),
  });
  return [
    chain(2 * about.seconds, [{ rule: "in-silico" }, { rule: "readout-refit" }, { rule: "in-silico-then-pat" }]),
    chain(1.5 * about.seconds, [{ rule: "pat" }]),
    ...about.digital.map((name) => chain(about.seconds / 4, [{ rule: "digital", words: ["--digital", name] }])),
  ];
}
